package conformance_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// logs are the behaviours of logs and of their readers.
func logs() []behaviour {
	return []behaviour{
		{"each option of a log selects what it says", func(t *testing.T, w *world) {
			name := w.create(t, podThat(w.name(), "echo one; echo two; printf three")).Metadata.Name
			w.ended(t, name)
			logs := subresource.Log(w.pods)
			var last time.Time
			for line, err := range logs.Lines(within(t, waitLimit), name, subresource.LogOptions{}) {
				require.NoError(t, err)
				require.Equal(t, "app", line.Container)
				last = line.Time
			}
			for sentence, row := range map[string]struct {
				options subresource.LogOptions
				want    string
			}{
				"all":                   {subresource.LogOptions{}, "one\ntwo\nthree"},
				"a container":           {subresource.LogOptions{Container: "app"}, "one\ntwo\nthree"},
				"a tail":                {subresource.LogOptions{Tail: new(int64(2))}, "two\nthree"},
				"no tail":               {subresource.LogOptions{Tail: new(int64(0))}, ""},
				"a long tail":           {subresource.LogOptions{Tail: new(int64(9))}, "one\ntwo\nthree"},
				"a limit":               {subresource.LogOptions{LimitBytes: 5}, "one\nt"},
				"a limit of the tail":   {subresource.LogOptions{LimitBytes: 2, Tail: new(int64(1))}, "th"},
				"the last day":          {subresource.LogOptions{Since: 24 * time.Hour}, "one\ntwo\nthree"},
				"since a later time":    {subresource.LogOptions{SinceTime: last.Add(time.Hour)}, ""},
				"an unverified kubelet": {subresource.LogOptions{InsecureSkipTLSVerifyBackend: true}, "one\ntwo\nthree"},
			} {
				text, err := logs.Get(t.Context(), name, row.options)
				require.NoError(t, err, sentence)
				require.Equal(t, row.want, string(text), sentence)
			}
			text, err := logs.Get(t.Context(), name, subresource.LogOptions{Timestamps: true, Tail: new(int64(1))})
			require.NoError(t, err)
			require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d) three$`, string(text))
		}},
		{"the sinceTime of a log counts whole seconds, and Lines counts all of it", func(t *testing.T, w *world) {
			name := w.create(t, podThat(w.name(), "echo one")).Metadata.Name
			w.ended(t, name)
			logs := subresource.Log(w.pods)
			var at time.Time
			for line, err := range logs.Lines(t.Context(), name, subresource.LogOptions{}) {
				require.NoError(t, err)
				at = line.Time
			}
			after := subresource.LogOptions{SinceTime: at.Truncate(time.Second).Add(time.Second - 1)}
			text, err := logs.Get(t.Context(), name, after)
			require.NoError(t, err)
			require.Equal(t, "one\n", string(text))
			require.Empty(t, lineTexts(t, logs, name, after))
			require.Equal(t, []string{"one"}, lineTexts(t, logs, name, subresource.LogOptions{SinceTime: at}))
		}},
		{"the log of a long line has one timestamp, and tailLines counts its parts", func(t *testing.T, w *world) {
			name := w.create(t, podThat(w.name(), "head -c 40000 /dev/zero; echo; echo end")).Metadata.Name
			w.ended(t, name)
			logs := subresource.Log(w.pods)
			for _, row := range []struct {
				tail int64
				size int
			}{{4, 40000}, {3, 40000 - 16<<10}, {2, 40000 - 32<<10}} {
				texts := lineTexts(t, logs, name, subresource.LogOptions{Tail: &row.tail})
				require.Len(t, texts, 2)
				require.Len(t, texts[0], row.size)
				require.Equal(t, "end", texts[1])
			}
		}},
		{"a log with wrong options is refused", func(t *testing.T, w *world) {
			name := w.running(t)
			for query, message := range map[string]string{
				"sinceSeconds=1&sinceTime=2026-01-02T03:04:05Z": "[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
				"stream=Stdout":                "stream: Forbidden: may not be specified",
				"tailLines=-1":                 "tailLines: Invalid value: -1: must be greater than or equal to 0",
				"limitBytes=0":                 "limitBytes: Invalid value: 0: must be greater than 0",
				"sinceSeconds=0":               "sinceSeconds: Invalid value: 0: must be greater than 0",
				"stream=Stdout&sinceSeconds=0": "[sinceSeconds: Invalid value: 0: must be greater than 0, stream: Forbidden: may not be specified]",
			} {
				values, err := url.ParseQuery(query)
				require.NoError(t, err)
				_, err = resources.Sub[jsontext.Value](w.pods, "log").Open(t.Context(), name, values)
				refused(t, err, transport.ErrInvalid, fmt.Sprintf("PodLogOptions %q is invalid: %s", name, message))
			}
			_, err := subresource.Log(w.pods).Get(t.Context(), name, subresource.LogOptions{Previous: true})
			refused(t, err, transport.ErrBadRequest, fmt.Sprintf("previous terminated container %q in pod %q not found", "app", name))
			_, err = subresource.Log(w.pods).Get(t.Context(), name, subresource.LogOptions{Container: "nope"})
			refused(t, err, transport.ErrBadRequest, "container nope is not valid for pod "+name)
		}},
		{"a followed log goes on with the next run of its container", func(t *testing.T, w *world) {
			name := w.name()
			w.create(t, strings.Replace(podThat(name, "echo begin; until [ -e /tmp/go ]; do sleep 0.1; done; echo end; exit 1"), `"Never"`, `"Always"`, 1))
			logs := subresource.Log(w.pods)
			var texts []string
			for line, err := range logs.Lines(within(t, waitLimit), name, subresource.LogOptions{Follow: true}) {
				require.NoError(t, err)
				texts = append(texts, line.Text)
				switch len(texts) {
				case 1:
					_, err := subresource.Exec(w.pods).Run(within(t, waitLimit), name, subresource.ExecOptions{Command: []string{"touch", "/tmp/go"}})
					require.NoError(t, err)
				case 3:
					text, err := logs.Get(t.Context(), name, subresource.LogOptions{Previous: true})
					require.NoError(t, err)
					require.Equal(t, "begin\nend\n", string(text))
				}
				if len(texts) == 3 {
					break
				}
			}
			require.Equal(t, []string{"begin", "end", "begin"}, texts)
		}},
		{"a log followed over 100 cuts loses and repeats nothing", func(t *testing.T, w *world) {
			const lines = 30000 // each read of an answer that is cut yields 16 KiB at most
			name := w.create(t, podThat(w.name(), fmt.Sprintf(
				"i=0; while [ $i -lt %d ]; do echo line $i of a log with many cuts; i=$((i+1)); done", lines))).Metadata.Name
			cutter := &logCutter{}
			pods := resources.New[resources.Pod](connect(t, w.config, transport.WithRoundTripper(cutter.wrap)))
			next := 0
			for line, err := range subresource.Log(pods).Lines(within(t, waitLimit), name, subresource.LogOptions{Follow: true}) {
				require.NoError(t, err)
				require.Equal(t, fmt.Sprintf("line %d of a log with many cuts", next), line.Text)
				next++
				cutter.cut()
			}
			require.Equal(t, lines, next)
			require.Equal(t, 100, cutter.cuts)
		}},
		{"the logs of several pods are merged, and later pods join", func(t *testing.T, w *world) {
			app := w.name()
			create := func(script string) string {
				name := w.name()
				w.create(t, strings.Replace(podThat(name, script+"; sleep 3600"), `"metadata":{`, `"metadata":{"labels":{"app":"`+app+`"},`, 1))
				return name
			}
			first := create("echo one")
			second := ""
			o := subresource.MergeOptions{LabelSelector: "app=" + app, LogOptions: subresource.LogOptions{Follow: true}}
			var got []string
			for line, err := range subresource.Log(w.pods).Merge(within(t, waitLimit), o) {
				require.NoError(t, err)
				require.Equal(t, w.config.Namespace, line.Namespace)
				got = append(got, line.Pod+"/"+line.Container+": "+line.Text)
				if len(got) == 2 {
					break
				}
				second = create("echo two")
			}
			require.Equal(t, []string{first + "/app: one", second + "/app: two"}, got)
		}},
		{"a log without the right to it is refused", func(t *testing.T, w *world) {
			cfg, _ := w.addUser(t, "listener", right{verbs: []string{"get", "list"}, resources: []string{"pods"}})
			logs := subresource.Log(resources.New[resources.Pod](connect(t, cfg)))
			name := w.running(t)
			for _, follow := range []bool{false, true} {
				var errs []error
				for _, err := range logs.Lines(within(t, waitLimit), name, subresource.LogOptions{Follow: follow}) {
					errs = append(errs, err)
				}
				require.Len(t, errs, 1)
				require.ErrorIs(t, errs[0], transport.ErrForbidden)
				require.ErrorContains(t, errs[0], `resource "pods/log"`)
			}
		}},
	}
}

// lineTexts returns the texts of a log that has no error.
func lineTexts(t *testing.T, logs *subresource.LogEndpoint, name string, o subresource.LogOptions) []string {
	t.Helper()
	var texts []string
	for line, err := range logs.Lines(within(t, waitLimit), name, o) {
		require.NoError(t, err)
		texts = append(texts, line.Text)
	}
	return texts
}

// logCutter cuts the connections of logs, 100 times.
type logCutter struct {
	mu   sync.Mutex
	body *cutBody
	cuts int
}

// roundTripper is an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (c *logCutter) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil || !strings.HasSuffix(r.URL.Path, "/log") || resp.StatusCode != http.StatusOK {
			return resp, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.body = &cutBody{ReadCloser: resp.Body}
		resp.Body = c.body
		return resp, nil
	})
}

// cut cuts the last answer, if it is not cut yet.
func (c *logCutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cuts < 100 && !c.body.cut.Swap(true) {
		c.cuts++
		_ = c.body.Close()
	}
}

// cutBody is a body whose connection may be lost.
type cutBody struct {
	io.ReadCloser
	cut atomic.Bool
}

func (b *cutBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), 16<<10)])
	if b.cut.Load() {
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}
