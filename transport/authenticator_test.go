package transport_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// tokenServer is a server that accepts one bearer token, and records its requests.
type tokenServer struct {
	mu    sync.Mutex
	token string
	seen  []string // "AUTHORIZATION BODY" of each request
}

func (g *tokenServer) handle(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	g.seen = append(g.seen, fmt.Sprintf("%s %s", r.Header.Get("Authorization"), readAll(r.Body)))
	ok := r.Header.Get("Authorization") == "Bearer "+g.token
	g.mu.Unlock()
	switch {
	case !ok:
		w.WriteHeader(http.StatusUnauthorized)
	case r.Header.Get("Upgrade") != "":
		accept(w, r)
	}
}

func TestA401RunsThePluginOnceMoreAndSendsTheRequestAgain(t *testing.T) {
	for protocol, with := range protocols {
		t.Run(protocol, func(t *testing.T) {
			server := &tokenServer{token: "one"}
			cfg := serve(t, server.handle, with)
			dir := t.TempDir()
			count, file := filepath.Join(dir, "count"), write(t, dir, "answer", tokenAnswer("one"))
			cfg.Exec = plugin(t, "count="+count, "cat="+file)
			c := newClient(t, cfg)
			fetch := func(want string, sent, ran int) {
				t.Helper()
				server.seen = nil
				_, err := c.Fetch(t.Context(), send("POST", "{}"))
				if want == "" {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, transport.ErrUnauthorized)
					require.ErrorContains(t, err, want)
				}
				require.Len(t, server.seen, sent)
				for _, seen := range server.seen {
					require.Regexp(t, `^Bearer \S+ \{\}$`, seen, "the whole body is sent each time")
				}
				require.Equal(t, ran, runs(t, count))
			}
			fetch("", 1, 1)
			fetch("", 1, 1)
			server.token = "two"
			write(t, dir, "answer", tokenAnswer("two"))
			fetch("", 2, 2)
			server.token = "three"
			// The plugin returns the same credential, so the request is not sent again.
			fetch("the server does not accept the credential of the plugin ", 1, 3)
			write(t, dir, "answer", statusAnswer(`{"token":"four","expirationTimestamp":"2100-01-02T03:04:05+01:00"}`))
			fetch(`for user "me", which expires at 2100-01-02T02:04:05Z: log in again with that program, or check its `+
				`arguments in context "dev" in /home/me/.kube/config`, 2, 4)
		})
	}
}

func TestA401SendsAnUpgradeAgain(t *testing.T) {
	server := &tokenServer{token: "two"}
	cfg := serve(t, server.handle)
	dir := t.TempDir()
	count := filepath.Join(dir, "count")
	write(t, dir, "one", tokenAnswer("one"))
	write(t, dir, "two", tokenAnswer("two"))
	cfg.Exec = plugin(t, "count="+count, "numbered="+count, "cat="+dir)
	ws, err := newClient(t, cfg).Upgrade(t.Context(), get(), v4)
	require.NoError(t, err)
	require.NoError(t, ws.Close())
	require.Equal(t, []string{"Bearer one ", "Bearer two "}, server.seen)
	require.Equal(t, 2, runs(t, count))
}

func TestARequestRenewsTheCredentialAtMostOnce(t *testing.T) {
	var n int
	cfg := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		if n%2 == 0 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	dir := t.TempDir()
	count := filepath.Join(dir, "count")
	for _, name := range []string{"one", "two", "three"} {
		write(t, dir, name, tokenAnswer(name))
	}
	cfg.Exec = plugin(t, "count="+count, "numbered="+count, "cat="+dir)
	_, err := newClient(t, cfg).Fetch(t.Context(), get())
	require.ErrorIs(t, err, transport.ErrUnauthorized)
	require.Equal(t, 3, n, "401, renewed, 429, retried, 401")
	require.Equal(t, 2, runs(t, count))
}

func TestAPluginThatFailsAfterA401IsTheErrorOfTheRequest(t *testing.T) {
	server := &tokenServer{token: "two"}
	cfg := serve(t, server.handle)
	dir := t.TempDir()
	g := newGate(t)
	cfg.Exec = plugin(t, g.step(), "cat="+write(t, dir, "answer", tokenAnswer("one")))
	c := newClient(t, cfg)
	fetch := func(runs int, meanwhile func()) error {
		done := make(chan error, 1)
		ctx, cancel := contextWithCause(t)
		go func() {
			_, err := c.Fetch(ctx, send("POST", "{}"))
			done <- err
		}()
		for range runs - 1 {
			g.wait(t).Close()
		}
		conn := g.wait(t)
		if meanwhile == nil {
			cancel(errGaveUp)
		} else {
			meanwhile()
			conn.Close()
		}
		return <-done
	}
	err := fetch(2, func() { write(t, dir, "answer", []byte("s3cret")) })
	requirePluginError(t, err, "BadAnswer", "not JSON")
	require.Len(t, server.seen, 1)
	err = fetch(1, nil)
	require.EqualError(t, err, "POST "+mount+"/api/v1/pods: gave up", "a refused write was not carried out")
	require.Len(t, server.seen, 2)
}

