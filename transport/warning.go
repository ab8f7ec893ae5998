package transport

import (
	"net/http"
	"strings"
	"sync"
)

// Warning is what the server says beside its answer: a deprecated API, a field that it dropped (RFC 7234, 5.5, code 299).
type Warning struct {
	Text string
}

// warnings hands each distinct text to handle once; a nil handle drops them.
type warnings struct {
	handle func(Warning)

	mu   sync.Mutex
	seen map[string]bool
}

// maxWarnings bounds how many texts are remembered: a long-lived client of a server that never repeats itself must not grow.
const maxWarnings = 1000

func (w *warnings) tell(text string) {
	if w.handle == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[text] {
		return
	}
	if w.seen == nil || len(w.seen) >= maxWarnings {
		w.seen = map[string]bool{}
	}
	w.seen[text] = true
	w.handle(Warning{Text: text})
}

// warner reads the Warning headers of each answer.
type warner struct {
	next     http.RoundTripper
	warnings *warnings
}

func (t *warner) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if resp == nil {
		return resp, err
	}
	for _, line := range resp.Header.Values("Warning") {
		for _, text := range parseWarnings(line) {
			t.warnings.tell(text)
		}
	}
	return resp, err
}

// parseWarnings reads the texts of code 299 from one header line: CODE AGENT "TEXT" ["DATE"], several divided by commas.
// It stops at the first thing that is not of that form.
func parseWarnings(line string) []string {
	var texts []string
	for line = strings.TrimSpace(line); line != ""; {
		code, rest, ok := strings.Cut(line, " ")
		if !ok || len(code) != 3 {
			return texts
		}
		_, rest, ok = strings.Cut(rest, " ")
		if !ok {
			return texts
		}
		text, rest, ok := quotedString(strings.TrimLeft(rest, " "))
		if !ok {
			return texts
		}
		text = oneLine(text)
		if code == "299" && text != "" {
			texts = append(texts, text)
		}
		rest = strings.TrimLeft(rest, " ")
		if _, after, ok := quotedString(rest); ok { // the date
			rest = strings.TrimLeft(after, " ")
		}
		if rest != "" && rest[0] != ',' {
			return texts
		}
		line = strings.TrimSpace(strings.TrimPrefix(rest, ","))
	}
	return texts
}

// quotedString reads a quoted-string (RFC 9110, 5.6.4) from the start of s.
func quotedString(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", s, false
}
