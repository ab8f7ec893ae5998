package parity_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	theirs "k8s.io/client-go/util/jsonpath"

	"github.com/kx-k8s/kx/internal/jsonpath"
)

// pathDocument has each type of JSON, below objects and arrays. It has no fraction: client-go does
// not compare one with an integer.
const pathDocument = `{"kind":"List","empty":[],"nothing":null,"html":"a<b>&c","items":[
	{"name":"a","n":1,"ok":true,"labels":{"app":"web","x.y/z":"dotted"},"list":["p","q","r"],"deep":{"more":[{"id":7,"tag":"t"},{"id":8}]}},
	{"name":"b","n":2,"ok":false,"labels":{"app":"db"},"list":["s"],"deep":{"more":[{"id":9,"tag":"u"}]}},
	{"name":"c","n":3,"ok":true,"labels":{},"list":["t","u"]}],
	"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"},{"type":"Other","status":"False"}]}}`

// pathExpressions are templates of kubectl's documentation and of daily use.
var pathExpressions = []string{
	"", "text", "{.kind}", "{$.kind}", "{@.kind}", "{}", "{@}", "{$}", "{.items[*].name}", "{.items[0].name}", "{.items[-1:].name}", "{.items[-1].name}", "{.items[0:2].name}", "{.items[::2].name}",
	"{.items[1,2].name}", "{.items[*]['name','n']}", "{.items[*]['name', 'missing']}", "{..name}", "{..id}", "{.items..id}", "{..tag}", "{.items[*].labels.app}", `{.items[*].labels.x\.y/z}`, `{.items[*].labels['x\.y/z']}`,
	`{.items[?(@.name=="b")].n}`, `{.items[?(@.name=='b')].n}`, `{.items[?(@.n>1)].name}`, `{.items[?(@.n>=2)].name}`, `{.items[?(@.n<2)].name}`, `{.items[?(@.n<=2)].name}`, `{.items[?(@.n!=2)].name}`, `{.items[?(@.ok==true)].name}`,
	`{.items[?(@.deep)].name}`, `{.items[?(@.missing)].name}`, `{.items[?(@.deep.more[0].id==9)].name}`, `{.items[?(@.name==")")].n}`, `{.items[?( @.n == 2 )].name}`, `{.items[?(@.labels.app=="web")].name}`,
	`{range .items[*]}{.name}{"\t"}{.n}{"\n"}{end}`, `{range .items[*]}[{.name}, {.n}] {end}`, `{range .items[*]}{.name}:{range .list[*]}{@},{end};{end}`, `{range .empty[*]}{.name}{end}x`, `{range .items[*]}{range .missing[*]}{.a}{end}{.name}{end}`,
	`{range .items[?(@.n>1)]}{.name}{end}`, `{.items[*].list}`, `{.items[0]}`, `{.html}`, `{.items[0].labels}`, `{.nothing}`, `{.nothing.more}`, `{.empty}`, `{.empty[*]}`, `{.empty[0]}`, `{"a\tb\n"}`, `{'a"b'}`, `{"it's"}`, `{1}{true}{-3}`, `{.kind} {.status.phase}`,
	`{.kind[0]}`, `{.items.name}`, `{.items[3]}`, `{.items[0:9]}`, `{.items[2:1]}`, `{.items[1:1]}`, `{.items[a]}`, `{.items[`, `{.items[0`, `{.items`, `{items}`, `{end}`, `{.items[?(@.n=="1")]}`, `{.items[?(@.list==1)]}`, `{.items[?(@.n=1)]}`, `{.status[?(@.phase=="x")]}`,
	`{.status.conditions[?(@.type=="Ready")].status}`, `{.status.conditions[?(@.type!="Ready")].status}`, `{..} x`, `{..[0]}`, `{....a}`, `{.a..}`, `{.items[*].list[0]}`, `{.items[*].list[1]}`, `{.items[*].deep.more[*].id}`, `{.items[*]}`, `{.status.conditions[*].type}{.kind}`, `{  .kind  }`, "{.kind\n}{", `{.items[0].deep.more[?(@.tag=="t")].id}`,
}

// pathDifferences are the templates of which the documentation of internal/jsonpath says that
// client-go reads them otherwise: what client-go writes, or fails with, and what kx does.
var pathDifferences = []struct{ template, theirs, ours string }{
	{`{.items[?(@.n>1.5)].name}`, "error", "b c"},
	{`{.items[0].labels['x.y/z']}`, "", "dotted"},
	{`{["kind"]}`, "error", "List"},
	{`{.items[?(@.deep.more[?(@.id==9)])].name}`, "error", "b"},
	{`{.items[?(null==null)].name}`, "error", "a b c"},
	{`{.}`, "", "error"},
	{`{.items[].name}`, "a", "error"},
	{`{.kind.*}`, "76 105 115 116", ""},
	{`{.empty.x[*]}{range .items[*]}{.name}`, "abc", "error"},
	{"{.kind\n}", "error", "List"},
}

func TestJSONPathDiffersFromClientGoAsDocumented(t *testing.T) {
	for _, test := range pathDifferences {
		require.Equal(t, test.theirs, theirText(t, test.template, jsonpath.MissingIndex), test.template)
		require.Equal(t, test.ours, ourText(test.template, jsonpath.MissingIndex), test.template)
	}
}

func TestJSONPathWritesWhatClientGoWrites(t *testing.T) {
	for _, template := range pathExpressions {
		sameText(t, template, jsonpath.MissingIndex)
		if !strings.Contains(template, "range") { // theirs fails for a range over nothing
			sameText(t, template, jsonpath.MissingMember)
		}
	}
}

