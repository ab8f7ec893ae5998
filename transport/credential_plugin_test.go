package transport_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kx-k8s/kx/internal/leaktest"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// pluginUser returns a Config for a server that does not exist, with a plugin that runs steps.
func pluginUser(t testing.TB, steps ...string) *kubeconfig.Config {
	return &kubeconfig.Config{Server: "https://kx.invalid:6443/base", Source: source, Exec: plugin(t,
		steps...)}
}

func TestAPluginReceivesTheExecCredentialOfItsVersion(t *testing.T) {
	ca := newAuthority(t)
	dir := t.TempDir()
	caFile := write(t, dir, "ca.crt", ca.pem)
	caJSON, err := json.Marshal(ca.pem)
	require.NoError(t, err)
	terminal, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer terminal.Close()
	for name, tc := range map[string]struct {
		set   func(*kubeconfig.Config)
		stdin io.Reader
		want  string
	}{
		"no cluster unless asked for": {want: `"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}`},
		"v1beta1, whose mode is IfAvailable": {
			set:   func(c *kubeconfig.Config) { c.Exec.APIVersion, c.Exec.InteractiveMode = execV1beta1, "" },
			stdin: terminal,
			want:  `"apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":true}`,
		},
		"it is interactive when there is input": {stdin: terminal,
			want: `"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":true}`},
		"it is never interactive with Never": {set: func(c *kubeconfig.Config) { c.Exec.InteractiveMode = "Never" },
			stdin: terminal, want: `"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}`},
		"it is interactive with Always": {set: func(c *kubeconfig.Config) { c.Exec.InteractiveMode = "Always" },
			stdin: terminal, want: `"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":true}`},
		"a cluster with a server alone": {set: func(c *kubeconfig.Config) { c.Exec.ProvideClusterInfo = true },
			want: `"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false,"cluster":{"server":` +
				`"https://kx.invalid:6443/base","config":null}}`},
		"verification is off": {set: func(c *kubeconfig.Config) {
			c.Exec.ProvideClusterInfo,
				c.TLS.Insecure = true, true
		}, want: `"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false,"cluster":{"server":` +
			`"https://kx.invalid:6443/base","insecure-skip-tls-verify":true,"config":null}}`},
		"a file with the authority goes in-line": {set: func(c *kubeconfig.Config) {
			c.Exec.ProvideClusterInfo,
				c.TLS.CAFile = true, caFile
		}, want: `"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false,"cluster":{"server":` +
			`"https://kx.invalid:6443/base","certificate-authority-data":` + string(caJSON) +
			`,"config":null}}`},
		"everything": {
			set: func(c *kubeconfig.Config) {
				c.Exec.ProvideClusterInfo = true
				c.TLS.CAData, c.TLS.ServerName = ca.pem, "api"
				c.ProxyURL, c.DisableCompression = "socks5://me:pw@proxy:1080", true
				c.Exec.ClusterConfig = map[string]any{"audience": "a", "n": int64(1 << 62), "u": uint64(1 << 63), "f": 1.5,
					"list": []any{nil, true, map[string]any{}}}
			},
			want: `"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false,"cluster":{"server":` +
				`"https://kx.invalid:6443/base","tls-server-name":"api",` +
				`"certificate-authority-data":` + string(caJSON) +
				`,"proxy-url":"socks5://me:pw@proxy:1080","disable-compression":true,` +
				`"config":{"audience":"a","n":4611686018427387904,"u":9223372036854775808,"f":1.5,"list":[null,true,{}]}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			info := filepath.Join(dir, "info")
			cfg := pluginUser(t, "info="+info, "cat="+write(t, dir, "answer", tokenAnswer("t")))
			if tc.set != nil {
				tc.set(cfg)
			}
			if cfg.Exec.APIVersion == execV1beta1 {
				write(t, dir, "answer", bytes.ReplaceAll(tokenAnswer("t"), []byte(execV1), []byte(execV1beta1)))
			}
			_, err := newClient(t, cfg, transport.WithExecStreams(tc.stdin, io.Discard)).Credential(t.Context())
			require.NoError(t, err)
			got, err := os.ReadFile(info)
			require.NoError(t, err)
			require.JSONEq(t, `{"kind":"ExecCredential",`+tc.want+`}`, string(got))
			// JSONEq compares numbers as floats.
			for _, number := range []string{"4611686018427387904", "9223372036854775808"} {
				require.Equal(t, strings.Contains(tc.want, number), bytes.Contains(got, []byte(number)))
			}
		})
	}
}

func TestAPluginsEnvironmentIsInherited(t *testing.T) {
	t.Setenv("KX_TEST_A", "process")
	t.Setenv("KX_TEST_B", "process")
	dir := t.TempDir()
	env := filepath.Join(dir, "env")
	cfg := pluginUser(t, "env="+env, "cat="+write(t, dir, "answer", tokenAnswer("t")))
	cfg.Exec.Env = append(cfg.Exec.Env, kubeconfig.ExecEnvVar{Name: "KX_TEST_B", Value: "first"},
		kubeconfig.ExecEnvVar{Name: "KX_TEST_B", Value: "config=x"},
		kubeconfig.ExecEnvVar{Name: "KUBERNETES_EXEC_INFO", Value: "false"})
	_, err := newClient(t, cfg).Credential(t.Context())
	require.NoError(t, err)
	got := strings.Split(readFile(t, env), "\n")
	require.Equal(t, cfg.Exec.Command, got[0], "argv[0] is the command of the configuration")
	require.Contains(t, got, "KX_TEST_A=process")
	require.Contains(t, got, "KX_TEST_B=config=x")
	require.NotContains(t, got, "KX_TEST_B=process")
	require.NotContains(t, got, "KUBERNETES_EXEC_INFO=false")
}

func readFile(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(b)
}

func TestAnInvalidAnswerOfAPluginIsNotQuotedInTheError(t *testing.T) {
	ca := newAuthority(t)
	_, cert, key := ca.issue(t, "s3cret", time.Now().Add(time.Hour))
	_, _, otherKey := ca.issue(t, "s3cret", time.Now().Add(time.Hour))
	status := func(fields map[string]string) string {
		b, err := json.Marshal(fields)
		require.NoError(t, err)
		return string(statusAnswer(string(b)))
	}
	for name, tc := range map[string]struct{ output, want string }{
		"nothing":                 {"", "printed nothing on standard output"},
		"white space":             {" \n\t\n", "printed nothing on standard output"},
		"prose":                   {"s3cret: log in first", "not JSON at byte 0: the plugin must print one ExecCredential"},
		"prose before the answer": {"s3cret\n" + string(tokenAnswer("s3cret")), "not JSON at byte 0"},
		"two answers":             {string(tokenAnswer("s3cret")) + string(tokenAnswer("s3cret")), "not JSON at byte 100"},
		"half an answer":          {string(tokenAnswer("s3cret"))[:50], "not JSON at byte 50"},
		"YAML":                    {"kind: ExecCredential\nstatus: {token: s3cret}", "not JSON at byte 0"},
		"a list":                  {`["s3cret"]`, "not of the form of an ExecCredential"},
		"a text":                  {`"s3cret"`, "not of the form of an ExecCredential"},
		"null": {`null`, "has no apiVersion, and the configuration asks for " +
			"client.authentication.k8s.io/v1"},
		"a status that is a text":      {string(statusAnswer(`"s3cret"`)), "not of the form of an ExecCredential"},
		"a token that is not a string": {string(statusAnswer(`{"token":{"s3cret":1}}`)), "not of the form of an ExecCredential"},
		"another kind": {`{"kind":"s3cret","apiVersion":"client.authentication.k8s.io/v1","status":{"token":` +
			`"s3cret"}}`, "of a kind other than ExecCredential"},
		"no version": {`{"kind":"ExecCredential","status":{"token":"s3cret"}}`, "has no apiVersion"},
		"the other version": {`{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",` +
			`"status":{"token":"s3cret"}}`, "is of client.authentication.k8s.io/v1beta1, " +
			"and the configuration asks for client.authentication.k8s.io/v1: set exec.apiVersion"},
		"an older version": {`{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1alpha1",` +
			`"status":{"token":"s3cret"}}`, "is of client.authentication.k8s.io/v1alpha1"},
		"an unknown version": {`{"kind":"ExecCredential","apiVersion":"s3cret/v1","status":{"token":"s3cret"}}`,
			"is of another apiVersion"},
		"no status": {`{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","token":` +
			`"s3cret"}`, "has no status"},
		"a status of null":     {string(statusAnswer(`null`)), "has no status"},
		"an empty status":      {string(statusAnswer(`{}`)), "neither a token nor a client certificate"},
		"names in other cases": {string(statusAnswer(`{"Token":"s3cret"}`)), "neither a token nor a client certificate"},
		"a certificate alone": {status(map[string]string{"clientCertificateData": string(cert)}),
			"a client certificate without its key"},
		"a key alone": {status(map[string]string{"token": "s3cret", "clientKeyData": string(key)}),
			"a client key without its certificate"},
		"a key that does not fit": {status(map[string]string{"clientCertificateData": string(cert),
			"clientKeyData": string(otherKey)}), "its client key does not fit its client certificate"},
		"a certificate that is not PEM": {status(map[string]string{"clientCertificateData": "s3cret",
			"clientKeyData": string(key)}),
			"its client certificate or key cannot be read: both must be PEM"},
		"PEM blocks of another name": {status(map[string]string{"clientCertificateData": "-----BEGIN " +
			"S3CRET-----\n-----END S3CRET-----\n", "clientKeyData": string(key)}), "cannot be read"},
		"a token of two words": {string(tokenAnswer("s3cret s3cret")),
			"its token holds a space or a control character"},
		"a token with a new line": {string(tokenAnswer("s3cret\n")), "its token holds a space or a control character"},
		"a time in words": {string(statusAnswer(`{"token":"t","expirationTimestamp":"s3cret"}`)),
			"expirationTimestamp is not a time such as 2030-01-02T15:04:05Z (RFC 3339)"},
		"an empty time": {string(statusAnswer(`{"token":"s3cret","expirationTimestamp":""}`)),
			"expirationTimestamp is not a time"},
		"a time as a number": {string(statusAnswer(`{"token":"s3cret","expirationTimestamp":1893456000}`)),
			"not of the form of an ExecCredential"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := pluginUser(t, "cat="+write(t, t.TempDir(), "answer", []byte(tc.output)))
			_, err := newClient(t, cfg).Fetch(t.Context(), get())
			e := requirePluginError(t, err, "BadAnswer", tc.want)
			require.Equal(t, cfg.Exec.Command, e.Command)
			require.Equal(t, "me", e.User)
			require.NotContains(t, strings.ToLower(err.Error()), "s3cret")
		})
	}
}

