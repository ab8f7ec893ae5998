package command

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

func TestAskWaitsForTheLimitAtMost(t *testing.T) {
	for variable, want := range map[string]time.Duration{
		"":      300 * time.Millisecond,
		"2s":    2 * time.Second,
		"0":     0,
		"-1s":   0,
		"later": 300 * time.Millisecond,
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv("KX_COMPLETION_TIMEOUT", variable)
			k := &Invocation{Command: new(cobra.Command)}
			k.Err = io.Discard
			k.Connection.Override.Server = "http://127.0.0.1:1"
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				require.Empty(t, Ask(t.Context(), k, func(context.Context, *transport.Client) ([]string, error) {
					time.Sleep(time.Minute) // the clock is the bubble's
					return []string{"late"}, nil
				}))
				require.Equal(t, want, time.Since(started))
				time.Sleep(time.Hour) // the late answer hangs nowhere
			})
		})
	}
}

func TestOfferChoosesWordsThatBeginWithWhatIsTyped(t *testing.T) {
	all := []string{"web-0", "web-1\tof web", "web-2\tof web;", "db", "-x"}
	words, directive := Offer(all, []string{"web-0"}, "web")
	require.Equal(t, []string{"web-1", "web-2"}, words, "a description of two words is dropped")
	require.Equal(t, cobra.ShellCompDirectiveNoFileComp, directive)
	words, directive = Offer([]string{"pod/\tpo,pods"}, nil, "p")
	require.Equal(t, []string{"pod/\tpo,pods"}, words)
	require.Equal(t, cobra.ShellCompDirectiveNoFileComp, directive)
	_, directive = Offer([]string{"pod/"}, nil, "p")
	require.Equal(t, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace, directive)
}

func TestAPlainWordMeansItselfInEveryShell(t *testing.T) {
	for word, want := range map[string]bool{
		"web-0": true, "system:node": true, "arn:aws:eks:eu-1:12:cluster/a": true, "me@home": true, "A_b.c+d,e": true,
		"": false, "-n": false, "~": false, "a b": false, "$x": false, "a'b": false, "a\\b": false, "a\x1b": false, "é": false,
		"a|b": false, "a&": false, "#a": false, "{a}": false, "a*": false, "!a": false, "%1": false, "a=b": false,
	} {
		require.Equal(t, want, isPlainWord(word), word)
	}
}
