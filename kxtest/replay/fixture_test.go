package replay

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func sampleFixture() *fixture {
	return &fixture{
		scenario: "a sentence",
		version:  "v1.35.4",
		exchanges: []*exchange{
			{
				method: "GET", uri: "/api/v1/pods?limit=2&labelSelector=a%3Db",
				requestHeader: http.Header{"Accept": {"application/json"}},
				status:        200, responseHeader: http.Header{"Content-Type": {"application/json"},
					"Warning": {`299 - "one"`, `299 - "two"`}},
				responseBody: []byte("{\"kind\":\"PodList\"}\n"),
			},
			{
				method: "PUT", uri: "/api/v1/namespaces/default/pods/web",
				requestHeader: http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}},
				requestBody:   []byte("GET / HTTP/1.1\r\n\r\n\x00\xff"),
				status:        409, responseHeader: http.Header{},
			},
			{
				method: "GET", uri: "/api/v1/pods?watch=1", requestHeader: http.Header{},
				status: 200, responseHeader: http.Header{}, responseBody: []byte(`{"type":"ADD`), open: true,
			},
		},
	}
}

func TestAFixtureSurvivesEncodingAndDecoding(t *testing.T) {
	got, err := decodeFixture(sampleFixture().encode())
	require.NoError(t, err)
	require.Equal(t, sampleFixture(), got)
}

func TestAnInvalidFixtureIsAnErrorThatNamesThePlace(t *testing.T) {
	const head = "# a sentence\n# Kubernetes v1.35.4\n\n"
	for _, test := range []struct{ name, text, want string }{
		{"an empty file", "", "does not begin with the lines"},
		{"no version", "# a sentence\n\nGET / HTTP/1.1\n\n", "# Kubernetes VERSION"},
		{"no scenario", "# Kubernetes v1.35.4\n\nGET / HTTP/1.1\n\n", "# SCENARIO"},
		{"a comment without an end", "# a sentence", "does not end"},
		{"no request", head, "the file has no request"},
		{"a broken request", head + "GET\n\n", "request 1: "},
		{"a request cut short", head + "GET / HTTP/1.1\nAccept: */*\n", "request 1: unexpected EOF"},
		{"no answer", head + "GET / HTTP/1.1\n\n", "request 1: no response"},
		{"a broken answer", head + "GET / HTTP/1.1\n\nHTTP/9\n\n", "request 1: response: "},
		{"a frame that is not JSON", head + "GET / HTTP/1.1\n\nHTTP/1.1 101 Switching Protocols\n\n{\n",
			"request 1: frame `{`"},
		{"a frame without a sender", head + "GET / HTTP/1.1\n\nHTTP/1.1 101 Switching Protocols\n\n{\"opcode\":2}\n",
			"dir is neither > nor <"},
		{"a channel that is not a byte", head +
			"GET / HTTP/1.1\n\nHTTP/1.1 101 Switching Protocols\n\n{\"dir\":\"<\",\"opcode\":2,\"channel\":256}\n",
			"channel is not a byte"},
		{"an interim answer", head + "GET / HTTP/1.1\n\nHTTP/1.1 103 Early Hints\n\n", "status 103 is neither final"},
		{"an answer without a length", head + "GET / HTTP/1.1\n\nHTTP/1.1 200 OK\n\n{}\n",
			"response: no Content-Length"},
		{"a body shorter than its Content-Length", head + "GET / HTTP/1.1\n\nHTTP/1.1 200 OK\nContent-Length: 4\n\n{}",
			"request 1: response body: the file ends after 2 bytes: Content-Length is too large"},
		{"a body longer than its Content-Length", head + "PUT / HTTP/1.1\nContent-Length: 1\n\n{}\n",
			"request 1: body: the body continues after 1 bytes: Content-Length is too small"},
		{"a second request that is broken", head + "GET / HTTP/1.1\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\nnonsense\n",
			"request 2: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := decodeFixture([]byte(test.text))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func FuzzFixture(f *testing.F) {
	f.Add(sampleFixture().encode())
	f.Add([]byte("# a\n# Kubernetes v1\nGET / HTTP/1.1\n\nHTTP/1.1 204 No Content\nContent-Length: 0\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := decodeFixture(text)
		if err != nil {
			return
		}
		decoded, err := decodeFixture(first.encode())
		require.NoError(t, err)
		require.Equal(t, first, decoded)
	})
}