func TestAHundredConcurrentRequestsShareOneRunOfThePlugin(t *testing.T) {
	server := &tokenServer{token: "t"}
	cfg := serve(t, server.handle)
	dir := t.TempDir()
	count := filepath.Join(dir, "count")
	g := newGate(t)
	cfg.Exec = plugin(t, "count="+count, g.step(), "cat="+write(t, dir, "answer", tokenAnswer("t")))
	c := newClient(t, cfg)
	ctx, cancel := contextWithCause(t)
	first := make(chan error, 1)
	go func() {
		_, err := c.Fetch(ctx, get())
		first <- err
	}()
	conn := g.wait(t) // the first request starts the plugin
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			_, err := c.Fetch(t.Context(), get())
			require.NoError(t, err)
		})
	}
	cancel(errGaveUp)
	require.ErrorIs(t, <-first, errGaveUp)
	requireGone(t, conn)
	g.wait(t).Close() // another request starts it again
	all.Wait()
	require.Equal(t, 2, runs(t, count))
	require.Len(t, server.seen, 100)
}

func TestAPluginsCertificateIsPresentedAndReplaced(t *testing.T) {
	ca := newAuthority(t)
	end := time.Now().Add(time.Hour)
	certificate := func(name, token string) []byte {
		_, cert, key := ca.issue(t, name, end)
		status, err := json.Marshal(map[string]string{"clientCertificateData": string(cert), "clientKeyData": string(key),
			"token": token})
		require.NoError(t, err)
		return statusAnswer(string(status))
	}
	for protocol, with := range protocols {
		t.Run(protocol, func(t *testing.T) {
			want := "alice "
			var seen []string
			cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
				who := ""
				certs := r.TLS.PeerCertificates
				if len(certs) > 0 {
					who = certs[0].Subject.CommonName
				}
				who += " " + r.Header.Get("Authorization")
				seen = append(seen, who)
				if who != want {
					w.WriteHeader(http.StatusUnauthorized)
				} else if r.Header.Get("Upgrade") != "" {
					accept(w, r)
				}
			}, with, func(s *httptest.Server) {
				roots := x509.NewCertPool()
				roots.AddCert(ca.cert)
				s.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: roots}
			})
			dir := t.TempDir()
			cfg.Exec = plugin(t, "cat="+write(t, dir, "answer", certificate("alice", "")))
			c := newClient(t, cfg)
			use := func() {
				t.Helper()
				_, err := c.Fetch(t.Context(), get())
				require.NoError(t, err)
				ws, err := c.Upgrade(t.Context(), get(), v4)
				require.NoError(t, err)
				require.NoError(t, ws.Close())
			}
			use()
			held, err := c.Credential(t.Context())
			require.NoError(t, err)
			require.Equal(t, transport.Credential{Kind: "exec plugin", From: cfg.Exec.Command,
				Expires: end.UTC().Truncate(time.Second)}, held)
			write(t, dir, "answer", certificate("bob", "t"))
			want = "bob Bearer t"
			use()
			write(t, dir, "answer", tokenAnswer("u"))
			want = " Bearer u"
			use()
			require.Equal(t, []string{"alice ", "alice ", "alice ", "bob Bearer t", "bob Bearer t", "bob Bearer t", " Bearer u",
				" Bearer u"}, seen)
		})
	}
}

