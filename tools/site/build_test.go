package main

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	linkPattern   = regexp.MustCompile(`\b(?:href|src|srcset)="([^"]*)"`)
	anchorPattern = regexp.MustCompile(`\bid="([^"]*)"`)
)

// buildSite builds the site of this repository and returns the files by their paths.
func buildSite(t *testing.T) map[string]string {
	out := t.TempDir()
	count, err := build("../..", out)
	require.NoError(t, err)
	files, pages := map[string]string{}, 0
	require.NoError(t, fs.WalkDir(os.DirFS(out), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(out, name))
		files[name] = string(content)
		if strings.HasSuffix(name, ".html") {
			pages++
		}
		return err
	}))
	require.Equal(t, count, pages)
	return files
}

func TestEachLinkAndAnchorOfTheSiteResolves(t *testing.T) {
	files := buildSite(t)
	anchors := map[string]map[string]bool{}
	for name, content := range files {
		anchors[name] = map[string]bool{"": true}
		for _, found := range anchorPattern.FindAllStringSubmatch(content, -1) {
			require.False(t, anchors[name][found[1]], "%s has two anchors %s", name, found[1])
			anchors[name][found[1]] = true
		}
	}
	internal := 0
	for name, content := range files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		for _, found := range linkPattern.FindAllStringSubmatch(content, -1) {
			u, err := url.Parse(strings.ReplaceAll(found[1], "&amp;", "&"))
			require.NoError(t, err, name)
			if u.Scheme != "" {
				require.Contains(t, []string{"https", "http", "data"}, u.Scheme, "%s: %s", name, found[1])
				continue
			}
			require.False(t, path.IsAbs(u.Path), "%s: %s does not work from a file: URL", name, found[1])
			to := name
			if u.Path != "" {
				to = path.Join(path.Dir(name), u.Path)
			}
			require.Contains(t, files, to, "%s: %s", name, found[1])
			require.True(t, anchors[to][u.Fragment], "%s: %s has no such anchor", name, found[1])
			internal++
		}
	}
	require.Greater(t, internal, len(files), "the list of pages alone has that many")
}

// GitHub shows the pages too. Its links may also lead to sources.
func TestEachLinkOfTheMarkdownResolves(t *testing.T) {
	root := os.DirFS("../..")
	names, err := findPages(root)
	require.NoError(t, err)
	for _, name := range names {
		source, err := fs.ReadFile(root, name)
		require.NoError(t, err)
		p, err := parse(name, source, names)
		require.NoError(t, err)
		for _, file := range p.files {
			_, err := fs.Stat(root, file)
			require.NoError(t, err, name)
		}
	}
}

func TestTheSiteHasEveryPageAndNoScript(t *testing.T) {
	files := buildSite(t)
	sources, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, sources)
	for _, source := range sources {
		name := target("docs/" + filepath.Base(source))
		require.Contains(t, files, name)
		require.Contains(t, files["index.html"], `<a href="`+name+`"`)
	}
	for name, content := range files {
		require.NotRegexp(t, `(?i)<script|javascript:|\son[a-z]+=|@import|url\(`, stripText(content), name)
		if strings.HasSuffix(name, ".html") {
			require.Regexp(t, `<title>[^<]+</title>`, content, name)
			require.Equal(t, 1, strings.Count(content, `aria-current="page"`), name)
		}
	}
}

// stripText leaves the tags and the style of a page: its text may speak of scripts.
func stripText(html string) string {
	return regexp.MustCompile(`>[^<]*<`).ReplaceAllStringFunc(html, func(text string) string {
		if strings.Contains(text, "@media") {
			return text
		}
		return "><"
	})
}

func TestAHeadingHasTheAnchorOfGitHub(t *testing.T) {
	ids := &headingIDs{used: map[string]bool{}}
	for _, test := range [][2]string{
		{"Nodes and copies", "nodes-and-copies"}, {"kx auth can-i", "kx-auth-can-i"},
		{"What's new in `kx_a`, v0.1?", "whats-new-in-kx_a-v01"}, {"Größe", "größe"},
		{"Nodes and copies", "nodes-and-copies-1"}, {"Nodes and copies", "nodes-and-copies-2"},
	} {
		require.Equal(t, test[1], string(ids.Generate([]byte(test[0]), 0)))
	}
}

func TestAFileThatIsNoPageLosesItsLinkAndKeepsItsText(t *testing.T) {
	p, err := parse("docs/a.md", []byte("# A\n\n[*main* file](../cmd/main.go) [b](b.md#x) [self](#a) "+
		"[top](../README.md) [out](https://example.com/)\n"),
		[]string{"README.md", "docs/a.md", "docs/b.md"})
	require.NoError(t, err)
	require.Equal(t, "<h1 id=\"a\">A</h1>\n<p><em>main</em> file <a href=\"b.html#x\">b</a> "+
		"<a href=\"a.html#a\">self</a> <a href=\"../index.html\">top</a> "+
		"<a href=\"https://example.com/\">out</a></p>\n", string(p.body))
}
