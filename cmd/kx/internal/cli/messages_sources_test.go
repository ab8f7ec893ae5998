package cli

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository is the path of the repository's root.
const repository = "../../../.."

// messageFolders are the folders whose messages a user of kx can meet. Below them, clitest and
// packagefiles are no part of kx.
var messageFolders = []string{"auth", "cmd/kx", "debug", "imagearchive", "internal/imagename", "internal/jsonpath", "internal/podscript", "internal/yamlnode", "kubeconfig",
	"patch", "podcopy", "portforward", "resources", "subresource", "transport"}

// messageFunctions are the functions that take the text of a message.
var messageFunctions = regexp.MustCompile(`^(New|Errorf|Usagef|Sprintf|Fprintf|Fprintln|Print|PrintError|Note|Notice|notice|` +
	`[Ww]arn|sendNotice|addNotice|refused|ErrorAt|fieldError|failed|bad|fail|failAt|protocolError|jsonError)$`)

// messageFields are the fields of structs that hold a message or a part of one.
var messageFields = regexp.MustCompile(`^(Problem|Message|Advice|problem|Reason|Object)$`)

// words matches a text with two words, which a name or a format such as "%s: %w" has not.
var words = regexp.MustCompile(`[A-Za-z]{2}.*[ :][^ ]*[A-Za-z]{2}`)

// verb matches a verb of a format.
var verb = regexp.MustCompile(`%[-+#.0-9\[\]]*[a-zA-Z]`)

// sourceMessage is a message in the sources, with its verbs.
type sourceMessage struct{ place, text string }

// pattern matches a text that has m with values in place of the verbs.
func (m sourceMessage) pattern() *regexp.Regexp {
	parts := verb.Split(strings.ReplaceAll(m.text, "%%", "%"), -1)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile(strings.Join(parts, "(?s:.*)"))
}

// TestEveryMessageIsListed fails for a message of the sources that is in no table, and for a
// listed message that no source holds.
func TestEveryMessageIsListed(t *testing.T) {
	texts := printedTexts()
	listed := map[string]bool{}
	for _, table := range listedMessages {
		for _, m := range table {
			require.NotEmpty(t, m.situation, m.text)
			require.False(t, listed[m.text], "listed twice: %s", m.text)
			listed[m.text] = true
		}
	}
	found := map[string]bool{}
	for _, m := range messagesOfSources(t) {
		found[m.text] = true
		_, exempt := notMessages[m.text]
		if !exempt && !listed[m.text] && !slices.ContainsFunc(texts, m.pattern().MatchString) {
			t.Errorf("%s: in no table: %q", m.place, m.text)
		}
	}
	for text := range listed {
		assert.True(t, found[text], "listed, but no source has it: %q", text)
	}
	for text := range notMessages {
		assert.True(t, found[text], "an exception that no source has: %q", text)
	}
}

// messagesOfSources returns the messages of messageFolders, in the order of the files.
func messagesOfSources(t *testing.T) (all []sourceMessage) {
	for _, folder := range messageFolders {
		err := filepath.WalkDir(filepath.Join(repository, folder), func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && slices.Contains([]string{"testdata", "clitest", "packagefiles"}, entry.Name()):
				return filepath.SkipDir
			case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
				all = append(all, messagesOfFile(t, name)...)
			}
			return nil
		})
		require.NoError(t, err)
	}
	require.Greater(t, len(all), 300)
	return all
}

func messagesOfFile(t *testing.T, name string) (all []sourceMessage) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, nil, 0)
	require.NoError(t, err)
	var outer []ast.Node // the nodes around the visited one
	ast.Inspect(file, func(node ast.Node) bool {
		if node == nil {
			outer = outer[:len(outer)-1]
			return true
		}
		expression, ok := node.(ast.Expr)
		if ok {
			text, constant := foldText(expression)
			if constant {
				if words.MatchString(verb.ReplaceAllString(text, "")) && !strings.Contains(text, "\n") && holdsMessage(outer) {
					place := fset.Position(node.Pos())
					all = append(all, sourceMessage{fmt.Sprintf("%s:%d",
						strings.TrimPrefix(place.Filename, repository+"/"), place.Line), text})
				}
				return false
			}
		}
		outer = append(outer, node)
		return true
	})
	return all
}

// holdsMessage reports whether a text with these nodes around it is one of a message.
func holdsMessage(outer []ast.Node) bool {
	for _, node := range slices.Backward(outer) {
		switch node := node.(type) {
		case *ast.CallExpr:
			switch function := node.Fun.(type) {
			case *ast.Ident:
				return messageFunctions.MatchString(function.Name)
			case *ast.SelectorExpr:
				return messageFunctions.MatchString(function.Sel.Name)
			}
			return false
		case *ast.KeyValueExpr:
			key, ok := node.Key.(*ast.Ident)
			return ok && messageFields.MatchString(key.Name) && !isExample(outer)
		case *ast.ReturnStmt, *ast.AssignStmt:
			return true
		case *ast.GenDecl, *ast.Field:
			return false
		}
	}
	return false
}

// isExample reports whether the nodes are those of an example or a paragraph of help.
func isExample(outer []ast.Node) bool {
	return slices.ContainsFunc(outer, func(node ast.Node) bool {
		pair, ok := node.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		key, ok := pair.Key.(*ast.Ident)
		return ok && regexp.MustCompile(`^(Examples|Tables|Long|Help|Exit|Rows)$`).MatchString(key.Name)
	})
}

// foldText returns the text of a constant or of a sum with one. %s stands for what is no constant.
func foldText(expression ast.Expr) (text string, constant bool) {
	switch e := expression.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, _ = strconv.Unquote(e.Value)
			return text, true
		}
	case *ast.ParenExpr:
		return foldText(e.X)
	case *ast.BinaryExpr:
		left, leftConstant := foldText(e.X)
		right, rightConstant := foldText(e.Y)
		if e.Op == token.ADD && (leftConstant || rightConstant) {
			if !leftConstant {
				left = "%s"
			}
			if !rightConstant {
				right = "%s"
			}
			return left + right, true
		}
	}
	return "", false
}