func TestOnlyAllowedPluginsRun(t *testing.T) {
	dir := t.TempDir()
	program := write(t, dir, "login.exe", []byte("#!/bin/sh\n"))
	other := write(t, dir, "other.exe", []byte("#!/bin/sh\n"))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o700))
	namesake := write(t, filepath.Join(dir, "sub"), "login.exe", []byte("#!/bin/sh\n"))
	makeExecutable(t, program, other, namesake)
	t.Chdir(dir)
	t.Setenv("PATH", dir)
	none := func(command string, allowed ...string) func(*testing.T) (*kubeconfig.Config, []string) {
		return func(t *testing.T) (*kubeconfig.Config, []string) {
			cfg := pluginUser(t)
			cfg.Exec.Command = command
			return cfg, allowed
		}
	}
	for name, tc := range map[string]struct {
		set  func(*testing.T) (*kubeconfig.Config, []string)
		want string // empty if it may run
	}{
		"path by path":                 {none(program, program), ""},
		"name by name":                 {none("login.exe", "login.exe"), ""},
		"path by name":                 {none(program, "other.exe", "login.exe"), ""},
		"name by path":                 {none("login.exe", program), ""},
		"another spelling of the path": {none(program, filepath.Join(dir, "x")+"/../login.exe", "./login.exe"), ""},
		"another path": {none(program, other),
			"it is none of the plugins that may run here; allow " + program + " if you trust it"},
		"the same name elsewhere": {none(program, namesake), "it is none of the plugins that may run here"},
		"another name": {none("login.exe", "other.exe", "none.exe"),
			"it is none of the plugins that may run here"},
		"a part of the path": {none(program, dir), "it is none of the plugins that may run here"},
		"nothing":            {none(program), "credential plugins may not run here"},
		"a missing program":  {none("none.exe"), "credential plugins may not run here"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, allowed := tc.set(t)
			_, err := transport.New(cfg, transport.WithAllowedExecPlugins(allowed...))
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			requirePluginError(t, err, "NotAllowed", tc.want)
			cfg.BearerToken = "t"
			_, err = transport.New(cfg, transport.WithAllowedExecPlugins(allowed...))
			require.NoError(t, err, "the plugin is not needed")
		})
	}
	cfg, allowed := none("none.exe", "none.exe")(t)
	cfg.Exec.InstallHint = "get it"
	_, err := transport.New(cfg, transport.WithAllowedExecPlugins(allowed...))
	requirePluginError(t, err, "NotFound",
		"there is no such program in PATH: install it, or set its path; how to install it: get it")
}

func TestThePluginThatRunsIsTheAllowedOne(t *testing.T) {
	cfg := pluginUser(t, "cat="+write(t, t.TempDir(), "answer", tokenAnswer("t")))
	dir, name := filepath.Split(cfg.Exec.Command)
	allowed := cfg.Exec.Command
	cfg.Exec.Command = name
	t.Setenv("PATH", dir)
	c := newClient(t, cfg, transport.WithAllowedExecPlugins(allowed))
	t.Setenv("PATH", t.TempDir()) // the name is not in PATH now
	_, err := c.Credential(t.Context())
	require.NoError(t, err)
}

func TestA401ReadsTheCertificateFilesAndSendsTheRequestAgain(t *testing.T) {
	for protocol, with := range protocols {
		t.Run(protocol, func(t *testing.T) {
			var mu sync.Mutex
			var seen []string
			valid := "first"
			g := guard(t, with, func(s *httptest.Server) {
				handle := s.Config.Handler
				s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					name := r.TLS.PeerCertificates[0].Subject.CommonName
					seen = append(seen, name)
					refused := name != valid
					mu.Unlock()
					if refused {
						w.WriteHeader(http.StatusUnauthorized)
						return
					}
					handle.ServeHTTP(w, r)
				})
			}).identified(t)
			c := g.client(t)
			require.Equal(t, "first", fetched(t, c))
			valid = "second"
			_, err := c.Fetch(t.Context(), get())
			require.ErrorIs(t, err, transport.ErrUnauthorized)
			require.Equal(t, []string{"first", "first"}, seen, "the files have not changed, so the request is not sent again")
			g.renew(t, "second")
			require.Equal(t, "second", fetched(t, c))
			valid = "third"
			g.renew(t, "third")
			ws, err := c.Upgrade(t.Context(), get(), v4)
			require.NoError(t, err)
			require.NoError(t, ws.Close())
			require.Equal(t, []string{"first", "second", "second", "third"}, seen[2:])
			valid, seen = "fourth", nil
			g.renew(t, "fourth")
			var all sync.WaitGroup
			for range 20 { // one of them reads the files, for all
				all.Go(func() {
					_, err := c.Fetch(t.Context(), get())
					require.NoError(t, err)
				})
			}
			all.Wait()
		})
	}
}

func TestUpgradesUseTheNewTokenOfAFile(t *testing.T) {
	server := &tokenServer{token: "one"}
	cfg := serve(t, server.handle)
	dir := t.TempDir()
	cfg.BearerTokenFile = write(t, dir, "token", []byte("one\n"))
	c := newClient(t, cfg)
	upgrade := func() {
		t.Helper()
		ws, err := c.Upgrade(t.Context(), get(), v4)
		require.NoError(t, err)
		require.NoError(t, ws.Close())
	}
	upgrade()
	write(t, dir, "token", []byte("two\n"))
	server.token = "two"
	upgrade()
	require.Equal(t, []string{"Bearer one ", "Bearer one ", "Bearer two "}, server.seen)
}
