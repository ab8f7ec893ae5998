package cli

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/transport"
)

// rawRequest returns the GET request of --raw: a path below the server's URL, and its query.
func rawRequest(text string) (*transport.Request, error) {
	target, err := url.Parse(text)
	if err != nil || target.Host != "" || target.Scheme != "" || !strings.HasPrefix(text, "/") {
		return nil, command.Usagef("--raw %q is not a path, such as /healthz?verbose", text)
	}
	req := &transport.Request{Method: http.MethodGet, Query: target.Query(), Accept: "*/*"}
	for segment := range strings.SplitSeq(strings.Trim(target.EscapedPath(), "/"), "/") {
		name, err := url.PathUnescape(segment)
		if err != nil {
			return nil, command.Usagef("--raw %q is not a path, such as /healthz?verbose", text)
		}
		if segment != "" {
			req.Path = append(req.Path, name)
		}
	}
	req.Stream = mayPause(req)
	return req, nil
}

// mayPause reports whether the answer may pause: a watch, a followed log, or what a proxied pod or
// service sends.
func mayPause(req *transport.Request) bool {
	return isOn(req.Query, "watch") || isOn(req.Query, "follow") ||
		slices.Contains(req.Path, "proxy")
}

// printRaw prints the response to req as the server sends it.
func (g *getCommand) printRaw(ctx context.Context, req *transport.Request) error {
	client, err := g.Connect()
	if err != nil {
		return err
	}
	resp, err := client.Do(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(g.Out, resp.Body)
	return err
}
