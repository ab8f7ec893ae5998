package sortedjson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/sortedjson"
)

// documents have each kind of value, in and out of order.
var documents = []string{
	`{}`, `[]`, `1`, `"a"`, `null`, ` { "b" : 1 , "a" : [ { "d" : {} , "c" : [ ] } , true ] } `,
	`{"b":{"z":1,"y":{"x":2,"w":[{"v":1,"u":2}]}},"a":0,"B":3,"":4}`,
	`{"html":"<a href='x'>&</a>","lines":"\u2028\u2029é","\u0061":"\u0041","<":1}`,
	"{\"raw\":\"\u2028 \u2029 \u202a â\"}",
	`{"short":"\"\\\b\f\n\r\t","long":"\u0022\u005c\/\u0008\u000c\u000a\u000d\u0009\u0001","pair":"\ud83d\ude00\"<"}`,
	`{"\"":1,"!":2,"\n":3,"~":4,"é":5,"\u00e8":6}`,
	"[\r\n\t-1 , 1.5\t]\n",
}

func TestMembersAreSortedAndStringsEscapedAsEncodingJSONDoes(t *testing.T) {
	var indenter sortedjson.Appender
	for _, document := range documents {
		var value any
		require.NoError(t, json.Unmarshal([]byte(document), &value))
		want, err := json.Marshal(value)
		require.NoError(t, err)
		got, err := sortedjson.Append([]byte("before "), jsontext.Value(document))
		require.NoError(t, err)
		require.Equal(t, "before "+string(want), string(got))

		want, err = json.MarshalIndent(value, "        ", "    ")
		require.NoError(t, err)
		got, err = indenter.AppendIndent([]byte("before "), jsontext.Value(document), 2)
		require.NoError(t, err)
		require.Equal(t, "before "+string(want), string(got))
	}
}

func TestNumbersKeepTheirText(t *testing.T) {
	got, err := sortedjson.Append(nil, jsontext.Value(`{"b":1.50,"a":9007199254740993123,"c":[-0,1E3]}`))
	require.NoError(t, err)
	require.Equal(t, `{"a":9007199254740993123,"b":1.50,"c":[-0,1E3]}`, string(got))
}

func TestMembersOfOneNameKeepTheirOrder(t *testing.T) {
	got, err := sortedjson.Append(nil, jsontext.Value(`{"b":1,"a":1,"b":2,"\u0061":2}`))
	require.NoError(t, err)
	require.Equal(t, `{"a":1,"a":2,"b":1,"b":2}`, string(got))
}

func TestADocumentThatIsNoJSONFails(t *testing.T) {
	var indenter sortedjson.Appender
	for _, document := range []string{``, `{`, `{"a"`, `{"a":`, `[1`, `{"a":1 "b":2}`, `nope`, "\"\xff\"", `{"a":}`,
		` `, `[1,]`, `[,1]`, `[1 2]`, `[1}`, `{"a":1,}`, `{,}`, `{1:2}`, `{"a" 1}`, `{"a":1]`, `1 2`, `{}}`, `:`, `[:]`,
		`01`, `-`, `1.`, `+1`, `1x`, `tru`, `True`, `"a`, `"`, `"\`, `"\"`, `"\x"`, `"\u12"`, `"\ud800"`,
		"\"\\u0041\xff\"", "\"\n\"", "\"\\u0041\n\"", "\"\x00\"", "\x00", "1\x00", "{}\x00", "\u00a01", "{\"\xff\":1}"} {
		require.False(t, jsontext.Value(document).IsValid(), document)
		_, err := sortedjson.Append(nil, jsontext.Value(document))
		var invalid *jsontext.SyntacticError
		require.ErrorAs(t, err, &invalid, document)
		_, err = indenter.AppendIndent(nil, jsontext.Value(document), 1)
		require.ErrorAs(t, err, &invalid, document)
	}
	got, err := indenter.AppendIndent(nil, jsontext.Value(`[1]`), 0)
	require.NoError(t, err)
	require.Equal(t, "[\n    1\n]", string(got), "a failure leaves nothing behind")
}

func TestADocumentMayBeAsDeepAsForJSONText(t *testing.T) {
	for _, depth := range []int{10_000, 10_001} {
		document := jsontext.Value(strings.Repeat("[", depth) + strings.Repeat("]", depth))
		_, err := sortedjson.Append(nil, document)
		require.Equal(t, document.IsValid(), err == nil, "depth %d: %v", depth, err)
	}
}

// unsorted nests objects, each with its members out of order, around a string.
func unsorted(depth, size int) string {
	return strings.Repeat(`{"b":`, depth) + `"` + strings.Repeat("x", size) + `"` + strings.Repeat(`,"a":1}`, depth)
}

func TestADocumentThatNestsTooDeeplyToBeSortedOrIndentedFails(t *testing.T) {
	var indenter sortedjson.Appender
	got, err := sortedjson.Append(nil, jsontext.Value(unsorted(60, 1<<20)))
	require.NoError(t, err)
	require.Len(t, got, len(unsorted(60, 1<<20)))

	_, err = sortedjson.Append(nil, jsontext.Value(unsorted(9000, 1<<20)))
	require.ErrorContains(t, err, "nested too deeply to print it with sorted members", "each byte would be moved 9000 times")
	long := strings.Repeat("[", 9000) + strings.Repeat("0,", 1<<13) + "0" + strings.Repeat("]", 9000)
	_, err = indenter.AppendIndent(nil, jsontext.Value(long), 0)
	require.ErrorContains(t, err, "nested too deeply to print it with sorted members", "each line would be 36 KB long")
	got, err = indenter.AppendIndent(nil, jsontext.Value(`{"b":1,"a":2}`), 0)
	require.NoError(t, err)
	require.Equal(t, "{\n    \"a\": 2,\n    \"b\": 1\n}", string(got), "a failure leaves nothing behind")
}

func TestTheNextDocumentAllocatesNothing(t *testing.T) {
	var indenter sortedjson.Appender
	var text []byte
	document := jsontext.Value(`{"b":{"d":[{"f":"<","e":"\""}],"c":true},"a":null}`)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		var err error
		text, err = indenter.AppendIndent(text[:0], document, 0)
		require.NoError(t, err)
	}))
}

func FuzzTheResultIsTheSameDocument(f *testing.F) {
	f.Add(`{"b":[{"d":1,"c":"<"}],"a":null}`)
	for _, document := range documents {
		f.Add(document)
	}
	f.Add("1E700")
	f.Fuzz(func(t *testing.T, document string) {
		got, err := sortedjson.Append(nil, jsontext.Value(document))
		if !jsontext.Value(document).IsValid(jsontext.AllowDuplicateNames(true)) {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		require.Equal(t, decode(t, document), decode(t, string(got)))
		repeated, err := sortedjson.Append(nil, got)
		require.NoError(t, err)
		require.Equal(t, string(got), string(repeated))

		var indented bytes.Buffer
		require.NoError(t, json.Indent(&indented, got, "", "    "))
		var indenter sortedjson.Appender
		got, err = indenter.AppendIndent(nil, jsontext.Value(document), 0)
		require.NoError(t, err)
		require.Equal(t, indented.String(), string(got))
	})
}

// decode returns the value of a document, with numbers as their text.
func decode(t *testing.T, document string) (value any) {
	d := json.NewDecoder(strings.NewReader(document))
	d.UseNumber()
	require.NoError(t, d.Decode(&value))
	return value
}