// requirePluginError requires an *ExecPluginError with this reason. Its text must name the plugin
// and the user, and contain want.
func requirePluginError(t testing.TB, err error, reason, want string) *transport.ExecPluginError {
	t.Helper()
	requireOneLine(t, err)
	var e *transport.ExecPluginError
	require.ErrorAs(t, err, &e)
	require.Equal(t, reason, e.Reason, "%v", err)
	require.ErrorContains(t, err, want)
	require.Regexp(t, `^credential plugin ".+" of user "me": `, err.Error())
	require.NotErrorAs(t, err, new(*transport.ConnectionError))
	require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
	return e
}

func TestAPluginsAnswerMayHaveUnknownFields(t *testing.T) {
	for name, output := range map[string]string{
		"no kind, as client-go has it": `{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t"}}`,
		"a byte order mark":            "\ufeff" + string(tokenAnswer("t")),
		"unknown fields and a spec":    `{"a":[1],"spec":{"interactive":true},` + string(tokenAnswer("t"))[1:] + "\n\n",
		"a name twice":                 string(statusAnswer(`{"token":"s","token":"t"}`)),
		"invalid UTF-8":                `{"note":"` + "\xff" + `",` + string(tokenAnswer("t"))[1:],
		"nulls and empty texts": string(statusAnswer(`{"token":"t","clientKeyData":"","clientCertificateData":` +
			`null,"expirationTimestamp":null}`)),
		"a time with an offset": string(statusAnswer(`{"token":"t","expirationTimestamp":` +
			`"2100-01-01T00:00:00.5+05:30"}`)),
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
			cfg.Exec = plugin(t, "cat="+write(t, t.TempDir(), "answer", []byte(output)))
			_, err := newClient(t, cfg).Fetch(t.Context(), get())
			require.NoError(t, err)
			require.Equal(t, "Bearer t", got)
		})
	}
}

