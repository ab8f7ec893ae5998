package object

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// duplicateFields returns the duplicate fields of a body, in the words of Read.
func duplicateFields(body []byte) []string {
	r := &reader{decoder: newDecoder(body), reported: map[string]bool{}}
	r.duplicates(nil)
	return r.problems
}

// duplicateKeys returns the duplicate fields in the words of the server's YAML decoder: `line 1:
// key "a" already set in map`.
func duplicateKeys(body []byte) []string {
	r := &reader{decoder: newDecoder(body), reported: map[string]bool{}}
	r.duplicates(nil)
	var keys []string
	for i, problem := range r.problems {
		path := strings.TrimSuffix(problem, `"`)
		name := path[max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '"'))+1:]
		line := 1 + strings.Count(string(body[:r.offsets[i]]), "\n")
		keys = append(keys, fmt.Sprintf("line %d: key %q already set in map", line, name))
	}
	return keys
}

// duplicates walks one value. It returns where the text stops being JSON.
func (r *reader) duplicates(path []string) {
	token, err := r.decoder.ReadToken()
	if err != nil {
		return
	}
	seen := map[string]bool{}
	for i := 0; token.Kind() == '{' || token.Kind() == '['; i++ {
		switch r.decoder.PeekKind() {
		case '}', ']':
			if _, err := r.decoder.ReadToken(); err != nil {
				return
			}
			return
		case jsontext.KindInvalid:
			return
		}
		name := "[" + strconv.Itoa(i) + "]"
		if token.Kind() == '{' {
			key, err := r.decoder.ReadToken()
			if err != nil {
				return
			}
			name = key.String()
		}
		memberPath := append(path[:len(path):len(path)], name)
		if seen[name] {
			r.report("duplicate", memberPath)
			r.offsets = append(r.offsets, r.decoder.InputOffset())
		}
		seen[name] = true
		r.duplicates(memberPath)
	}
}
