package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// find returns the mutants of the targets, by file and place.
func find(ctx context.Context, root string, targets []target) (mutants []*mutant, err error) {
	for _, t := range targets {
		loaded, err := packages.Load(&packages.Config{
			Context: ctx,
			Dir:     root,
			Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles |
				packages.NeedImports | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo,
		}, "./"+t.path)
		if err != nil {
			return nil, err
		}
		if len(loaded) != 1 || len(loaded[0].Errors) > 0 {
			return nil, fmt.Errorf("cannot load %s: %v", t.path, loadErrors(loaded))
		}
		pkg := loaded[0]
		for _, syntax := range pkg.Syntax {
			file := pkg.Fset.Position(syntax.Package).Filename
			if ast.IsGenerated(syntax) || slices.ContainsFunc(t.passed, func(pattern string) bool {
				matched, err := path.Match(pattern, filepath.Base(file))
				return err == nil && matched
			}) {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			finder := finder{pkg: pkg, source: source, seen: map[edit]bool{}}
			ast.Walk(&finder, syntax)
			for _, e := range finder.edits {
				mutants = append(mutants, &mutant{
					pkg: t.path, file: file, name: path.Join(t.path, filepath.Base(file)),
					function: enclosing(syntax, pkg.Fset, e.lo),
					line:     1 + strings.Count(string(source[:e.lo]), "\n"),
					edit:     e,
				})
			}
		}
	}
	return mutants, nil
}

func loadErrors(loaded []*packages.Package) error {
	var all []error
	for _, pkg := range loaded {
		for _, err := range pkg.Errors {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// enclosing returns the name of the function at the offset, as "Receiver.Name".
func enclosing(syntax *ast.File, fset *token.FileSet, offset int) string {
	for _, declaration := range syntax.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || offset < fset.Position(function.Pos()).Offset || offset >= fset.Position(function.End()).Offset {
			continue
		}
		if function.Recv == nil {
			return function.Name.Name
		}
		receiver := function.Recv.List[0].Type
		for {
			switch r := receiver.(type) {
			case *ast.StarExpr:
				receiver = r.X
				continue
			case *ast.IndexExpr:
				receiver = r.X
				continue
			case *ast.IndexListExpr:
				receiver = r.X
				continue
			case *ast.Ident:
				return r.Name + "." + function.Name.Name
			}
			return function.Name.Name
		}
	}
	return ""
}

// A finder collects the edits of one file. It walks with the path of nodes to where it is.
type finder struct {
	pkg    *packages.Package
	source []byte
	path   []ast.Node
	edits  []edit
	seen   map[edit]bool
}

// Visit implements ast.Visitor.
func (f *finder) Visit(n ast.Node) ast.Visitor {
	if n == nil {
		f.path = f.path[:len(f.path)-1]
		return nil
	}
	switch n := n.(type) {
	case *ast.IfStmt:
		f.negate(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			f.negate(n.Cond)
		}
	case *ast.SwitchStmt:
		for _, clause := range n.Body.List {
			for _, condition := range clause.(*ast.CaseClause).List {
				if n.Tag == nil {
					f.negate(condition)
				}
			}
		}
	case *ast.ReturnStmt:
		f.results(n)
	case *ast.BinaryExpr:
		f.operator(n)
	case *ast.BasicLit:
		if n.Kind == token.INT {
			f.integer(n)
		}
	case *ast.Ident:
		if (n.Name == "true" || n.Name == "false") && f.pkg.TypesInfo.Uses[n] == types.Universe.Lookup(n.Name) {
			f.negate(n)
		}
	}
	f.path = append(f.path, n)
	return f
}

// results drops the error that a function returns, and negates the bools.
func (f *finder) results(n *ast.ReturnStmt) {
	var signature *types.Signature
	for _, node := range slices.Backward(f.path) {
		switch function := node.(type) {
		case *ast.FuncLit:
			signature = f.pkg.TypesInfo.TypeOf(function).(*types.Signature)
		case *ast.FuncDecl:
			signature = f.pkg.TypesInfo.Defs[function.Name].Type().(*types.Signature)
		default:
			continue
		}
		break
	}
	if signature.Results().Len() != len(n.Results) {
		return
	}
	for i, result := range n.Results {
		typ := signature.Results().At(i).Type()
		switch {
		case types.Identical(typ, types.Universe.Lookup("error").Type()):
			if !f.pkg.TypesInfo.Types[result].IsNil() {
				e := f.edit(dropError, result)
				e.from, e.to = "return "+e.from, "return nil"
				f.add(e)
			}
		case types.Identical(typ, types.Typ[types.Bool]):
			f.negate(result)
		}
	}
}

// operator moves a boundary, negates a comparison, or swaps "and" and "or".
func (f *finder) operator(n *ast.BinaryExpr) {
	swapped, ok := map[token.Token]token.Token{
		token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
		token.LAND: token.LOR, token.LOR: token.LAND,
	}[n.Op]
	switch {
	case n.Op == token.EQL || n.Op == token.NEQ:
		f.negate(n)
	case ok && f.isBool(n):
		e := f.edit(swapOperator, n)
		e.left, e.right, e.operator = f.span(n.X), f.span(n.Y), swapped.String()
		left := shorten(string(f.source[e.left[0]:e.left[1]]), maxText/2)
		right := shorten(string(f.source[e.right[0]:e.right[1]]), maxText/2)
		e.from, e.to = left+" "+n.Op.String()+" "+right, left+" "+e.operator+" "+right
		f.add(e)
	}
}

func (f *finder) negate(n ast.Expr) {
	if !f.isBool(n) {
		return
	}
	e := f.edit(negate, n)
	switch e.from {
	case "true":
		e.to = "false"
	case "false":
		e.to = "true"
	default:
		e.to = shorten("!("+string(f.source[e.lo:e.hi])+")", maxText)
	}
	f.add(e)
}

// isBool reports whether the expression is a bool that may be computed when the program runs.
func (f *finder) isBool(n ast.Expr) bool {
	typ := f.pkg.TypesInfo.TypeOf(n)
	basic, ok := typ.(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0 && !f.mustBeConstant()
}

// integer adds one to an integer. Tests never assert a duration, and the size of an allocation
// changes no behaviour, so neither of them is mutated.
func (f *finder) integer(n *ast.BasicLit) {
	if isDuration(f.pkg.TypesInfo.TypeOf(n)) {
		return
	}
	for _, node := range slices.Backward(f.path) {
		if _, ok := node.(ast.Stmt); ok {
			break
		}
		switch node := node.(type) {
		case *ast.BinaryExpr:
			if isDuration(f.pkg.TypesInfo.TypeOf(node.X)) || isDuration(f.pkg.TypesInfo.TypeOf(node.Y)) {
				return
			}
		case *ast.CallExpr:
			if name, ok := node.Fun.(*ast.Ident); ok && name.Name == "make" {
				return
			}
		}
	}
	e := f.edit(changeConstant, n)
	e.to = e.from + "+1"
	basic, ok := f.pkg.TypesInfo.TypeOf(n).(*types.Basic)
	if ok && basic.Info()&types.IsUntyped == 0 && !f.mustBeConstant() {
		e.typ = basic.Name()
	}
	f.add(e)
}

func isDuration(typ types.Type) bool {
	return typ != nil && typ.String() == "time.Duration"
}

// mustBeConstant reports whether the place that the path leads to may take constants only.
func (f *finder) mustBeConstant() bool {
	for _, node := range slices.Backward(f.path) {
		switch node := node.(type) {
		case *ast.ArrayType, *ast.KeyValueExpr:
			return true
		case *ast.GenDecl:
			return node.Tok == token.CONST
		case ast.Stmt:
			return false
		}
	}
	return false
}

func (f *finder) span(n ast.Node) [2]int {
	return [2]int{f.pkg.Fset.Position(n.Pos()).Offset, f.pkg.Fset.Position(n.End()).Offset}
}

func (f *finder) edit(k kind, n ast.Node) edit {
	span := f.span(n)
	return edit{kind: k, lo: span[0], hi: span[1],
		from: shorten(string(f.source[span[0]:span[1]]), maxText)}
}

func (f *finder) add(e edit) {
	if !f.seen[e] {
		f.seen[e] = true
		f.edits = append(f.edits, e)
	}
}
