package transport_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

func TestANameThatCouldChangeThePathIsNotSent(t *testing.T) {
	asked := 0
	c := offline(t, roundTripper(func(req *http.Request) (*http.Response, error) {
		asked++
		return &http.Response{StatusCode: 200, Body: http.NoBody, Request: req}, nil
	}))
	for _, name := range []string{"", ".", "..", "a/b", "a%2fb", "/", "%", "../x", "a\x2fb"} {
		_, err := c.Do(t.Context(), get("api", "v1", "namespaces", name, "pods"))
		var ine *transport.InvalidNameError
		require.ErrorAs(t, err, &ine, "%q", name)
		require.Equal(t, name, ine.Name)
		requireOneLine(t, err)
	}
	_, err := c.Do(t.Context(), get("a\n\x1b[31m/"))
	requireOneLine(t, err)
	require.Zero(t, asked)
}

// Each name ends with ; as well, so that each row fails when target does not call url.PathEscape.
// Without that call net/url escapes a space, ? and # in a path, but leaves ; as it is.
func TestNamesAndParametersAreEscaped(t *testing.T) {
	var uri string
	cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) { uri = r.RequestURI })
	c := newClient(t, cfg)
	const query = "?command=sh&command=-c&command=a%26b&labelSelector=a+in+%28b%2Cc%29%2Cd%21%3De"
	for name, want := range map[string]string{
		"system:node": "system:node", "a b": "a%20b", "å": "%C3%A5", "a?b#c": "a%3Fb%23c", "a..b": "a..b",
		"...": "...", "{id}": "%7Bid%7D", "a\\b": "a%5Cb", "\n": "%0A", "a+b&c=d": "a+b&c=d",
	} {
		req := get("api", name+";")
		req.Query = url.Values{"labelSelector": {"a in (b,c),d!=e"}, "command": {"sh", "-c", "a&b"}}
		_, err := c.Fetch(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, mount+"/api/"+want+"%3B"+query, uri)
		require.Len(t, req.Query, 2, "the caller's map stays as it is")
	}
}

// url.PathEscape escapes the sub-delimiters , ; ! * ' ( ) of a segment, and leaves the others.
// Each name ends with ; here, too.
func TestSubDelimitersInNamesAreEscaped(t *testing.T) {
	var uri string
	cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) { uri = r.RequestURI })
	c := newClient(t, cfg)
	for delimiter, want := range map[string]string{
		",": "%2C", ";": "%3B", "!": "%21", "*": "%2A", "'": "%27", "(": "%28", ")": "%29",
		"=": "=", "+": "+", "@": "@", ":": ":", "$": "$", "&": "&",
	} {
		t.Run(delimiter, func(t *testing.T) {
			_, err := c.Fetch(t.Context(), get("api", "a"+delimiter+"b;"))
			require.NoError(t, err)
			require.Equal(t, mount+"/api/a"+want+"b%3B", uri)
		})
	}
}

func TestAReadWithABodyIsNotSent(t *testing.T) {
	c := offline(t, roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("the request was sent")
		return nil, io.EOF
	}))
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		_, err := c.Do(t.Context(), send(method, "{}"))
		require.EqualError(t, err, "transport: a "+method+" request has no body")
	}
}

func TestAnInvalidMethodIsNotSent(t *testing.T) {
	c := offline(t, roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("the request was sent")
		return nil, io.EOF
	}))
	_, err := c.Do(t.Context(), &transport.Request{Method: "GET PODS", Path: []string{"api"}})
	require.EqualError(t, err, `transport: net/http: invalid method "GET PODS"`)
}

func TestBodiesAreSentUnchanged(t *testing.T) {
	type sent struct {
		method, body, contentType string
		length                    int64
		chunked                   bool
	}
	var got sent
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				got = sent{r.Method, readAll(r.Body), r.Header.Get("Content-Type"), r.ContentLength, len(r.TransferEncoding) > 0}
			}, with)
			c := newClient(t, cfg)
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} {
				_, err := c.Fetch(t.Context(), &transport.Request{Method: method, Path: []string{"api"}})
				require.NoError(t, err)
				require.Equal(t, sent{method: method}, got, "no body, no Content-Type, a known length")
			}
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
				_, err := c.Fetch(t.Context(), &transport.Request{Method: method, Path: []string{"api"}, Body: []byte("{ }\n")})
				require.NoError(t, err)
				require.Equal(t, sent{method, "{ }\n", "application/json", 4, false}, got)
			}
			_, err := c.Fetch(t.Context(), &transport.Request{Method: "PATCH", Path: []string{"api"}, Body: []byte("[]"),
				ContentType: "application/json-patch+json"})
			require.NoError(t, err)
			require.Equal(t, sent{"PATCH", "[]", "application/json-patch+json", 2, false}, got)
		})
	}
}

func TestTheBodyOfAResponseIsAStream(t *testing.T) {
	proceed := make(chan struct{})
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "application/json;as=Table;g=meta.k8s.io;v=v1", r.Header.Get("Accept"))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"a":`)
		_ = http.NewResponseController(w).Flush()
		<-proceed
		_, _ = io.WriteString(w, `1}`)
	})
	req := get()
	req.Accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
	resp, err := newClient(t, cfg).Do(t.Context(), req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	first := make([]byte, 5)
	_, err = io.ReadFull(resp.Body, first)
	require.NoError(t, err)
	require.Equal(t, `{"a":`, string(first), "the start arrives before the answer ends")
	close(proceed)
	require.Equal(t, "1}", readAll(resp.Body))
}

func BenchmarkDo(b *testing.B) {
	cfg := serve(b, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"kind":"Pod"}`) })
	c := newClient(b, cfg)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Fetch(b.Context(), get()); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzEveryPathStaysBelowTheBasePath(f *testing.F) {
	for _, s := range []string{"web-0", "..", "a%2f..", "a\\..", "ü", "?x", "#", "//", ";", "\x00"} {
		f.Add(s)
	}
	var target *url.URL
	c := offline(f, roundTripper(func(req *http.Request) (*http.Response, error) {
		target = req.URL
		return &http.Response{StatusCode: 200, Body: http.NoBody, Request: req}, nil
	}))
	f.Fuzz(func(t *testing.T, name string) {
		if _, err := c.Do(t.Context(), get("api", name, "end")); err != nil {
			requireOneLine(t, err)
			return
		}
		parsed, err := url.Parse(target.String())
		require.NoError(t, err)
		require.Equal(t, "/api/"+name+"/end", parsed.Path)
		require.Equal(t, "/api/"+url.PathEscape(name)+"/end", parsed.EscapedPath())
		require.Empty(t, parsed.RawQuery+parsed.Fragment)
	})
}
