//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// execLog is what kx -v 7 exec logs.
const execLog = `GET https://127.0.0.1:1/api/v1/namespaces/a/pods/p: 200 in 3ms
> Accept: application/json
> Authorization: (not shown)
< Content-Type: application/json
Defaulted container "main" out of: main, echo
GET https://127.0.0.1:1/api/v1/namespaces/a/pods/p/exec?command=REDACTED&container=a: 101 in 0s
> Accept: */*
> Connection: Upgrade
> Sec-Websocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io
< Upgrade: websocket
`

func TestCurlRepeatsTheRequestsThatKxLogs(t *testing.T) {
	requests, err := loggedRequests(execLog, []string{"head", "-c", "3 0"})
	require.NoError(t, err)
	args := curlArgs(requests, "kubernetes:6443", []string{"--key", "k"})
	words := strings.Join(args, " ")
	first, second, ok := strings.Cut(words, " --next ")
	require.True(t, ok)
	require.Equal(t, "--silent --show-error --compressed --header Accept: application/json --key k "+
		"--fail https://kubernetes:6443/api/v1/namespaces/a/pods/p", first)
	require.Contains(t, second, "--http1.1 --no-buffer --header Connection: Upgrade")
	require.Contains(t, second, "Sec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io")
	require.True(t, strings.HasSuffix(second, "https://kubernetes:6443/api/v1/namespaces/a/pods/p/"+
		"exec?command=head&command=-c&command=3+0&container=a"), second)
}

func TestALogThatCurlCannotRepeatIsAnError(t *testing.T) {
	for name, test := range map[string]struct{ log, want string }{
		"no request": {"Waiting\n> Accept: */*\n", "there is no request in the log of kx -v 7"},
		"a write": {"PATCH https://127.0.0.1:1/api/v1/pods/p: 200 in 1ms\n",
			"curl cannot repeat a PATCH of https://127.0.0.1:1/api/v1/pods/p"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loggedRequests(test.log, nil)
			require.EqualError(t, err, test.want)
		})
	}
}

func TestCurlHasTheCredentialsOfTheKubeconfig(t *testing.T) {
	for name, test := range map[string]struct {
		config  kubeconfig.Config
		want    string // FOLDER stands for the folder
		file    string
		content string
	}{
		"files": {config: kubeconfig.Config{TLS: kubeconfig.TLS{CAFile: "/ca", CertFile: "/c",
			KeyFile: "/k"}}, want: "--cacert /ca --cert /c --key /k"},
		"data": {config: kubeconfig.Config{TLS: kubeconfig.TLS{CAData: []byte("A"), Insecure: true}},
			want: "--cacert FOLDER/cacert --insecure", file: "cacert", content: "A"},
		"a token": {config: kubeconfig.Config{BearerToken: "t"}, want: "--header @FOLDER/token",
			file: "token", content: "Authorization: Bearer t\n"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			args, err := newCredentials(&test.config, folder)
			require.NoError(t, err)
			require.Equal(t, strings.ReplaceAll(test.want, "FOLDER", folder), strings.Join(args, " "))
			if test.file == "" {
				return
			}
			content, err := os.ReadFile(filepath.Join(folder, test.file))
			require.NoError(t, err)
			require.Equal(t, test.content, string(content))
		})
	}
}
