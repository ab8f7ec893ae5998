//go:build linux

package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
)

// request is a request that kx has logged with -v 7.
type request struct {
	url     *url.URL
	accept  string
	upgrade string // the protocols of a WebSocket, or ""
}

var (
	requestLine = regexp.MustCompile(`^([A-Z]+) (https?://\S+): \d{3} in `)
	headerLine  = regexp.MustCompile(`^> ([\w-]+): (.*)$`)
)

// loggedRequests returns the requests in the log of kx -v 7. The log does not show the command of
// an exec, which is words. A write is an error, because curl must not repeat it.
func loggedRequests(log string, words []string) (requests []request, err error) {
	shown := url.Values{"command": {"REDACTED"}}.Encode()
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\n")
		found := requestLine.FindStringSubmatch(line)
		if found != nil {
			if found[1] != "GET" {
				return nil, fmt.Errorf("curl cannot repeat a %s of %s", found[1], found[2])
			}
			address := strings.Replace(found[2], shown, url.Values{"command": words}.Encode(), 1)
			u, err := url.Parse(address)
			if err != nil {
				return nil, err
			}
			requests = append(requests, request{url: u})
			continue
		}
		header := headerLine.FindStringSubmatch(line)
		if header == nil || len(requests) == 0 {
			continue
		}
		last := &requests[len(requests)-1]
		switch header[1] {
		case "Accept":
			last.accept = header[2]
		case "Sec-Websocket-Protocol":
			last.upgrade = header[2]
		}
	}
	if len(requests) == 0 {
		return nil, errors.New("there is no request in the log of kx -v 7")
	}
	return requests, nil
}

// curlArgs returns the arguments with which one curl sends the requests to a host, in their order.
// connection are the arguments that each of them needs.
func curlArgs(requests []request, host string, connection []string) (args []string) {
	for i, r := range requests {
		if i > 0 {
			args = append(args, "--next")
		}
		args = append(args, "--silent", "--show-error", "--compressed",
			"--header", "Accept: "+r.accept)
		args = append(args, connection...)
		if r.upgrade != "" {
			// The server ends the stream; the frames stay as they are.
			args = append(args, "--http1.1", "--no-buffer",
				"--header", "Connection: Upgrade", "--header", "Upgrade: websocket",
				"--header", "Sec-WebSocket-Version: 13",
				"--header", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
				"--header", "Sec-WebSocket-Protocol: "+r.upgrade)
		} else {
			args = append(args, "--fail")
		}
		u := *r.url
		u.Host = host
		args = append(args, u.String())
	}
	return args
}

// newCredentials returns curl's arguments for the credentials of cfg. It writes the data that the
// kubeconfig holds to files in the folder dir.
func newCredentials(cfg *kubeconfig.Config, dir string) (args []string, err error) {
	file := func(option, path string, data []byte) {
		if err == nil && len(data) > 0 {
			path = filepath.Join(dir, option)
			err = os.WriteFile(path, data, 0o600)
		}
		if path != "" {
			args = append(args, "--"+option, path)
		}
	}
	tls := &cfg.TLS
	file("cacert", tls.CAFile, tls.CAData)
	file("cert", tls.CertFile, tls.CertData)
	file("key", tls.KeyFile, tls.KeyData)
	if tls.Insecure {
		args = append(args, "--insecure")
	}
	token := []byte(cfg.BearerToken)
	if cfg.BearerTokenFile != "" && err == nil {
		token, err = os.ReadFile(cfg.BearerTokenFile)
	}
	if len(token) > 0 && err == nil { // a file keeps it out of the list of processes
		path := filepath.Join(dir, "token")
		text := "Authorization: Bearer " + strings.TrimSpace(string(token)) + "\n"
		err = os.WriteFile(path, []byte(text), 0o600)
		args = append(args, "--header", "@"+path)
	}
	if err != nil {
		return nil, fmt.Errorf("the credentials for curl: %w", err)
	}
	return args, nil
}
