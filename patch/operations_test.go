package patch_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

func TestTheBuilderEncodesEveryOperationInOrder(t *testing.T) {
	p := patch.JSON().
		Test("/a", "text").
		Add("/b/-", map[string]any{"name": "debugger"}).
		Replace("/c", nil).
		Remove("/d").
		Move("/e", "/f").
		Copy("/g", patch.Pointer("h", "example.com/i"))
	requireBody(t, `[{"op":"test","path":"/a","value":"text"},`+
		`{"op":"add","path":"/b/-","value":{"name":"debugger"}},`+
		`{"op":"replace","path":"/c","value":null},`+
		`{"op":"remove","path":"/d"},`+
		`{"op":"move","from":"/e","path":"/f"},`+
		`{"op":"copy","from":"/g","path":"/h/example.com~1i"}]`, p)
	require.Equal(t, patch.TypeJSON, p.Type())
}

func TestAPatchWithoutOperationsIsLegal(t *testing.T) {
	requireBody(t, `[]`, patch.JSON())
	out, err := patch.JSON().ApplyTo([]byte(`{"a": 1.0}`))
	require.NoError(t, err)
	require.Equal(t, `{"a":1.0}`, string(out))
}

func TestValuesOfOperations(t *testing.T) {
	for want, value := range map[string]any{
		`null`:             nil,
		`"{}"`:             "{}",
		`"aGk="`:           []byte("hi"),
		`{"n":1.0}`:        jsontext.Value(`{"n": 1.0}`),
		`[1,2]`:            []int{1, 2},
		`{"a":"<b>"}`:      map[string]string{"a": "<b>"},
		`9007199254740993`: 9007199254740993,
		`{"y":"yes"}`:      patch.YAML([]byte("y: 'yes'")),
	} {
		requireBody(t, `[{"op":"add","path":"/a","value":`+want+`}]`, patch.JSON().Add("/a", value))
	}
}

func TestAValueCannotMoveIntoItself(t *testing.T) {
	const refused = "json patch: operation 1 (move): a value cannot move into itself (RFC 6902, section 4.4)"
	requireRefused(t, patch.JSON().Move("/a", "/a/b"), refused)
	requireRefused(t, patch.JSON().Move("", "/a"), refused)
	requireBody(t, `[{"op":"move","from":"/a","path":"/ab"}]`, patch.JSON().Move("/a", "/ab"))
	requireBody(t, `[{"op":"move","from":"/a","path":"/a"}]`, patch.JSON().Move("/a", "/a"))
	requireBody(t, `[{"op":"copy","from":"/a","path":"/a/b"}]`, patch.JSON().Copy("/a", "/a/b"))
}

func TestOperationsOnAnotherKindAreRefused(t *testing.T) {
	requireRefused(t, patch.Merge(`{}`).Add("/a", 1), "merge patch: operation 1 (add): only a patch made by patch.JSON takes operations")
	requireRefused(t, patch.Merge(`[]`).Add("/a", 1), "merge patch: must be an object, not a list")
}

func TestTheFirstMistakeIsReported(t *testing.T) {
	requireRefused(t, patch.JSON().Remove("/a").Remove("b").Add("c", 1),
		`json patch: operation 2 (remove): path must be empty or start with "/" (RFC 6901)`)
}

func TestPatchesBuiltFromOnePatchShareNothing(t *testing.T) {
	base := patch.JSON().Remove("/a").Remove("/b").Remove("/c")
	first, second := base.Remove("/1"), base.Remove("/2")
	const prefix = `[{"op":"remove","path":"/a"},{"op":"remove","path":"/b"},{"op":"remove","path":"/c"}`
	requireBody(t, prefix+`]`, base)
	requireBody(t, prefix+`,{"op":"remove","path":"/1"}]`, first)
	requireBody(t, prefix+`,{"op":"remove","path":"/2"}]`, second)
}

func TestAPatchOfMoreOperationsThanTheServerAcceptsIsRefused(t *testing.T) {
	text := "[" + strings.Repeat(`{"op":"remove","path":"/a"},`, 9_999) + `{"op":"remove","path":"/a"}]`
	p, err := patch.Parse(patch.TypeJSON, []byte(text))
	require.NoError(t, err)
	requireRefused(t, p.Remove("/a"), "json patch: operation 10001 (remove): the server takes at most 10000 operations")
}

// The server's library compares the strings of a test byte by byte, and it escapes stored ones.
func TestTheStringsOfATestAreEncodedAsTheServerStoresThem(t *testing.T) {
	requireBody(t, `[{"op":"test","path":"/a","value":{"\u003c":["\u003cé\u0026\u003e\u2028",1.0]}}]`,
		patch.JSON().Test("/a", jsontext.Value(`{"\u003c": ["<\u00e9&>\u2028", 1.0]}`)))
}
