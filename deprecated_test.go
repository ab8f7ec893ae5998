package kx_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// anyDeprecation matches a comment that means to deprecate a name of kx. A model may say of a field
// that Kubernetes has deprecated it.
var anyDeprecation = regexp.MustCompile(`(?im)^\s*deprecated\b`)

// deprecation matches the last paragraph of a comment by godoc's convention. It says since when,
// and names what to use instead in brackets, or that there is nothing.
var deprecation = regexp.MustCompile(`(?s)^Deprecated: since v\d+\.\d+\.\d+, ` +
	`(use \[[\w.]+\]|nothing replaces it).*\.\n$`)

// deprecationFault returns what is wrong with how a comment deprecates a name, or "".
func deprecationFault(comment string) string {
	paragraphs := strings.Split(comment, "\n\n")
	switch {
	case !anyDeprecation.MatchString(comment):
		return ""
	case !deprecation.MatchString(paragraphs[len(paragraphs)-1]):
		return `the last paragraph must begin with "Deprecated: since vX.Y.Z, use [Name]" or "Deprecated: since vX.Y.Z, nothing replaces it"`
	}
	return ""
}

func TestADeprecationFollowsGodoc(t *testing.T) {
	for comment, isRight := range map[string]bool{
		"F does it.\n": true,
		"F is deprecated: Kubernetes has dropped the field.\n":                               true,
		"F does it.\n\nDeprecated: since v0.2.0, use [G], which also takes a context.\n":     true,
		"Deprecated: since v0.2.0, use [patch.JSON].\n":                                      true,
		"F does it.\n\nDeprecated: since v0.2.0, nothing replaces it: the server does it.\n": true,
		// No paragraph of its own, no version, no link, not the last, not the word, no convention.
		"F does it.\nDeprecated: since v0.2.0, use [G].\n":                 false,
		"F does it.\n\nDeprecated: use [G].\n":                             false,
		"F does it.\n\nDeprecated: since v0.2.0, use G.\n":                 false,
		"F does it.\n\nDeprecated: since v0.2.0, use [G].\n\nF is fast.\n": false,
		"F does it.\n\nDEPRECATED: since v0.2.0, use [G].\n":               false,
		"F does it.\n\nDeprecated, use [G].\n":                             false,
	} {
		require.Equal(t, isRight, deprecationFault(comment) == "", comment)
	}
	count := 0
	for name, source := range goFiles(t, ".", false) {
		if strings.HasPrefix(name, "tools/") || strings.HasPrefix(name, "parity/") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, source, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			doc := docOf(n)
			if doc != nil {
				count++
				fault := deprecationFault(doc.Text())
				require.Empty(t, fault, "%s", fset.Position(doc.Pos()))
			}
			return true
		})
	}
	require.Greater(t, count, 1000)
}

// docOf returns the comment above a declaration, or nil.
func docOf(n ast.Node) *ast.CommentGroup {
	switch n := n.(type) {
	case *ast.File:
		return n.Doc
	case *ast.FuncDecl:
		return n.Doc
	case *ast.GenDecl:
		return n.Doc
	case *ast.TypeSpec:
		return n.Doc
	case *ast.ValueSpec:
		return n.Doc
	case *ast.Field:
		return n.Doc
	}
	return nil
}