func Test500GeneratedJSONPathsWriteWhatClientGoWrites(t *testing.T) {
	g := pathGenerator{rand.New(rand.NewPCG(1, 2))}
	templates := map[string]bool{}
	failures := 0
	for len(templates) < 500 {
		template := g.template(2)
		if templates[template] {
			continue
		}
		templates[template] = true
		if sameText(t, template, jsonpath.MissingIndex) == "error" {
			failures++
		}
		if !strings.Contains(template, "range") {
			sameText(t, template, jsonpath.MissingMember)
		}
	}
	require.Less(t, failures, 250, "most templates must find something")
	t.Logf("500 templates, %d of which fail for both", failures)
}

// sameText requires that both write the same, or that both fail, and returns it.
func sameText(t *testing.T, template string, missing jsonpath.Missing) string {
	t.Helper()
	ours, want := ourText(template, missing), theirText(t, template, missing)
	if strings.Contains(template, "..") || strings.Contains(template, "*") {
		ours, want = sortWords(ours), sortWords(want) // theirs has the random order of Go's maps
	}
	require.Equal(t, want, ours, "%s, missing %d", template, missing)
	return ours
}

func sortWords(text string) string {
	words := strings.Fields(text)
	slices.Sort(words)
	return strings.Join(words, " ")
}

func ourText(template string, missing jsonpath.Missing) string {
	parsed, err := jsonpath.Parse(template)
	if err != nil {
		return "error"
	}
	var b bytes.Buffer
	if parsed.Execute(&b, jsontext.Value(pathDocument), missing) != nil {
		return "error"
	}
	return b.String()
}

func theirText(t *testing.T, template string, missing jsonpath.Missing) string {
	var document any
	require.NoError(t, utiljson.Unmarshal([]byte(pathDocument), &document))
	parsed := theirs.New("test").AllowMissingKeys(missing == jsonpath.MissingIndex)
	if parsed.Parse(template) != nil {
		return "error"
	}
	var b bytes.Buffer
	if parsed.Execute(&b, document) != nil {
		return "error"
	}
	return b.String()
}

// pathGenerator makes templates that fit pathDocument more often than not.
type pathGenerator struct{ *rand.Rand }

func (g pathGenerator) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g pathGenerator) template(depth int) string {
	var b strings.Builder
	for range 1 + g.IntN(3) {
		switch {
		case depth > 0 && g.IntN(5) == 0:
			fmt.Fprintf(&b, `{range .items%s}%s{"\n"}{end}`, g.pick("[*]", "[0,2]", "[?(@.n>1)]"), g.ranged())
		case g.IntN(5) == 0:
			b.WriteString(g.pick(" text ", `{"\t"}`, `{'quoted'}`, "{1}", "{true}"))
		default:
			b.WriteString("{" + g.path() + "}")
		}
	}
	return b.String()
}

// ranged makes the body of a range over items.
func (g pathGenerator) ranged() string {
	text := ""
	for range 1 + g.IntN(3) {
		text += "{" + g.ofItem() + "}" + g.pick(",", " ", "")
	}
	return text
}

func (g pathGenerator) path() string {
	return g.pick("", "$", "@", " ") + g.pick(".kind", ".status.phase", ".status.conditions"+g.items()+g.pick(".type", ".status", ""), ".empty"+g.items(), ".missing"+g.items(), ".nothing", "..id", "..tag", ".html",
		".items"+g.items()+g.ofItem(), ".items"+g.items()+g.ofItem(), ".items"+g.items()+g.ofItem(), ".items"+g.items(), "['kind']", "['kind','html']")
}

func (g pathGenerator) items() string {
	bound := func() string { return g.pick("", "", "0", "1", "2", "3", "4", "-1", "-2", "-3") }
	switch g.IntN(8) {
	case 0:
		return "[" + g.pick("0", "1", "2", "-1", "-3", "3", "-4") + "]"
	case 1:
		return "[" + bound() + ":" + bound() + "]"
	case 2:
		return "[" + bound() + ":" + bound() + ":" + g.pick("", "1", "2", "0") + "]"
	case 3:
		return "[" + g.pick("0", "1") + g.pick(",", ", ") + g.pick("0", "1", "-1") + "]"
	case 4, 5:
		return "[?(" + g.comparison() + ")]"
	}
	return "[*]"
}

func (g pathGenerator) comparison() string {
	operator := g.pick("", " ") + g.pick("==", "!=", "<", "<=", ">", ">=") + g.pick("", " ")
	return g.pick("@.name"+operator+g.pick(`"b"`, `'a'`, `"zz"`), "@.n"+operator+g.pick("1", "2", "-1"), "@.ok"+g.pick("==", "!=")+g.pick("true", "false"), "@.deep", "@.labels.app", "@.labels.app"+operator+`"web"`,
		"@.list[0]"+operator+`"p"`, "@.type"+operator+`"Ready"`, "@.n"+operator+"@.n", "@.missing"+operator+"1", "@.n"+operator+`"1"`)
}

func (g pathGenerator) ofItem() string {
	return g.pick(".name", ".n", ".ok", ".labels", ".labels.app", `.labels.x\.y/z`, "['name','n']", ".list"+g.pick("[0]", "[*]", "[:1]", ""), ".deep.more[*].id", ".deep.more[0].tag", ".deep.more[?(@.id>7)].id", ".deep", ".missing", "..id", ".list.*")
}
