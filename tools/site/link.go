package main

import (
	"net/url"
	"path"
	"path/filepath"
	"slices"

	"github.com/yuin/goldmark/ast"
)

// linkRewriter changes the links of a page to those of the site.
type linkRewriter struct {
	page  *page
	names []string
}

func (l *linkRewriter) rewrite(root ast.Node) {
	var dead []*ast.Link
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Image:
			file, _, ok := l.local(string(n.Destination))
			if ok && !slices.Contains(l.page.images, file) {
				l.page.images = append(l.page.images, file)
			}
		case *ast.Link:
			file, _, isLocal := l.local(string(n.Destination))
			if isLocal {
				l.page.files = append(l.page.files, file)
			}
			destination, ok := l.destination(string(n.Destination))
			if !ok {
				dead = append(dead, n)
			}
			n.Destination = []byte(destination)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range dead { // its text stays
		parent := n.Parent()
		for child := n.FirstChild(); child != nil; child = n.FirstChild() {
			parent.InsertBefore(parent, n, child)
		}
		parent.RemoveChild(parent, n)
	}
}

// local returns the file of the repository that a link of the page names, and its anchor.
func (l *linkRewriter) local(link string) (file, anchor string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "" || u.Host != "" {
		return "", "", false
	}
	if u.Path == "" {
		return l.page.name, u.Fragment, true
	}
	return path.Join(path.Dir(l.page.name), u.Path), u.Fragment, true
}

// destination returns the link of the site for a link of the page. ok is false for a file that the
// site does not have.
func (l *linkRewriter) destination(link string) (_ string, ok bool) {
	file, anchor, isLocal := l.local(link)
	if !isLocal {
		return link, true
	}
	if !slices.Contains(l.names, file) {
		return "", false
	}
	relative, err := filepath.Rel(path.Dir(target(l.page.name)), target(file))
	if err != nil {
		return "", false
	}
	u := url.URL{Path: filepath.ToSlash(relative), Fragment: anchor}
	return u.String(), true
}