func TestTheErrorOfAPluginNamesTheReasonAndQuotesNoOutput(t *testing.T) {
	dir := t.TempDir()
	notExecutable := write(t, dir, "notes.txt", []byte("s3cret"))
	for name, tc := range map[string]struct {
		steps  []string
		set    func(*kubeconfig.ExecConfig)
		reason string
		want   string
		code   int
		unix   bool
	}{
		"an exit code": {steps: []string{"cat=" + notExecutable, "exit=3"}, reason: "Failed",
			want: "it ended with exit status 3; its standard error may say why", code: 3},
		"a signal": {steps: []string{"kill"}, reason: "Failed", want: "it ended with signal: killed", code: -1,
			unix: true},
		"too much output": {steps: []string{"flood=1100000", newGate(t).step()}, reason: "BadAnswer",
			want: "it printed more than 1048576 bytes on standard output"},
		"output without an end": {steps: []string{"flood=100000000000"}, reason: "BadAnswer",
			want: "it printed more than 1048576 bytes on standard output"},
		"no input": {set: func(e *kubeconfig.ExecConfig) { e.InteractiveMode = "Always" }, reason: "NoInput",
			want: "it asks for input (interactiveMode: Always), and there is no terminal"},
		"no such file": {set: func(e *kubeconfig.ExecConfig) { e.Command = filepath.Join(dir, "none") },
			reason: "NotFound", want: "there is no such program: install it, or correct its path; how to install it: brew " +
				"install x or else"},
		"not in PATH": {set: func(e *kubeconfig.ExecConfig) { e.Command = "kx-test-no-such-plugin" },
			reason: "NotFound", want: "there is no such program in PATH: install it, or set its path; how to install it: " +
				"brew install x or else"},
		"a file that is not a program": {set: func(e *kubeconfig.ExecConfig) { e.Command = notExecutable }, reason: "Failed",
			want: "it cannot be run: permission denied", unix: true},
	} {
		if tc.unix && runtime.GOOS == "windows" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			cfg := pluginUser(t, tc.steps...)
			cfg.Exec.InstallHint = "brew install x\n  or else"
			if tc.set != nil {
				tc.set(cfg.Exec)
			}
			_, err := newClient(t, cfg, transport.WithExecStreams(nil, nil)).Fetch(t.Context(), send("POST", "{}"))
			e := requirePluginError(t, err, tc.reason, tc.want)
			require.Equal(t, tc.code, e.ExitCode)
			require.NotContains(t, err.Error(), "s3cret")
			if tc.reason == "NotFound" {
				require.Equal(t, "brew install x\n  or else", e.InstallHint)
				require.Error(t, e.Unwrap())
			} else {
				require.Empty(t, e.InstallHint)
			}
		})
	}
}

