package subresource_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

// The kubelet sends its error with the code 200, in place of the log.
func TestAnErrorOfTheKubeletIsNoLog(t *testing.T) {
	for _, text := range []string{
		"unable to retrieve container logs for containerd://1",
		`failed to try resolving symlinks in path "/var/log/pods/a/app/0.log": lstat /var/log/pods/a: no such file or directory`,
		`failed to open log file "/var/log/pods/a/app/0.log": permission denied`,
	} {
		for _, timestamps := range []bool{false, true} {
			n := newFakeNode()
			n.answerLogs(text)
			o := subresource.LogOptions{Container: "app", Timestamps: timestamps}
			body, err := n.logs(t).Open(t.Context(), "web-0", o)
			require.NoError(t, err)
			got, err := io.ReadAll(body)
			require.NoError(t, body.Close())
			require.Empty(t, got)
			var format *subresource.LogFormatError
			require.ErrorAs(t, err, &format)
			require.Equal(t, subresource.LogFormatError{Pod: "web-0", Container: "app", Text: text, Problem: "the node cannot read it"}, *format)
			_, err = n.logs(t).Get(t.Context(), "web-0", o)
			require.ErrorAs(t, err, &format)
		}
	}
}

func TestAProgramMayPrintTheWordsOfTheKubelet(t *testing.T) {
	n := newFakeNode()
	const text = "failed to open log file \"a\"\ntwo\n"
	for line := range strings.Lines(text) {
		n.write(0, line)
	}
	n.exit(0)
	for _, follow := range []bool{false, true} {
		body, err := n.logs(t).Open(t.Context(), "web-0", subresource.LogOptions{Container: "app", Follow: follow})
		require.NoError(t, err)
		got, err := io.ReadAll(body)
		require.NoError(t, err)
		require.NoError(t, body.Close())
		require.Equal(t, text, string(got))
	}
}
