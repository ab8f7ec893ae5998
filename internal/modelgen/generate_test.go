package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// packages are the folders with models.
var packages = []string{"../../resources", "../../transport"}

func TestTheGeneratedFileIsUpToDate(t *testing.T) {
	for _, dir := range packages {
		want, err := generate(dir)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(dir, output))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s is stale: run go generate ./resources", output)
	}
}

func TestEveryExportedStructOfTheAPIEndsWithUnknown(t *testing.T) {
	for _, dir := range packages {
		structs := 0
		for name, s := range apiStructs(t, dir) {
			structs++
			last := s.Fields.List[len(s.Fields.List)-1]
			require.True(t, isUnknown(last), "%s: %s must end with Unknown jsontext.Value `json:\",embed\"`", dir, name)
		}
		_, models, err := find(dir)
		require.NoError(t, err)
		require.Len(t, models, structs, "no other struct keeps unknown members")
	}
}

// apiStructs returns the exported structs of a package that name members of a JSON object. Other
// structs are requests, which are only sent.
func apiStructs(t *testing.T, dir string) map[string]*ast.StructType {
	found := map[string]*ast.StructType{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() {
				return true
			}
			s, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range s.Fields.List {
				if field.Tag != nil && reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("json") != "" {
					found[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	return found
}

func TestGenerate(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		want   []string // parts of the result
		err    string
	}{
		"a model gets the four methods": {
			"package p\ntype A struct {\n\tUnknown jsontext.Value `json:\",embed\"`\n}\n",
			[]string{
				"package p\n", "type aFields A\n", "func (x A) MarshalJSON() ", "func (x *A) UnmarshalJSON(",
				"func (x *A) MarshalJSONTo(", "func (x *A) UnmarshalJSONFrom(",
			},
			"",
		},
		"a generic model keeps its type parameters": {
			"package p\ntype L[K comparable, T any] struct {\n\tUnknown jsontext.Value `json:\",embed\"`\n}\n",
			[]string{"type lFields[K comparable, T any] L[K, T]\n", "func (x *L[K, T]) UnmarshalJSONFrom("},
			"",
		},
		"an initialism keeps its letters together": {
			"package p\ntype TCPSocketAction struct {\n\tUnknown jsontext.Value `json:\",embed\"`\n}\n",
			[]string{"type tcpSocketActionFields TCPSocketAction\n"},
			"",
		},
		"a package without models is an error": {
			"package p\ntype A struct {\n\tUnknown string\n}\n", nil, "no struct in",
		},
		"source that does not parse is an error": {"package p\ntype", nil, "a.go:2:5"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte(c.source), 0o600))
			got, err := generate(dir)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			for _, want := range c.want {
				require.Contains(t, string(got), want)
			}

			require.NoError(t, write(dir))
			require.FileExists(t, filepath.Join(dir, output))
			regenerated, err := generate(dir)
			require.NoError(t, err)
			require.Equal(t, string(got), string(regenerated), "the generated file is not read")
		})
	}
}
