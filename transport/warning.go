package transport

import (
	"net/http"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/transport/internal/text"
)

// Warning is a warning that the server adds to an answer: that an API is deprecated, or that it
// dropped a field (RFC 7234, 5.5, code 299).
type Warning struct {
	Text string
}

// warningFilter passes each distinct text to handle once. A nil handle discards them.
type warningFilter struct {
	handle func(Warning)

	mu   sync.Mutex
	seen map[string]bool
}

// maxWarnings is how many texts are remembered, so that a client of a server that never repeats
// itself does not grow.
const maxWarnings = 1000

func (w *warningFilter) report(text string) {
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

// warner reports the Warning headers of each answer.
type warner struct {
	next     http.RoundTripper
	warnings *warningFilter
}

func (t *warner) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if resp == nil {
		return resp, err
	}
	for _, line := range resp.Header.Values("Warning") {
		for _, text := range parseWarnings(line) {
			t.warnings.report(text)
		}
	}
	return resp, err
}

// parseWarnings returns the texts with code 299 in one header line. The line holds warnings,
// separated by commas, of the form CODE AGENT "TEXT" ["DATE"]. Parsing stops at the first that has
// another form.
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
		quoted, rest, ok := quotedString(strings.TrimLeft(rest, " "))
		if !ok {
			return texts
		}
		warning := text.OneLine(quoted)
		if code == "299" && warning != "" {
			texts = append(texts, warning)
		}
		rest = strings.TrimLeft(rest, " ")
		_, after, ok := quotedString(rest) // the date
		if ok {
			rest = strings.TrimLeft(after, " ")
		}
		if rest != "" && rest[0] != ',' {
			return texts
		}
		line = strings.TrimSpace(strings.TrimPrefix(rest, ","))
	}
	return texts
}

// quotedString parses a quoted-string (RFC 9110, 5.6.4) at the start of s.
func quotedString(s string) (value, rest string, ok bool) {
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
