package jsonpath

import (
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

const document = `{"metadata":{"labels":{"a.b/c":"dotted","plain":"x","":"empty","a\\b":"back"}},"spec":{"replicas":3,"ratio":1.50,"big":9007199254740993,"paused":false,"gone":null},` +
	`"status":{"phase":"Running","list":["first","second","third"],"none":[],"conditions":[{"type":"Ready","status":"True","n":1},{"type":"Other","status":"False","n":2},{"type":"Other","status":"Unknown","n":3}]},` +
	`"items":[{"name":"a","ports":[{"p":80},{"p":443}]},{"name":"b","ports":[]},{"name":"c","ports":[{"p":53}]}]}`

// found are templates and the texts that they make of document.
var found = map[string]string{
	"":                             "",
	"text":                         "text",
	"{.status.phase}":              "Running",
	"{$.status.phase}":             "Running",
	"{@.status.phase}":             "Running",
	"a {.status.phase} b":          "a Running b",
	"{.status['phase']}":           "Running",
	`{.status["phase"]}`:           "Running",
	"{['status']['phase']}":        "Running",
	"{.metadata.labels.plain}":     "x",
	`{.metadata.labels.a\.b/c}`:    "dotted",
	"{.metadata.labels['a.b/c']}":  "dotted",
	`{.metadata.labels['a\.b/c']}`: "dotted",
	`{.metadata.labels.a\\b}`:      "back",
	"{.metadata.labels['']}":       "empty",
	"{.spec.replicas}":             "3",
	"{.spec.ratio}":                "1.50",
	"{.spec.big}":                  "9007199254740993",
	"{.spec.paused}":               "false",
	"{.spec.gone}":                 "null",
	"{.spec.gone.more}":            "",
	"{.spec}":                      `{"big":9007199254740993,"gone":null,"paused":false,"ratio":1.50,"replicas":3}`,
	"{.status.list}":               `["first","second","third"]`,
	"{.status.list[0]}":            "first",
	"{.status.list[-1]}":           "third",
	"{.status.list[*]}":            "first second third",
	"{.status.list.*}":             "first second third",
	"{.status.list[1:]}":           "second third",
	"{.status.list[:2]}":           "first second",
	"{.status.list[:-1]}":          "first second",
	"{.status.list[-2:]}":          "second third",
	"{.status.list[::2]}":          "first third",
	"{.status.list[0:3:2]}":        "first third",
	"{.status.list[1:1]}":          "",
	"{.status.list[0,2]}":          "first third",
	"{.status.list[ 0 , -1 ]}":     "first third",
	"{.status['phase','none']}":    "Running []",
	"{.status.none[*]}":            "",
	"{.missing}":                   "",
	"{.missing[0].more}":           "",
	"{.status.phase.more}":         "",
	"{.status.conditions[*].type}": "Ready Other Other",
	"{..n}":                        "1 2 3",
	"{..['n']}":                    "1 2 3",
	"{.status..type}":              "Ready Other Other",
	"{.items[*].ports[*].p}":       "80 443 53",
	"{.spec.paused}{.spec.gone}":   "falsenull",
	`{"a\tb\n\"\u00e9"}`:           "a\tb\n\"é",
	`{'it\'s "so"'}`:               `it's "so"`,
	"{1}{true}{-2.50}":             "1true-2.50",
	`{.status.conditions[?(@.type=="Ready")].status}`:       "True",
	`{.status.conditions[?(@.type == 'Ready')].status}`:     "True",
	`{.status.conditions[?(@['type']=="Ready")].status}`:    "True",
	`{.status.conditions[?(.type=="Ready")].status}`:        "True",
	`{.status.conditions[?(@.type!="Ready")].status}`:       "False Unknown",
	`{.status.conditions[?(@.n==1)].status}`:                "True",
	`{.status.conditions[?(@.n==1.0)].status}`:              "True",
	`{.status.conditions[?(@.n<2)].n}`:                      "1",
	`{.status.conditions[?(@.n<=2)].n}`:                     "1 2",
	`{.status.conditions[?(@.n>2)].n}`:                      "3",
	`{.status.conditions[?(@.n>=2)].n}`:                     "2 3",
	`{.status.conditions[?(2<=@.n)].n}`:                     "2 3",
	`{.status.conditions[?(@.type>"Other")].n}`:             "1",
	`{.status.conditions[?(@.type==@.type)].n}`:             "1 2 3",
	`{.status.conditions[?(@.missing==1)].n}`:               "",
	`{.status.conditions[?(@.n)].n}`:                        "1 2 3",
	`{.status.conditions[?(@.missing)].n}`:                  "",
	`{.status.list[?(@=="second")]}`:                        "second",
	`{.status.list[?(@==")]")]}`:                            "",
	`{.items[?(@.ports[?(@.p==53)])].name}`:                 "c",
	`{.items[?(@.ports[0].p==80)].name}`:                    "a",
	`{range .items[*]}{.name}={.ports[*].p}{"\n"}{end}.`:    "a=80 443\nb=\nc=53\n.",
	`{range .items[*]}{range .ports[*]}{.p},{end};{end}`:    "80,443,;;53,;",
	`{range .status.conditions[*]}{.n}{end}{.status.phase}`: "123Running",
	`{range .missing[*]}{.name}{end}x`:                      "x",
	`{range .status.conditions[?(@.n>1)]}[{@.n}]{end}`:      "[2][3]",
	"{range .items[*]}\n{ .name }\n{ end }":                 "\na\n\nb\n\nc\n",
}

func TestATemplateWritesWhatItFinds(t *testing.T) {
	for template, want := range found {
		parsed, err := Parse(template)
		require.NoError(t, err, template)
		var b strings.Builder
		err = parsed.Execute(&b, jsontext.Value(document), MissingNothing)
		require.NoError(t, err, template)
		require.Equal(t, want, b.String(), template)
	}
}

func TestAPathNeedsNoBraces(t *testing.T) {
	for path, want := range map[string]string{
		"{.status.phase}": "Running", ".status.phase": "Running", "status.phase": "Running", "$.status.phase": "Running", "{$.status.phase}": "Running", "{status.phase}": "Running",
		"['status']['phase']": "Running", "status.list[1]": "second", `status.conditions[?(@.type=="Ready")].n`: "1", "status.list[*]": "first second third",
	} {
		parsed, err := ParsePath(path)
		require.NoError(t, err, path)
		var b strings.Builder
		require.NoError(t, parsed.Execute(&b, jsontext.Value(document), MissingMember))
		require.Equal(t, want, b.String(), path)
	}
}

func TestWhatIsMissingFailsAsAsked(t *testing.T) {
	for _, test := range []struct {
		template string
		missing  Missing
		want     string
	}{
		{"{.missing}", MissingMember, `no value has the member "missing"`},
		{"{.status.phase.more}", MissingMember, `no value has the member "more"`},
		{"{.status.conditions[?(@.missing==1)]}", MissingMember, `no value has the member "missing"`},
		{"{.status['phase','missing']}", MissingMember, `no value has the member "missing"`},
		{"{.status.list[3]}", MissingIndex, "index 3 is out of range: the array has 3 items"},
		{"{.status.list[-4]}", MissingIndex, "index -4 is out of range: the array has 3 items"},
		{"{.status.list[0:5]}", MissingIndex, "index 5 is out of range: the array has 3 items"},
		{"{.status.list[4:]}", MissingIndex, "index 4 is out of range: the array has 3 items"},
		{"{.status.list[2:1]}", MissingIndex, "a slice starts at 2, after its end at 1"},
		{"{.status.list[::0]}", MissingIndex, "the step 0 of a slice is not positive"},
		{"{.status.none[0]}", MissingIndex, "index 0 is out of range: the array has 0 items"},
		{"{.status.phase[0]}", MissingIndex, "a string is not an array"},
		{"{.spec[0]}", MissingIndex, "an object is not an array"},
		{"{.spec.replicas[*]}", MissingIndex, "a number is not an array"},
		{"{.spec.paused[*]}", MissingIndex, "a boolean is not an array"},
		{`{.spec[?(@.a=="b")]}`, MissingIndex, "an object is not an array, and cannot be filtered"},
		{`{.status.conditions[?(@.n=="1")]}`, MissingIndex, "a number and a string cannot be compared by =="},
		{`{[?(@==1)]}`, MissingIndex, "an object is not an array, and cannot be filtered"},
		{`{.items[?(@.ports<1)]}`, MissingIndex, "an array and a number cannot be compared by <"},
		{`{.items[?(true<false)]}`, MissingIndex, "a boolean and a boolean cannot be compared by <"},
		{`{.items[?(@.ports[*].p==80)]}`, MissingIndex, "a filter compares single values, and a path in it leads to 2"},
		{"{range .items[*]}{.ports[0].p}{end}", MissingIndex, "index 0 is out of range: the array has 0 items"},
	} {
		parsed, err := Parse(test.template)
		require.NoError(t, err, test.template)
		_, err = parsed.Find(jsontext.Value(document), test.missing)
		require.EqualError(t, err, "jsonpath "+quoteTemplate(test.template)+": "+test.want, test.template)
		if test.missing == MissingMember {
			_, err := parsed.Find(jsontext.Value(document), MissingIndex)
			require.NoError(t, err, test.template)
		}
		_, err = parsed.Find(jsontext.Value(document), MissingNothing)
		require.NoError(t, err, test.template)
	}
}

func TestATemplateThatDoesNotParseIsRefused(t *testing.T) {
	for template, want := range map[string]string{
		"{.status.phase":                 `column 15: a closing brace is missing`,
		"{":                              `column 2: a closing brace is missing`,
		"{.a..b..":                       `column 9: a closing brace is missing`,
		"{....a}":                        `column 4: two searches at every depth follow each other`,
		"{..*}":                          `column 4: unexpected "*"`,
		"{.}":                            `column 3: the name of a field is missing`,
		"{.a.}":                          `column 5: the name of a field is missing`,
		"{.a[]}":                         `column 4: "[]" is not supported: ` + wantedSelector,
		"{.a[b]}":                        `column 4: "[b]" is not supported: ` + wantedSelector,
		"{.a[1:2:3:4]}":                  `column 4: "[1:2:3:4]" is not supported: ` + wantedSelector,
		"{.a[1}":                         `column 4: "[1}]" is not supported: ` + wantedSelector,
		"{.a['b}":                        `column 5: a closing quote is missing`,
		"{.a['b'}":                       `column 8: a closing bracket is missing`,
		"{range .items}":                 `column 15: a range has no {end}`,
		"{range .a}{end}{end}":           `column 16: {end} without a range`,
		"{end}":                          `column 1: {end} without a range`,
		"{range .a}{end .b}":             `column 16: unexpected "."`,
		"{items}":                        `column 2: unknown word "items": a path begins with a dot, and text stands in quotes`,
		"{.a b}":                         `column 5: unknown word "b": a path begins with a dot, and text stands in quotes`,
		"{#}":                            `column 2: unexpected "#"`,
		"{\x00}":                         `column 2: unexpected character U+0000`,
		`{"a}`:                           `column 2: a closing quote is missing`,
		`{"\q"}`:                         `column 3: a wrong escape in a quoted text`,
		`{"\xff"}`:                       `column 2: a quoted text is not UTF-8`,
		"{1.2.3}":                        `column 2: "1.2.3" is not a number`,
		`{.a[?(b=="c")]}`:                `column 7: unknown word "b": a path begins with a dot, and text stands in quotes`,
		`{.a[?()]}`:                      `column 7: a filter begins with @`,
		`{.a[?(@.b==)]}`:                 `column 12: a value to compare with is missing`,
		`{.a[?(@.b=~"c")]}`:              `column 10: unknown operator "=": use ==, !=, <, <=, > or >=`,
		`{.a[?(@.b=1)]}`:                 `column 10: unknown operator "=": use ==, !=, <, <=, > or >=`,
		`{.a[?(@.b==[])]}`:               `column 12: "[]" is not supported: ` + wantedSelector,
		`{.a[?(@.b=="c"]}`:               `column 15: a closing parenthesis is missing`,
		`{.a[?(@.b=="c")}`:               `column 16: a closing bracket is missing`,
		"{.a[?(@.b==\"\xff\")]}":         `column 13: it is not UTF-8`,
		"{.a[99999999999999999999]}":     `column 4: "[99999999999999999999]" is not supported: ` + wantedSelector,
		strings.Repeat("{range .a}", 51): `column 511: nested deeper than 50 levels`,
	} {
		_, err := Parse(template)
		require.EqualError(t, err, "jsonpath "+quoteTemplate(template)+", "+want, template)
	}
}

func TestAPathIsASingleAction(t *testing.T) {
	for path, want := range map[string]string{
		"":               `column 1: it names no field`,
		"{}":             `column 3: it names no field`,
		"$":              `column 2: it names no field`,
		"{.status.phase": `column 1: it has no closing brace at its end`,
		"{.a}{.b}":       `column 5: unexpected "{"`,
		".a.b}":          `column 5: unexpected "}"`,
		".a\xff":         `column 3: it is not UTF-8`,
	} {
		_, err := ParsePath(path)
		require.EqualError(t, err, "jsonpath "+quoteTemplate(path)+", "+want, path)
	}
}

func TestAnErrorQuotesTheStartOfALongTemplate(t *testing.T) {
	_, err := Parse("{" + strings.Repeat("é", 500))
	require.ErrorContains(t, err, `é…", column 2: unknown word`)
	require.Less(t, len(err.Error()), 1300)
}

func TestNumbersAreComparedExactly(t *testing.T) {
	ordered := []string{"-1e999999999999", "-10", "-9.5", "-1", "-0.5", "0", "1e-999999999999", "1E-3", "0.5", "1", "1.00000000000000000001", "9", "10", "9007199254740992", "9007199254740993", "1e400", "1e999999999999"}
	for i, a := range ordered {
		for j, b := range ordered {
			require.Equal(t, min(max(i-j, -1), 1), CompareNumbers(a, b), "%s and %s", a, b)
		}
	}
	for a, b := range map[string]string{"1": "1.0", "-0": "0", "0e5": "0.00", "100": "1e2", "0.001": "1E-3", "12.50e1": "125"} {
		require.Zero(t, CompareNumbers(a, b), "%s and %s", a, b)
	}
}

func TestFindDoesNotChangeTheDocument(t *testing.T) {
	copied := jsontext.Value(document)
	for template := range found {
		parsed, err := Parse(template)
		require.NoError(t, err)
		_, err = parsed.Find(copied, MissingNothing)
		require.NoError(t, err)
	}
	require.Equal(t, document, string(copied))
}

func FuzzATemplateFindsPartsOfTheDocument(f *testing.F) {
	for template := range found {
		f.Add(template)
	}
	for _, template := range []string{`.a\`, "[", "{.a[?(@['b']==1 )]}", "{range", "{$..a[1:2]}"} {
		f.Add(template)
	}
	f.Fuzz(func(t *testing.T, template string) {
		for _, parse := range []func(string) (*Template, error){Parse, ParsePath} {
			parsed, err := parse(template)
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
				continue
			}
			for _, missing := range []Missing{MissingNothing, MissingIndex, MissingMember} {
				results, err := parsed.Find(jsontext.Value(document), missing)
				if err != nil {
					require.NotContains(t, err.Error(), "\n")
					require.NotEqual(t, MissingNothing, missing)
					continue
				}
				for _, values := range results {
					for _, value := range values {
						require.True(t, value.IsValid(), "%q", value)
					}
				}
			}
		}
	})
}

func TestTheDocumentationListsWhatIsSupported(t *testing.T) {
	source, err := os.ReadFile("template.go")
	require.NoError(t, err)
	checked := 0
	for line := range strings.Lines(string(source)) {
		template, ok := strings.CutPrefix(line, "//\t{")
		if !ok {
			continue
		}
		template, _, _ = strings.Cut("{"+template, "  ")
		_, err := Parse(template)
		require.NoError(t, err, template)
		checked++
	}
	require.Greater(t, checked, 8)
}
