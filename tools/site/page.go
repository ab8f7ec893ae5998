package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"path/filepath"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
)

// page is one Markdown file.
type page struct {
	name   string // its path in the repository
	Title  string
	body   []byte   // HTML
	images []string // their paths in the repository
	files  []string // of the repository, that links name
}

//go:embed page.html
var pageHTML string

//go:embed style.css
var styleCSS string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// parse renders the body of a page. names are all pages of the site.
func parse(name string, source []byte, names []string) (*page, error) {
	markdown := goldmark.New(
		goldmark.WithExtensions(extension.GFM),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(html.WithUnsafe()), // the pages are our own
	)
	ids := &headingIDs{used: map[string]bool{}}
	root := markdown.Parser().Parse(text.NewReader(source),
		parser.WithContext(parser.NewContext(parser.WithIDs(ids))))
	p := &page{name: name, Title: name}
	heading, ok := firstHeading(root)
	if ok {
		p.Title = plainText(heading, source)
	}
	links := &linkRewriter{page: p, names: names}
	links.rewrite(root)
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, source, root); err != nil {
		return nil, err
	}
	p.body = body.Bytes()
	return p, nil
}

// firstHeading returns the first heading of a page, which is its title.
func firstHeading(root ast.Node) (ast.Node, bool) {
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() == ast.KindHeading {
			return n, true
		}
	}
	return nil, false
}

// plainText returns the text of a node without markup.
func plainText(n ast.Node, source []byte) string {
	var b bytes.Buffer
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// entry is a line of the list of pages.
type entry struct {
	Title, Link string
	Current     bool
}

// render returns the whole HTML of the page. pages are those of the list.
func (p *page) render(pages []*page) ([]byte, error) {
	folder := filepath.Dir(target(p.name))
	var entries []entry
	for _, other := range pages {
		link, err := filepath.Rel(folder, target(other.name))
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{other.Title, filepath.ToSlash(link), other == p})
	}
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, map[string]any{
		"Title": p.Title, "Pages": entries,
		"Style": template.CSS(styleCSS), "Body": template.HTML(p.body),
	})
	return out.Bytes(), err
}
