// Command record sends the requests of the scenarios in testdata to a real API server. It writes
// the answers into the files, which the tests replay:
//
//	record -server https://127.0.0.1:6443 -ca ca.crt \
//		-cert admin.crt -key admin.key testdata/*.json
//
// It works in the namespace kx-object and creates the namespace if it is missing. Before and after
// each file it deletes the pods and config maps there.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const namespace = "/api/v1/namespaces/kx-object"

// scenario is one file: steps in order, with one state of the namespace.
type scenario struct {
	About  string  `json:"about"`
	Server string  `json:"server,omitzero"` // the version of the server that answered
	Steps  []*step `json:"steps"`
}

type step struct {
	Name        string `json:"name"`
	Method      string `json:"method"`
	Path        string `json:"path"` // relative to the namespace, or from "/api" on
	Query       string `json:"query,omitzero"`
	ContentType string `json:"contentType,omitzero"`
	// a JSON string is sent as its text, any other value as JSON
	Body     jsontext.Value `json:"body,omitzero"`
	Status   int            `json:"status,omitzero"`
	Warnings []string       `json:"warnings,omitzero"`
	Response jsontext.Value `json:"response,omitzero"`
}

type recorder struct {
	server string
	http   *http.Client
}

func main() {
	server := flag.String("server", "", "URL of the API server")
	ca, cert, key := flag.String(
		"ca",
		"",
		"CA file",
	), flag.String(
		"cert",
		"",
		"client certificate file",
	), flag.String(
		"key",
		"",
		"client key file",
	)
	flag.Parse()
	if err := run(*server, *ca, *cert, *key, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func run(server, ca, cert, key string, files []string) error {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots,
		Certificates: []tls.Certificate{pair}}}
	r := &recorder{server: server, http: &http.Client{Transport: transport, Timeout: time.Minute}}
	var version struct{ GitVersion string }
	answer, err := r.send(&step{Method: "GET", Path: "/version"})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer.Response, &version,
		json.MatchCaseInsensitiveNames(true)); err != nil {
		return err
	}
	if err := r.prepare(); err != nil {
		return err
	}
	for _, file := range files {
		if err := r.record(file, version.GitVersion); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// prepare creates the namespace and waits for its service account, without which no pod is
// admitted.
func (r *recorder) prepare() error {
	body := jsontext.Value(`{"metadata":{"name":"kx-object"}}`)
	if _, err := r.send(&step{Method: "POST", Path: "/api/v1/namespaces", Body: body}); err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); ; {
		answer, err := r.send(&step{Method: "GET", Path: "/serviceaccounts/default"})
		if err != nil || answer.Status == http.StatusOK {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the namespace got no default service account within a minute")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (r *recorder) clean() error {
	for _, collection := range []string{"/pods", "/configmaps"} {
		answer, err := r.send(&step{
			Method: "DELETE",
			Path:   collection,
			Query:  "fieldSelector=metadata.name!%3Dkube-root-ca.crt",
			Body:   jsontext.Value(`{"gracePeriodSeconds":0}`),
		})
		if err != nil {
			return err
		}
		if answer.Status != http.StatusOK {
			return fmt.Errorf("delete %s: %s", collection, answer.Response)
		}
	}
	return nil
}

func (r *recorder) record(file, version string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var s scenario
	err = json.Unmarshal(text, &s, jsontext.AllowDuplicateNames(true),
		json.RejectUnknownMembers(true))
	if err != nil {
		return err
	}
	if err := r.clean(); err != nil {
		return err
	}
	s.Server = version
	for _, step := range s.Steps {
		answer, err := r.send(step)
		if err != nil {
			return fmt.Errorf("%s: %w", step.Name, err)
		}
		step.Status, step.Warnings, step.Response = answer.Status, answer.Warnings, answer.Response
	}
	if err := r.clean(); err != nil {
		return err
	}
	text, err = json.Marshal(s, jsontext.AllowDuplicateNames(true), jsontext.WithIndent(" "))
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(compact(text), '\n'), 0o644)
}

// compact writes each body and response on its own line. A change shows in its line, and the file
// stays small.
func compact(text []byte) []byte {
	lines := strings.Split(string(text), "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		name, open, ok := strings.Cut(lines[i], ": ")
		if !ok || len(name)-len(strings.TrimLeft(name, " ")) != 3 || open != "{" && open != "[" {
			out = append(out, lines[i])
			continue
		}
		var value jsontext.Value
		value = append(value, open...)
		for i++; ; i++ {
			value = append(value, lines[i]...)
			if strings.HasPrefix(lines[i], "   }") || strings.HasPrefix(lines[i], "   ]") {
				break
			}
		}
		comma := bytes.HasSuffix(value, []byte(","))
		value = bytes.TrimSuffix(value, []byte(","))
		if value.Compact(jsontext.AllowDuplicateNames(true)) == nil && comma {
			value = append(value, ',')
		}
		out = append(out, name+": "+string(value))
	}
	return []byte(strings.Join(out, "\n"))
}

func (r *recorder) send(s *step) (*step, error) {
	path := s.Path
	if !strings.HasPrefix(path, "/api") && path != "/version" {
		path = namespace + path
	}
	u := r.server + path
	if s.Query != "" {
		u += "?" + s.Query
	}
	if _, err := url.Parse(u); err != nil {
		return nil, err
	}
	body := []byte(s.Body)
	if s.Body.Kind() == '"' {
		var text string
		if err := json.Unmarshal(s.Body, &text); err != nil {
			return nil, err
		}
		body = []byte(text)
	}
	request, err := http.NewRequestWithContext(context.Background(), s.Method, u,
		bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "object/1.0")
	request.Header.Set("Content-Type", s.ContentType)
	if s.ContentType == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := r.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	answer := &step{Status: response.StatusCode, Response: bytes.TrimSpace(text)}
	for _, w := range response.Header.Values("Warning") {
		text, err := strconv.Unquote(strings.TrimPrefix(w, "299 - "))
		if err != nil {
			return nil, fmt.Errorf("warning header %s: %w", w, err)
		}
		answer.Warnings = append(answer.Warnings, text)
	}
	if !answer.Response.IsValid() {
		quoted, err := jsontext.AppendQuote(nil, string(text))
		if err != nil {
			return nil, err
		}
		answer.Response = quoted
	}
	return answer, nil
}
