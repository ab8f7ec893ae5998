package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

func TestAPortMappingIsLocalAndRemotePort(t *testing.T) {
	for text, want := range map[string]portMapping{
		"80": {defaultLocal, "80"}, "8080:80": {8080, "80"}, ":80": {0, "80"}, "0:80": {0, "80"},
		"http": {defaultLocal, "http"}, "8080:http": {8080, "http"}, ":http": {0, "http"},
		"65535": {defaultLocal, "65535"},
	} {
		got, err := parsePortMapping(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", ":", "8080:", "0", "65536", "80:0", "80:65536", "65536:80", "-1:80", "x:80", "1:2:3", "127.0.0.1:80:80"} {
		_, err := parsePortMapping(text)
		require.ErrorAs(t, err, new(*command.UsageError), text)
	}
}

func FuzzParsePortMapping(f *testing.F) {
	for _, text := range []string{"80", ":80", "8080:http", "1:2:3", "-1:x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parsePortMapping(text)
		if err == nil && (got.local < -1 || got.local > 65535 || got.remote == "") {
			t.Fatalf("%q is %+v", text, got)
		}
	})
}

func TestPortForwardRefusesBadArguments(t *testing.T) {
	c := clitest.Start(t)
	for says, args := range map[string][]string{
		"no pod is given": {},
		"no port is given, as in kx port-forward shell 8080:80":   {"shell"},
		`"a/b/c" is neither NAME nor KIND/NAME`:                   {"a/b/c", "80"},
		`"70000" is not [LOCAL:]REMOTE`:                           {"shell", "70000"},
		`"kx.example.com" is neither an IP address nor localhost`: {"shell", ":80", "--address", "127.0.0.1,kx.example.com"},
	} {
		done := c.Kx(append([]string{"port-forward"}, args...)...)
		require.Equal(t, command.ExitUsage, done.Code, done.Err)
		require.Contains(t, done.Err, says)
		require.Empty(t, done.Out)
	}
}
