package main

import (
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// sources are the files and folders of the repository that pages refer to and archives lack. Who
// reads them has the repository.
var sources = []string{
	"CONTRIBUTING.md", // says how to change the sources
	"auth", "conformance", "debug", "examples", "imagearchive", "kubeconfig", "kxtest", "parity", "patch",
	"podcopy", "portforward", "resources", "subresource", "transport",
}

func TestEachLinkOfAnArchiveLeadsToAFileInItOrToTheSources(t *testing.T) {
	files, err := texts("../..")
	require.NoError(t, err)
	contents := map[string][]byte{}
	for _, f := range files {
		contents[f.name] = f.content
	}
	used := map[string]bool{}
	inside := 0
	for name, content := range contents {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, link := range links(content) {
			u, err := url.Parse(link)
			require.NoError(t, err, name)
			if u.Scheme != "" || u.Path == "" {
				continue
			}
			to := path.Join(path.Dir(name), u.Path)
			folder, _, _ := strings.Cut(to, "/")
			if slices.Contains(sources, folder) {
				used[folder] = true
				continue
			}
			require.Contains(t, contents, to, name)
			inside++
		}
	}
	require.Greater(t, inside, 50, "links that the test looked for")
	require.ElementsMatch(t, sources, slices.Collect(maps.Keys(used)), "the list has no more than is needed")
}

// links returns the destinations of the links and pictures of a page.
func links(page []byte) (links []string) {
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(page))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		link, isLink := n.(*ast.Link)
		if isLink && entering {
			links = append(links, string(link.Destination))
		}
		picture, isPicture := n.(*ast.Image)
		if isPicture && entering {
			links = append(links, string(picture.Destination))
		}
		return ast.WalkContinue, nil
	})
	return links
}

func TestThePagesOfAnArchiveTakeLittleSpace(t *testing.T) {
	files, err := texts("../..")
	require.NoError(t, err)
	a := archive{platform: platform{"linux", "amd64"}, version: "v1.2.3", files: files}
	require.NoError(t, a.pack(testDate))
	require.Less(t, len(a.content), 1<<20)
}
