package kx_test

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxColumns is the length of the longest line that may hold a comment.
const maxColumns = 100

// retiredNames are identifiers of the old dialect. Each has a name in the field's words now.
var retiredNames = regexp.MustCompile(`^(vigil|look|hear|tell|tellLater|beginning|ending|say|saying|joining|join|try|` +
	`hopeless|vague|draft|settle|lenderIn|doubt|sight|replay|typist|farewell|carry|doze|bulkConn|carryStream|frameUp|` +
	`patience|worthwhile|standIn|handOver|one|many|every|stay|here|again|returning|leftBehind|` +
	`victim|deed|errNobody|errNo|aCommand)$`)

// TestTheSourceKeepsItsStyle checks the rules of CONTRIBUTING.md's section Style that a parser
// can see. Run it for one folder with -run 'TestTheSourceKeepsItsStyle/^debug$'.
func TestTheSourceKeepsItsStyle(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "git", "ls-files", "-co", "--exclude-standard", "*.go").Output()
	require.NoError(t, err)
	folders := map[string][]string{}
	for file := range strings.Lines(string(output)) {
		file = strings.TrimSpace(file)
		if _, err := os.Stat(file); err == nil {
			folders[path.Dir(file)] = append(folders[path.Dir(file)], file)
		}
	}
	require.NotEmpty(t, folders)
	for folder, files := range folders {
		t.Run(strings.ReplaceAll(folder, "/", "_"), func(t *testing.T) {
			var faults []string
			for _, file := range files {
				faults = append(faults, styleFaults(t, file)...)
			}
			faults = append(faults, caseFaults(t, files)...)
			require.Empty(t, strings.Join(faults, "\n"))
		})
	}
}

// styleFaults returns the breaches in one file, each as "file:line: what is wrong".
func styleFaults(t *testing.T, file string) (faults []string) {
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, source, parser.ParseComments)
	require.NoError(t, err)
	if ast.IsGenerated(parsed) {
		return nil
	}
	report := func(pos token.Pos, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("%s:%d: %s", file, fset.Position(pos).Line, fmt.Sprintf(format, args...)))
	}
	commented := map[int]bool{}
	for _, group := range parsed.Comments {
		for _, comment := range group.List {
			for line := fset.Position(comment.Pos()).Line; line <= fset.Position(comment.End()).Line; line++ {
				commented[line] = true
			}
		}
	}
	lines := bufio.NewScanner(bytes.NewReader(source))
	for number := 1; lines.Scan(); number++ {
		columns := len([]rune(strings.ReplaceAll(lines.Text(), "\t", "    ")))
		if commented[number] && columns > maxColumns {
			faults = append(faults, fmt.Sprintf("%s:%d: a comment in column %d", file, number, columns))
		}
		// A search for long comments finds URLs too.
		if strings.Contains(lines.Text(), "//") && len(lines.Text()) > maxColumns {
			faults = append(faults, fmt.Sprintf("%s:%d: a URL in a long line", file, number))
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if n.Init != nil && !plainHeader(n) {
				report(n.Pos(), "a statement packed into the header of an if")
			}
		case *ast.SwitchStmt:
			if n.Init != nil {
				report(n.Pos(), "a statement packed into the header of a switch")
			}
		case *ast.TypeSwitchStmt:
			if n.Init != nil {
				report(n.Pos(), "a statement packed into the header of a switch")
			}
		case *ast.StructType:
			if embedded(n) > 2 {
				report(n.Pos(), "a struct with more than two embedded fields")
			}
		case *ast.FuncDecl:
			reportRetired(report, n.Name)
			for _, field := range parameters(n.Type) {
				reportRetired(report, field.Names...)
			}
		case *ast.TypeSpec:
			reportRetired(report, n.Name)
		case *ast.ValueSpec:
			reportRetired(report, n.Names...)
		case *ast.Field:
			reportRetired(report, n.Names...)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, left := range n.Lhs {
					if ident, ok := left.(*ast.Ident); ok {
						reportRetired(report, ident)
					}
				}
			}
		}
		return true
	})
	return faults
}

// caseFaults returns the functions, types, variables, constants and methods of one package, or of
// one receiver, whose names differ by case alone. An unexported field beside its getter is fine.
func caseFaults(t *testing.T, files []string) (faults []string) {
	seen := map[string]string{}
	for _, file := range files {
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, file, nil, 0)
		require.NoError(t, err)
		check := func(scope string, name *ast.Ident) {
			key := parsed.Name.Name + scope + " " + strings.ToLower(name.Name)
			other, ok := seen[key]
			if ok && other != name.Name && !ast.IsGenerated(parsed) {
				faults = append(faults, fmt.Sprintf("%s:%d: %s and %s differ by case alone",
					file, fset.Position(name.Pos()).Line, name.Name, other))
			}
			seen[key] = name.Name
		}
		for _, declaration := range parsed.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				check(receiver(d), d.Name)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						check("", s.Name)
					case *ast.ValueSpec:
						for _, name := range s.Names {
							check("", name)
						}
					}
				}
			}
		}
	}
	return faults
}

// receiver returns the name of a method's type, and "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if generic, ok := of.(*ast.IndexExpr); ok {
		of = generic.X
	}
	return fmt.Sprint("(", of, ")")
}

// plainHeader reports whether the header of an if holds an error or a comma-ok form alone.
func plainHeader(n *ast.IfStmt) bool {
	assign, ok := n.Init.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return false
	}
	last, ok := assign.Lhs[len(assign.Lhs)-1].(*ast.Ident)
	if !ok {
		return false
	}
	if last.Name == "err" || last.Name == "ok" && len(assign.Lhs) == 2 {
		return true
	}
	condition := n.Cond
	if not, ok := condition.(*ast.UnaryExpr); ok && not.Op == token.NOT {
		condition = not.X
	}
	reported, ok := condition.(*ast.Ident)
	return ok && reported.Name == last.Name && len(assign.Lhs) == 2
}

func embedded(s *ast.StructType) (count int) {
	for _, field := range s.Fields.List {
		if len(field.Names) == 0 {
			count++
		}
	}
	return count
}

func parameters(f *ast.FuncType) (fields []*ast.Field) {
	fields = append(fields, f.Params.List...)
	if f.Results != nil {
		fields = append(fields, f.Results.List...)
	}
	return fields
}

func reportRetired(report func(token.Pos, string, ...any), names ...*ast.Ident) {
	for _, name := range names {
		if name != nil && retiredNames.MatchString(name.Name) {
			report(name.Pos(), "%s is a name of the old dialect", name.Name)
		}
	}
}
