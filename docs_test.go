package kx_test

import (
	encodingjson "encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/buildtest"
)

// compileError marks a Go block of a page that must not compile.
const compileError = "// compile error"

// A block that has no functions is taken for statements. They may use ctx, client, pods,
// widgets, err, r and w. "{ … }" stands for an empty block.
func TestTheGoCodeOfThePagesCompiles(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	for _, page := range append(pages, "README.md", "SECURITY.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
		isAboutGo := slices.Contains([]string{"README.md", "docs/library.md", "docs/testing.md"}, page)
		require.True(t, !isAboutGo || len(blocks) > 0, page)
		for i, block := range blocks {
			t.Run(fmt.Sprintf("%s, block %d", filepath.Base(page), i+1), func(t *testing.T) {
				t.Parallel()
				output, err := buildBlock(t, block[1])
				if strings.Contains(block[1], compileError) {
					require.Error(t, err)
					require.Contains(t, output, "does not satisfy")
					return
				}
				require.NoError(t, err, output)
			})
		}
	}
}

// The last cell of each row of these tables is an expression of kx.
func TestTheCallsForOtherClientsCompile(t *testing.T) {
	text, err := os.ReadFile("docs/coming-from.md")
	require.NoError(t, err)
	_, tables, ok := strings.Cut(string(text), "## client-go\n")
	require.True(t, ok)
	calls := regexp.MustCompile("(?m)\\| `([^`]+)` \\|$").FindAllStringSubmatch(tables, -1)
	require.Greater(t, len(calls), 15)
	body := "func use(...any) {}\n\nfunc block(config *kubeconfig.Config) {\n"
	for _, call := range calls {
		body += "\tuse(" + call[1] + ")\n"
	}
	output, err := buildBlock(t, body+"}\n")
	require.NoError(t, err, output)
}

// The last cell of each row names the test that holds what the row says of kx, and then those in
// parity that hold what it says of client-go.
func TestEachRowOfTheComparisonNamesItsTests(t *testing.T) {
	text, err := os.ReadFile("docs/library.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(text), "| case | kx |")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")[2:] // without the header
	require.NotEmpty(t, rows)
	files := goFiles(t, ".", true)
	for _, row := range rows {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		require.Len(t, cells, 6, row)
		names := strings.Split(cells[5], ", ")
		require.Equal(t, cells[2] != "–", len(names) > 1, row)
		for i, name := range names {
			isThere := slices.ContainsFunc(foldersWith(files, strings.Trim(name, "`")), func(folder string) bool {
				return strings.HasPrefix(folder, "parity") == (i > 0)
			})
			require.True(t, isThere, "%s: %s", row, name)
		}
	}
}

// buildBlock compiles a block as a package of this module and returns the compiler's output. The
// package is an overlay: its folder does not exist.
func buildBlock(t *testing.T, block string) (string, error) {
	folder, err := filepath.Abs(filepath.Join("testdata", "compile", "block"))
	require.NoError(t, err)
	temporary := t.TempDir()
	source := filepath.Join(temporary, "block.go")
	require.NoError(t, os.WriteFile(source, []byte(goFile(t, block)), 0o600))
	overlay, err := encodingjson.Marshal(map[string]any{
		"Replace": map[string]string{filepath.Join(folder, "block.go"): source},
	})
	require.NoError(t, err)
	overlayFile := filepath.Join(temporary, "overlay.json")
	require.NoError(t, os.WriteFile(overlayFile, overlay, 0o600))
	cmd := buildtest.Go(t, "build", "-overlay", overlayFile, "./testdata/compile/block")
	output, err := cmd.CombinedOutput()
	return string(output), err
}

// goFile returns a block as a Go file, with the imports that the block uses.
func goFile(t *testing.T, block string) string {
	body := strings.ReplaceAll(block, "{ … }", "{ }")
	if !regexp.MustCompile(`(?m)^func `).MatchString(body) {
		body = "func block() {\n" + body + "}\n"
	}
	body = "var (\n\tctx context.Context\n\tclient *transport.Client\n\tpods *resources.API[resources.Pod]\n" +
		"\twidgets *resources.API[resources.Object]\n" +
		"\tr io.Reader\n\tw io.Writer\n\terr error\n)\n" + body
	var imports strings.Builder
	for _, path := range []string{"context", "errors", "io", "log/slog", "net/http", "os", "testing", "time", "github.com/stretchr/testify/require"} {
		addImport(&imports, body, path)
	}
	for _, name := range []string{
		"auth", "debug", "kubeconfig", "kxtest", "patch", "podcopy", "portforward", "resources", "subresource", "transport",
	} {
		addImport(&imports, body, "github.com/kx-k8s/kx/"+name)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "block.go", "package block\n\nimport (\n"+imports.String()+")\n\n"+body, 0)
	require.NoError(t, err, body)
	useVariables(file)
	var text strings.Builder
	require.NoError(t, format.Node(&text, fset, file))
	return text.String()
}

func addImport(imports *strings.Builder, body, path string) {
	if regexp.MustCompile(`\b` + filepath.Base(path) + `\.`).MatchString(body) {
		fmt.Fprintf(imports, "\t%q\n", path)
	}
}

// useVariables appends an assignment to each function and loop that uses the variables declared in
// it. The compiler refuses unused variables, which examples may have.
func useVariables(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			for _, statement := range n.Body.List {
				if assign, ok := statement.(*ast.AssignStmt); ok && assign.Tok == token.DEFINE {
					useIn(n.Body, assign.Lhs...)
				}
			}
		case *ast.RangeStmt:
			useIn(n.Body, n.Key, n.Value)
		}
		return true
	})
}

func useIn(body *ast.BlockStmt, names ...ast.Expr) {
	for _, name := range names {
		ident, ok := name.(*ast.Ident)
		if ok && ident.Name != "_" {
			body.List = append(body.List, &ast.AssignStmt{
				Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{ast.NewIdent(ident.Name)},
			})
		}
	}
}
