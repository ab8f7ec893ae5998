package debug

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestTheStopScriptsAnswerSaysWhatIsLeft(t *testing.T) {
	type answer struct {
		text string
		code int
	}
	answers := make(chan answer, 1)
	server := kxtest.Start(t, kxtest.WithDemo(), kxtest.WithProgram("sh", func(ctx context.Context, p *kxtest.Process) int {
		if p.Args()[len(p.Args())-2] != "sh" { // a program of the demo
			<-ctx.Done()
			return 0
		}
		a := <-answers
		_, _ = io.WriteString(p.Stdout(), a.text)
		return a.code
	}))
	client, err := transport.New(server.Config())
	require.NoError(t, err)
	t.Cleanup(client.Close)
	pods := resources.New[resources.PodOutline](client, resources.InNamespace("default"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	pod, err := pods.Get(ctx, "distroless")
	require.NoError(t, err)
	for err := error(errNoNode); err != nil; { // until the container runs
		_, err = AwaitRunning(ctx, pods, pod, pod.Spec.Containers[0].Name, time.Minute, nil)
		require.NoError(t, err)
	}
	c := &EphemeralContainer{Pod: "distroless", Name: pod.Spec.Containers[0].Name}
	for name, row := range map[string]struct {
		answer answer
		want   string
	}{
		"nothing":               {answer{}, ""},
		"an empty line":         {answer{text: "\n"}, ""},
		"process 1":             {answer{text: "7 1\n"}, "process 1 ignores signals from inside the container"},
		"others":                {answer{text: "7 18\n"}, "no signal ends its processes 7 18: they belong to another user"},
		"no namespaces compare": {answer{code: cannotCompare}, "its shell cannot tell its processes from those of other containers"},
	} {
		t.Run(name, func(t *testing.T) {
			answers <- row.answer
			err := new(StopOptions).sendSignals(ctx, pods, c)
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, row.want)
		})
	}
}
