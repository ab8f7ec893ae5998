package resources

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

const pathDocument = `{"metadata":{"labels":{"a.b/c":"dotted","plain":"x","":"empty"}},"spec":{"replicas":3,"ratio":1.50,"paused":false,"gone":null},` +
	`"status":{"phase":"Running","list":["first","second","third"],"conditions":[{"type":"Ready","status":"True","n":1},{"type":"Other","status":"False","n":2},{"type":"Other","status":"Unknown","n":3}]}}`

func TestAJSONPathFindsValues(t *testing.T) {
	for path, want := range map[string]string{
		"{.status.phase}":             `"Running"`,
		".status.phase":               `"Running"`,
		"status.phase":                `"Running"`,
		"$.status.phase":              `"Running"`,
		"{$.status.phase}":            `"Running"`,
		"{.status['phase']}":          `"Running"`,
		"['status']['phase']":         `"Running"`,
		`{.status["phase"]}`:          `"Running"`,
		"{.metadata.labels.plain}":    `"x"`,
		`{.metadata.labels.a\.b/c}`:   `"dotted"`,
		"{.metadata.labels['a.b/c']}": `"dotted"`,
		"{.metadata.labels['']}":      `"empty"`,
		"{.spec.replicas}":            `3`,
		"{.spec.ratio}":               `1.50`,
		"{.spec.paused}":              `false`,
		"{.spec.gone}":                `null`,
		"{.status.list[0]}":           `"first"`,
		"{.status.list[-1]}":          `"third"`,
		"{.status.list[3]}":           ``,
		"{.status.list[-4]}":          ``,
		"{.status.list.first}":        ``,
		"{.status.phase[0]}":          ``,
		"{.status.phase.more}":        ``,
		"{.missing}":                  ``,
		`{.status.conditions[?(@.type=="Ready")].status}`:    `"True"`,
		`{.status.conditions[?(@.type == 'Ready')].status}`:  `"True"`,
		`{.status.conditions[?(@['type']=="Ready")].status}`: `"True"`,
		`{.status.conditions[?(@.n==1)].status}`:             `"True"`,
		`{.status.conditions[?(@.n=="1")].status}`:           ``,
		`{.status.conditions[?(@.type=="Other")].status}`:    `"False" "Unknown"`,
		`{.status.conditions[?(@.type=="None")].status}`:     ``,
		`{.status.list[?(@=="second")]}`:                     `"second"`,
	} {
		steps, err := parseJSONPath(path)
		require.NoError(t, err, path)
		var got []string
		for _, value := range findJSONPath(jsontext.Value(pathDocument), steps) {
			got = append(got, string(value))
		}
		require.Equal(t, want, strings.Join(got, " "), path)
	}
}

func TestAJSONPathThatIsNotSupportedIsRefused(t *testing.T) {
	for path, want := range map[string]string{
		"":                           `jsonpath "", column 1: it names no field`,
		"{}":                         `jsonpath "{}", column 2: it names no field`,
		"{.status.phase":             `jsonpath "{.status.phase", column 1: it has no closing brace at its end`,
		"{.a}{.b}":                   `jsonpath "{.a}{.b}", column 4: unexpected "}"`,
		".a.b}":                      `jsonpath ".a.b}", column 5: unexpected "}"`,
		"{.a..b}":                    `jsonpath "{.a..b}", column 5: a search at every depth is not supported: ` + wantedSteps,
		"{.a.*}":                     `jsonpath "{.a.*}", column 5: a wildcard is not supported: ` + wantedSteps,
		"{.a[*]}":                    `jsonpath "{.a[*]}", column 4: "[*]" is not supported: ` + wantedSteps,
		"{.a[0:2]}":                  `jsonpath "{.a[0:2]}", column 4: "[0:2]" is not supported: ` + wantedSteps,
		"{.a[0,1]}":                  `jsonpath "{.a[0,1]}", column 4: "[0,1]" is not supported: ` + wantedSteps,
		"{.a[]}":                     `jsonpath "{.a[]}", column 4: "[]" is not supported: ` + wantedSteps,
		"{.a[1}":                     `jsonpath "{.a[1}", column 6: a closing bracket is missing`,
		"{.a['b}":                    `jsonpath "{.a['b}", column 5: a closing quote is missing`,
		"{.a['b'}":                   `jsonpath "{.a['b'}", column 8: a closing bracket is missing`,
		"{.a.}":                      `jsonpath "{.a.}", column 5: the name of a field is missing`,
		"{range .items}":             `jsonpath "{range .items}", column 7: unexpected " "`,
		`{.a[?(b=="c")]}`:            `jsonpath "{.a[?(b==\"c\")]}", column 7: a filter begins with @`,
		`{.a[?(@.b)]}`:               `jsonpath "{.a[?(@.b)]}", column 10: a filter other than == is not supported`,
		`{.a[?(@.b>1)]}`:             `jsonpath "{.a[?(@.b>1)]}", column 10: a filter other than == is not supported`,
		`{.a[?(@.b==c)]}`:            `jsonpath "{.a[?(@.b==c)]}", column 12: "c" is neither a quoted string nor a JSON scalar`,
		`{.a[?(@.b==[])]}`:           `jsonpath "{.a[?(@.b==[])]}", column 12: "[]" is neither a quoted string nor a JSON scalar`,
		`{.a[?(@.b=="c"]}`:           `jsonpath "{.a[?(@.b==\"c\"]}", column 15: a closing parenthesis is missing`,
		"{.a[?(@.b==\"\xff\")]}":     `jsonpath "{.a[?(@.b==\"\xff\")]}", column 15: a string before it is not UTF-8`,
		"{.a[99999999999999999999]}": `jsonpath "{.a[99999999999999999999]}", column 4: "[99999999999999999999]" is not supported: ` + wantedSteps,
	} {
		_, err := parseJSONPath(path)
		require.EqualError(t, err, want, path)
	}
}

func FuzzParseJSONPath(f *testing.F) {
	for _, path := range []string{"{.status.phase}", `{.a[?(@.b=="c")].d[0]['e']}`, "{$..a}", `.a\`, "[", "{.a[?(@['b']==1 )]}"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		steps, err := parseJSONPath(path)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.NotEmpty(t, steps)
		for _, value := range findJSONPath(jsontext.Value(pathDocument), steps) {
			require.True(t, value.IsValid())
		}
	})
}
