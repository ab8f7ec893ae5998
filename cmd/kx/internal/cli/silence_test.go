package cli_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/cli"
	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/internal/farlink"
	"github.com/kx-k8s/kx/kxtest"
)

// runOnSilent runs a command line on a server with a fault. The clock is the test's.
func runOnSilent(t *testing.T, line string, fault kxtest.Fault) (code int, stderr string, took time.Duration) {
	now := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now)) // the certificates are valid from now on
		network := farlink.New(farRoundTrip)
		server := kxtest.Start(t, kxtest.WithListener(network), kxtest.WithDemo())
		time.Sleep(time.Minute) // the pods run
		server.Fault(fault)
		config := clitest.WriteFile(t, "admin.kubeconfig", string(server.Kubeconfig()))
		line = strings.ReplaceAll(line, "FILE", clitest.WriteFile(t, "pod.yaml", clitest.PodYAML))
		args := append([]string{"--kubeconfig", config}, strings.Fields(line)...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var out, messages bytes.Buffer
		begin := time.Now()
		code = cli.RunOver(ctx, network.DialContext, strings.NewReader(""), &out, &messages, args)
		took, stderr = time.Since(begin), messages.String()
		network.Close()
		server.Close()
		time.Sleep(time.Minute) // the connections end
	})
	return code, stderr, took
}

func TestEveryVerbHasALimitForSilenceBeforeTheFirstByte(t *testing.T) {
	makeProcessWide(t)
	const silence = "the server sent nothing for 1m10s"
	for line, want := range map[string]string{
		"get pods":                                 silence,
		"get pods -w":                              silence,
		"get pod shell -o json":                    silence,
		"get --raw /healthz":                       silence,
		"create -f FILE":                           silence,
		"replace -f FILE":                          silence,
		"patch pod shell -p {}":                    silence,
		"delete pod shell":                         silence,
		"describe pod shell":                       silence,
		"events":                                   silence,
		"api GET /api":                             silence,
		"logs shell -c main":                       silence,
		"logs shell -c main -f":                    silence,
		"exec shell -- true":                       silence,
		"exec shell -c main -- true":               silence,
		"attach shell":                             silence,
		"cp shell:/etc/hosts -":                    silence,
		"port-forward shell :80":                   silence,
		"auth whoami":                              silence,
		"auth can-i get pods":                      silence,
		"wait pod/shell --for delete --timeout 1h": silence,
		"debug shell --image kx.local/busybox:1":   "the container was not added within 1m0s",
		"debug stop shell":                         silence,
		"debug ls shell":                           silence,
		"get pods --request-timeout 5s":            "the server did not finish its answer within 5s",
	} {
		t.Run(line, func(t *testing.T) {
			code, stderr, took := runOnSilent(t, line, kxtest.Fault{Times: -1, Delay: 10 * time.Hour})
			require.NotZero(t, code)
			require.Contains(t, stderr, want)
			require.Less(t, took, 75*time.Second)
		})
	}
}

func TestEverySessionEndsAMinuteAfterItsPeerHasDied(t *testing.T) {
	makeProcessWide(t)
	for _, line := range []string{
		"exec shell -- echo hi", "exec shell -c main -- echo hi", "attach shell", "cp shell:/etc/passwd -", "cp FILE shell:/tmp/in -c main",
		"debug -i shell --image kx.local/busybox:1 -- sleep 2",
	} {
		t.Run(line, func(t *testing.T) {
			code, stderr, took := runOnSilent(t, line, kxtest.Fault{Times: -1, Query: map[string]string{"stdout": "true"},
				Then: kxtest.FreezeStream(0)})
			require.NotZero(t, code)
			require.Contains(t, stderr, "nothing came for 1m0s, not even the answer to a ping")
			require.Less(t, took, 65*time.Second)
		})
	}
}