func TestAPluginThatFailsRunsOncePerRequest(t *testing.T) {
	count := filepath.Join(t.TempDir(), "count")
	c := newClient(t, pluginUser(t, "count="+count, "exit=1"), transport.WithExecStreams(nil, nil))
	for n := range 2 {
		_, err := c.Fetch(t.Context(), get())
		requirePluginError(t, err, "Failed", "it ended with exit status 1")
		_, err = c.Upgrade(t.Context(), get(), v4)
		requirePluginError(t, err, "Failed", "it ended with exit status 1")
		require.Equal(t, 2*(n+1), runs(t, count))
	}
	_, err := c.Resty().R().Get("/api")
	require.ErrorAs(t, err, new(*transport.ExecPluginError))
	require.Equal(t, 5, runs(t, count))
}

func TestAProgramInTheWorkingDirectoryDoesNotRun(t *testing.T) {
	dir := t.TempDir()
	name := "kx-test-plugin"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho s3cret"), 0o700))
	t.Chdir(dir)
	t.Setenv("PATH", ".")
	cfg := pluginUser(t)
	cfg.Exec.Command = "kx-test-plugin"
	_, err := newClient(t, cfg).Fetch(t.Context(), get())
	e := requirePluginError(t, err, "NotFound",
		"it is only in the working directory, from which kx runs nothing: set its path")
	require.ErrorIs(t, e, exec.ErrDot)
}

func TestAPluginsStandardErrorIsPassedOnAtOnce(t *testing.T) {
	g := newGate(t)
	read, written := io.Pipe()
	cfg := pluginUser(t, "stderr=open the browser", g.step(), "stderr=thanks",
		"cat="+write(t, t.TempDir(), "answer", tokenAnswer("t")))
	c := newClient(t, cfg, transport.WithExecStreams(nil, written))
	done := make(chan error, 1)
	go func() {
		_, err := c.Credential(t.Context())
		done <- err
	}()
	first := make([]byte, len("open the browser"))
	_, err := io.ReadFull(read, first)
	require.NoError(t, err)
	require.Equal(t, "open the browser", string(first))
	g.wait(t).Close()
	rest := make([]byte, len("thanks"))
	_, err = io.ReadFull(read, rest)
	require.NoError(t, err)
	require.Equal(t, "thanks", string(rest))
	require.NoError(t, <-done)
}

func TestAClosedStandardErrorDoesNotFailThePlugin(t *testing.T) {
	r, closed := io.Pipe()
	require.NoError(t, r.Close())
	c := newClient(t, pluginUser(t, "stderr=hello", "cat="+write(t, t.TempDir(), "answer", tokenAnswer("t"))),
		transport.WithExecStreams(nil, closed))
	_, err := c.Credential(t.Context())
	require.NoError(t, err)
}

