package transport_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/go-resty/resty/v2"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

func TestDoSendsWithTheRestyClient(t *testing.T) {
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, readAll(r.Body))
	})
	c := newClient(t, cfg)
	var seen []string
	c.Resty().OnBeforeRequest(func(_ *resty.Client, r *resty.Request) error {
		seen = append(seen, r.Method+" "+r.URL)
		return nil
	})
	req := send("POST", "{}")
	req.Query = url.Values{"dryRun": {"All"}}
	body, err := c.Fetch(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "POST "+mount+"/api/v1/pods?dryRun=All {}", string(body))
	require.Equal(t, []string{"POST " + cfg.Server + "/api/v1/pods"}, seen)
}

func TestRestyCallsPassTheLayersOfEveryRequest(t *testing.T) {
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != mount+"/api/v1/pods" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprintf(w, "%s %s %s %q %d", r.Method, r.Header.Get("Authorization"), r.Header.Get("User-Agent"), body,
			r.ContentLength)
	})
	cfg.BearerToken = "t0ken"
	client := newClient(t, cfg, transport.WithUserAgent("test/1")).Resty()
	for _, row := range []struct{ method, path, body, want string }{
		{"GET", "/api/v1/pods", "", `GET Bearer t0ken test/1 "" 0`},
		{"POST", "/api/v1/pods", "{}", `POST Bearer t0ken test/1 "{}" 2`},
		{"POST", "/api/v1/pods", "", `POST Bearer t0ken test/1 "" 0`},
	} {
		request := client.R().SetContext(t.Context())
		if row.body != "" {
			request.SetBody(row.body)
		}
		resp, err := request.Execute(row.method, row.path)
		require.NoError(t, err)
		require.Equal(t, row.want, resp.String())
	}
	resp, err := client.R().SetContext(t.Context()).Get("/no/such")
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, resp.StatusCode())
}

func TestRestyCallsAreSentToNoOtherServer(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter,
		*http.Request) {
		t.Error("the other server was asked")
	}))
	defer other.Close()
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/elsewhere", http.StatusTemporaryRedirect)
	})
	cfg.BearerToken = "t0ken"
	client := newClient(t, cfg).Resty()
	_, err := client.R().SetContext(t.Context()).Get(other.URL + "/api")
	require.ErrorContains(t, err, "credentials go only to that")
	require.NotContains(t, err.Error(), "t0ken")
	resp, err := client.R().SetContext(t.Context()).Get("/api")
	require.NoError(t, err)
	require.Equal(t, http.StatusTemporaryRedirect, resp.StatusCode(), "the redirect is the answer")
}

func TestTheRequestOfAResponseHasNoCredential(t *testing.T) {
	for _, code := range []int{200, 401, 404} {
		cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer s3cret" {
				t.Error("not signed")
			}
			w.WriteHeader(code)
		})
		cfg.BearerToken = "s3cret"
		var seen *http.Response
		c := newClient(t, cfg, transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(req *http.Request) (resp *http.Response, err error) {
				seen, err = next.RoundTrip(req)
				return seen, err
			})
		}))
		resp, err := c.Resty().SetDebug(true).R().SetContext(t.Context()).Get("/api")
		require.NoError(t, err)
		require.Equal(t, code, resp.StatusCode())
		require.NotNil(t, seen.Request, "http.Client sets it")
		require.NotContains(t, fmt.Sprintf("%+v %+v %+v %+v", seen.Request, resp.RawResponse.Request,
			resp.Request.RawRequest, resp.Request.GenerateCurlCommand()), "s3cret")
	}
}
