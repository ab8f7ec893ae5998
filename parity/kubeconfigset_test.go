package parity_test

import (
	stdjson "encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// kubeconfigSet is one generated case: files, the way to find them, and options.
type kubeconfigSet struct {
	number int
	files  []*kubeconfigFile // in the order of their precedence
	// list is $KUBECONFIG. Where it and options.Path are empty, the one file is the home folder's.
	list    string
	options kubeconfig.Options
	// of KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and POD_NAMESPACE
	env  map[string]string
	made []string // credential files that are there for this set alone
}

// kubeconfigFile is one file: its content and its form.
type kubeconfigFile struct {
	path                      string // absolute
	missing                   bool
	currentContext            string
	clusters, users, contexts []*kubeconfigEntry
	json                      bool   // written as JSON
	encoding                  string // bom, utf-16le, utf-16be
	preamble, trailer         string // around the document: comments, other documents
	unknownFields             bool
	header                    string // in place of apiVersion and kind
	size                      int    // filled up with a comment
}

// kubeconfigEntry is a named cluster, user or context.
type kubeconfigEntry struct {
	name   string
	fields []kubeconfigField
}

// kubeconfigField is a field with a value of JSON's.
type kubeconfigField struct {
	key   string
	value any
}

func (e *kubeconfigEntry) value(key string) any {
	if e == nil {
		return nil
	}
	for _, f := range e.fields {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

func (e *kubeconfigEntry) has(key string) bool { return e.value(key) != nil }

// text returns the text of a field, also where YAML reads it as a number.
func (e *kubeconfigEntry) text(key string) string {
	switch value := e.value(key).(type) {
	case string:
		return value
	case yamlVerbatim:
		if value != "~" && value != "null" {
			return string(value)
		}
	}
	return ""
}

// flag returns the boolean of a field, by YAML 1.1.
func (e *kubeconfigEntry) flag(key string) bool {
	value := e.value(key)
	return value == true || value == yamlVerbatim("yes") || value == yamlVerbatim("on") || value == yamlVerbatim("True")
}

// object returns a field that is an object, or nil.
func (e *kubeconfigEntry) object(key string) map[string]any {
	o, _ := e.value(key).(map[string]any)
	return o
}

// set replaces a field; nil removes it.
func (e *kubeconfigEntry) set(key string, value any) {
	var kept []kubeconfigField
	for _, f := range e.fields {
		if f.key != key {
			kept = append(kept, f)
		}
	}
	if value != nil {
		kept = append(kept, kubeconfigField{key, value})
	}
	e.fields = kept
}

func (e *kubeconfigEntry) remove(keys ...string) {
	if e == nil {
		return
	}
	for _, key := range keys {
		e.set(key, nil)
	}
}

func (e *kubeconfigEntry) clone() *kubeconfigEntry {
	return &kubeconfigEntry{e.name, append([]kubeconfigField(nil), e.fields...)}
}

// sections returns the lists of a file: the name of each, the name of its elements' body, and the
// elements.
func (f *kubeconfigFile) sections() []kubeconfigSection {
	return []kubeconfigSection{{"contexts", "context", &f.contexts}, {"clusters", "cluster", &f.clusters}, {"users", "user", &f.users}}
}

type kubeconfigSection struct {
	list, body string
	entries    *[]*kubeconfigEntry
}

// text returns the file's text, before its encoding.
func (f *kubeconfigFile) text() string {
	if f.json {
		return f.jsonText()
	}
	var b strings.Builder
	b.WriteString(f.preamble)
	if f.header == "" {
		b.WriteString("apiVersion: v1\nkind: Config\n")
	} else {
		b.WriteString(f.header)
	}
	if f.currentContext != "" {
		fmt.Fprintf(&b, "current-context: %s\n", yamlScalar(f.currentContext))
	}
	if f.unknownFields {
		b.WriteString("preferences: {colors: true}\nx-editor: [1, {a: b}]\n")
	}
	for _, s := range f.sections() {
		if len(*s.entries) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", s.list)
		for _, e := range *s.entries {
			fmt.Fprintf(&b, "- name: %s\n  %s:\n", yamlScalar(e.name), s.body)
			for _, field := range e.fields {
				fmt.Fprintf(&b, "    %s: %s\n", field.key, yamlScalar(field.value))
			}
			if f.unknownFields {
				b.WriteString("    x-owner: {team: a}\n  x-note: none\n")
			}
		}
	}
	b.WriteString(f.trailer)
	for b.Len() < f.size {
		b.WriteString("# " + strings.Repeat("-", 1000) + "\n")
	}
	return b.String()
}

func (f *kubeconfigFile) jsonText() string {
	doc := map[string]any{"apiVersion": "v1", "kind": "Config", "current-context": f.currentContext}
	for _, s := range f.sections() {
		list := []any{}
		for _, e := range *s.entries {
			body := map[string]any{}
			for _, field := range e.fields {
				body[field.key] = field.value
			}
			list = append(list, map[string]any{"name": e.name, s.body: body})
		}
		doc[s.list] = list
	}
	if f.unknownFields {
		doc["x-editor"] = []any{1, map[string]any{"a": "b"}}
	}
	out, err := stdjson.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return string(out) + "\n"
}

// yamlVerbatim is a value that is written as it is. JSON may not have it.
type yamlVerbatim string

// holdsYAML reports whether the file cannot be written as JSON.
func (f *kubeconfigFile) holdsYAML() bool {
	for _, s := range f.sections() {
		for _, e := range *s.entries {
			if slices.ContainsFunc(e.fields, func(field kubeconfigField) bool { _, verbatim := field.value.(yamlVerbatim); return verbatim }) {
				return true
			}
		}
	}
	return false
}

var yamlPlain = regexp.MustCompile(`^[a-z][a-z0-9_/.-]*[a-z0-9]$`)

// yamlScalar returns a value as JSON, which is YAML too, and a word without quotes.
func yamlScalar(value any) string {
	switch value := value.(type) {
	case yamlVerbatim:
		return string(value)
	case string:
		if yamlPlain.MatchString(value) && len(value) > 5 {
			return value
		}
	}
	out, err := stdjson.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// bytes returns the file's bytes.
func (f *kubeconfigFile) bytes() []byte {
	text := f.text()
	switch f.encoding {
	case "bom":
		return append([]byte{0xEF, 0xBB, 0xBF}, text...)
	case "utf-16le", "utf-16be":
		var out []byte
		for _, unit := range append([]uint16{0xFEFF}, utf16.Encode([]rune(text))...) {
			low, high := byte(unit), byte(unit>>8)
			if f.encoding == "utf-16le" {
				out = append(out, low, high)
			} else {
				out = append(out, high, low)
			}
		}
		return out
	}
	return []byte(text)
}

// write writes the files and sets the environment.
func (s *kubeconfigSet) write(t testing.TB) {
	t.Helper()
	for _, f := range s.files {
		if f.missing {
			require.NoError(t, os.RemoveAll(f.path))
			continue
		}
		require.NoError(t, os.WriteFile(f.path, f.bytes(), 0o600))
	}
	for _, path := range s.made {
		require.NoError(t, os.WriteFile(path, []byte("made"), 0o600))
	}
	s.setEnv(t)
}

// clear removes what exists for this set alone.
func (s *kubeconfigSet) clear(t testing.TB) {
	t.Helper()
	for _, path := range s.made {
		require.NoError(t, os.Remove(path))
	}
}

func (s *kubeconfigSet) setEnv(t testing.TB) {
	t.Helper()
	require.NoError(t, os.Setenv("KUBECONFIG", s.list))
	for _, name := range []string{"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "POD_NAMESPACE"} {
		require.NoError(t, os.Setenv(name, s.env[name]))
	}
}

func (s *kubeconfigSet) name() string { return fmt.Sprint("set ", s.number) }

// String returns the whole case, for the message of a failure.
func (s *kubeconfigSet) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "set %d\n", s.number)
	fmt.Fprintf(&b, "KUBECONFIG=%s\n", s.list)
	for name, value := range s.env {
		fmt.Fprintf(&b, "%s=%s\n", name, value)
	}
	o := s.options
	for _, option := range []struct{ name, value string }{
		{"Path", o.Path}, {"Context", o.Context}, {"Namespace", o.Namespace}, {"Cluster", o.Cluster}, {"User", o.User},
		{"Override.Server", o.Override.Server}, {"Override.TLSServerName", o.Override.TLSServerName},
		{"Override.CAFile", o.Override.CAFile}, {"Override.CertFile", o.Override.CertFile}, {"Override.KeyFile", o.Override.KeyFile},
		{"Override.Token", o.Override.Token}, {"Override.Impersonate", o.Override.Impersonate.String()},
	} {
		if option.value != "" && option.value != "Impersonate{}" {
			fmt.Fprintf(&b, "%s: %s\n", option.name, option.value)
		}
	}
	if o.Override.Insecure {
		b.WriteString("Override.Insecure: true\n")
	}
	for _, f := range s.files {
		if f.missing {
			fmt.Fprintf(&b, "--- %s (missing)\n", f.path)
			continue
		}
		text := f.text()
		if len(text) > 5000 {
			text = text[:5000] + "…"
		}
		fmt.Fprintf(&b, "--- %s %s\n%s", f.path, f.encoding, text)
	}
	return b.String()
}

// clone returns a copy whose files and entries can be changed.
func (s *kubeconfigSet) clone() *kubeconfigSet {
	c := *s
	c.files = nil
	for _, f := range s.files {
		file := *f
		for _, section := range file.sections() {
			var entries []*kubeconfigEntry
			for _, e := range *section.entries {
				entries = append(entries, e.clone())
			}
			*section.entries = entries
		}
		c.files = append(c.files, &file)
	}
	return &c
}

// entries returns the entries of all files, chosen or not.
func (s *kubeconfigSet) entries() []*kubeconfigEntry {
	var all []*kubeconfigEntry
	for _, f := range s.files {
		for _, section := range f.sections() {
			all = append(all, *section.entries...)
		}
	}
	return all
}