func TestAPluginReadsItsStandardInput(t *testing.T) {
	for name, tc := range map[string]struct {
		mode  kubeconfig.InteractiveMode
		stdin func(t *testing.T) io.Reader
		want  string
	}{
		"a file": {"Always", func(t *testing.T) io.Reader {
			return openFile(t,
				write(t, t.TempDir(), "in", []byte("user\nmore")))
		}, "user"},
		"a reader": {"IfAvailable",
			func(*testing.T) io.Reader { return strings.NewReader("user\nmore") }, "user"},
		"a reader that waits": {"IfAvailable",
			func(t *testing.T) io.Reader { return io.MultiReader(strings.NewReader("user\n"), waiting(t)) }, "user"},
		"Never leaves it unread": {"Never", func(t *testing.T) io.Reader { return failing{t} }, ""},
		"none":                   {"IfAvailable", func(*testing.T) io.Reader { return nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			line := filepath.Join(dir, "line")
			cfg := pluginUser(t, "line="+line, "cat="+write(t, dir, "answer", tokenAnswer("t")))
			cfg.Exec.InteractiveMode = tc.mode
			_, err := newClient(t, cfg, transport.WithExecStreams(tc.stdin(t), io.Discard)).Credential(t.Context())
			require.NoError(t, err)
			require.Equal(t, tc.want, readFile(t, line))
		})
	}
}

func openFile(t *testing.T, name string) *os.File {
	f, err := os.Open(name)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// waiting returns a reader that blocks until the test ends.
func waiting(t *testing.T) io.Reader {
	r, w := io.Pipe()
	t.Cleanup(func() { w.Close() })
	return r
}

type failing struct{ t *testing.T }

func (r failing) Read([]byte) (int, error) {
	r.t.Error("standard input was read")
	return 0, io.EOF
}

func TestAHangingPluginEndsWithTheContext(t *testing.T) {
	defer leaktest.Verify(t, goleak.IgnoreCurrent())
	for name, child := range map[string]bool{"alone": false, "with a child that holds its output": true} {
		t.Run(name, func(t *testing.T) {
			g, childs := newGate(t), newGate(t)
			var steps []string
			if child {
				steps = append(steps, "child="+childs.addr)
			}
			c := newClient(t, pluginUser(t, append(steps, g.step())...))
			ctx, cancel := contextWithCause(t)
			done := make(chan error, 1)
			go func() {
				_, err := c.Fetch(ctx, send("POST", "{}"))
				done <- err
			}()
			conn := g.wait(t)
			if child {
				childs.wait(t)
			}
			cancel(errGaveUp)
			err := <-done
			requireGone(t, conn)
			require.EqualError(t, err, "POST /base/api/v1/pods: gave up")
			require.ErrorIs(t, err, errGaveUp)
			require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
			require.NotErrorAs(t, err, new(*transport.ExecPluginError))
		})
	}
}

func TestAChildThatOutlivesThePluginDoesNotDelayTheAnswer(t *testing.T) {
	defer leaktest.Verify(t, goleak.IgnoreCurrent())
	t.Run("", func(t *testing.T) {
		childs := newGate(t)
		var got string
		cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
		cfg.Exec = plugin(t, "child="+childs.addr, "cat="+write(t, t.TempDir(), "answer", tokenAnswer("t")))
		_, err := newClient(t, cfg).Fetch(t.Context(), get())
		require.NoError(t, err)
		require.Equal(t, "Bearer t", got)
		childs.wait(t)
	})
}

func TestAPluginMayBeAScriptInPATH(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // Windows runs no scripts
	}
	dir := t.TempDir()
	script := "#!/bin/sh\necho hello >&2\n" +
		`printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s-%s"}}' ` +
		`"$1" "$WHO"`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "kx-test-login"), []byte(script), 0o700))
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	var got string
	cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
	cfg.Exec = &kubeconfig.ExecConfig{APIVersion: execV1, Command: "kx-test-login", Args: []string{"a"},
		InteractiveMode: "Never",
		Env:             []kubeconfig.ExecEnvVar{{Name: "WHO", Value: "me"}}}
	var said bytes.Buffer
	_, err := newClient(t, cfg, transport.WithExecStreams(nil, &said)).Fetch(t.Context(), get())
	require.NoError(t, err)
	require.Equal(t, "Bearer a-me", got)
	require.Equal(t, "hello\n", said.String())
}
