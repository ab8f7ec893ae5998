package subresource_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

func TestContradictoryLogOptionsAreRefusedBeforeARequest(t *testing.T) {
	for text, o := range map[string]subresource.LogOptions{
		"option Previous: the previous run has ended: leave out Follow":           {Follow: true, Previous: true},
		"option Since: the duration is negative: zero means the whole log":        {Since: -1},
		"option SinceTime: Since is set as well: leave out one of them":           {Since: 1, SinceTime: logTime(0)},
		"option Tail: the number of lines is negative: nil means the whole log":   {Tail: new(int64(-1))},
		"option LimitBytes: the number of bytes is negative: zero means no limit": {LimitBytes: -1},
	} {
		n := newFakeNode()
		n.write(0, "one\n")
		var refusal *resources.OptionError
		_, err := n.logs(t).Open(t.Context(), "web-0", o)
		require.ErrorAs(t, err, &refusal)
		require.EqualError(t, err, text)
		_, err = n.logs(t).Get(t.Context(), "web-0", o)
		require.ErrorAs(t, err, &refusal)
		_, errs := texts(t, n.logs(t), o)
		require.Len(t, errs, 1)
		require.EqualError(t, errs[0], text)
		require.Empty(t, n.answers)
	}
	_, err := newFakeNode().logs(t).Get(t.Context(), "web-0", subresource.LogOptions{Follow: true})
	require.EqualError(t, err, "option Follow: a log that is followed has no end to wait for: use Lines or Open")
}

func TestTheOptionsOfALogAreThoseOfTheAPI(t *testing.T) {
	for query, o := range map[string]subresource.LogOptions{
		"":                                   {},
		"container=app":                      {Container: "app"},
		"follow=true":                        {Follow: true},
		"previous=true":                      {Previous: true},
		"sinceSeconds=2":                     {Since: 1001 * time.Millisecond},
		"sinceTime=2026-01-02T03%3A04%3A05Z": {SinceTime: logTime(0).In(time.FixedZone("", 3600))},
		"tailLines=0":                        {Tail: new(int64)},
		"timestamps=true":                    {Timestamps: true},
		"limitBytes=7":                       {LimitBytes: 7},
		"insecureSkipTLSVerifyBackend=true":  {InsecureSkipTLSVerifyBackend: true},
	} {
		n := newFakeNode()
		n.write(0, "one\n")
		n.write(0, "two\n")
		n.exit(0)
		n.write(0, "three\n")
		body, err := n.logs(t).Open(t.Context(), "web-0", o)
		require.NoError(t, err, query)
		require.NoError(t, body.Close())
		require.Equal(t, []string{query}, n.answers)
	}
}
