package debug_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

func TestReuseWithoutACommandTakesAContainerWithTheSameTargetImageAndSecurity(t *testing.T) {
	for sentence, test := range map[string]struct {
		first, change func(*debug.Options)
		reused        bool
	}{
		"another program": {reused: true},
		"another program with a terminal": {first: func(o *debug.Options) { o.TTY, o.OpenStdin = true, true },
			reused: true},
		"a variable that is not asked for": {first: func(o *debug.Options) { o.Env = variable("A", "1") }, reused: true},
		"a variable that is asked for": {first: func(o *debug.Options) { o.Env = variable("A", "1") },
			change: func(o *debug.Options) { o.Env = variable("A", "1") }, reused: true},
		"another variable": {first: func(o *debug.Options) { o.Env = variable("A", "1") },
			change: func(o *debug.Options) { o.Env = variable("A", "2") }},
		"another pull policy": {change: func(o *debug.Options) { o.ImagePullPolicy = "Always" }, reused: true},
		"a command":           {change: func(o *debug.Options) { o.Command = []string{"sh"} }},
		"an argument":         {change: func(o *debug.Options) { o.Args = []string{"sh"} }},
		"another target":      {change: func(o *debug.Options) { o.Target = "app" }},
		"another image":       {change: func(o *debug.Options) { o.Image = kxtest.DistrolessImage }},
		"another user":        {change: func(o *debug.Options) { o.RunAs = &debug.RunAs{User: 7} }},
		"less rights":         {change: func(o *debug.Options) { o.Profile = debug.Baseline }},
		"more rights":         {first: func(o *debug.Options) { o.Profile = debug.Sysadmin }},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, pods := start(t)
			o := options("sleep", "3600")
			o.Name = "first"
			if test.first != nil {
				test.first(&o)
			}
			_, err := debug.Run(within(t), pods, "distroless", o)
			require.NoError(t, err)

			o = options()
			o.Reuse = true
			if test.change != nil {
				test.change(&o)
			}
			res, err := debug.Preview(within(t), pods, "distroless", o)
			require.NoError(t, err)
			require.Equal(t, test.reused, res.Reused)
			if test.reused {
				require.Equal(t, "first", res.Container)
			}
		})
	}
}

func variable(name, value string) []resources.EnvVar {
	return []resources.EnvVar{{Name: name, Value: value}}
}

// reuseWithShell returns options that reuse the container of options, with these keys.
func reuseWithShell(keys string) (o debug.Options, screen *bytes.Buffer, notices *[]string) {
	o = options()
	screen, notices = new(bytes.Buffer), new([]string)
	o.Reuse, o.TTY, o.Stdin, o.Stdout = true, true, strings.NewReader(keys), screen
	o.Notice = func(text string) { *notices = append(*notices, text) }
	return o, screen, notices
}

func TestReuseRunsAShellBesideAProgramWithoutATerminal(t *testing.T) {
	server, pods := start(t)
	first := options("sleep", "3600")
	first.Name = "first"
	_, err := debug.Run(within(t), pods, "distroless", first)
	require.NoError(t, err)

	o, screen, notices := reuseWithShell("echo $((40+2)); exit 7\r")
	var added *debug.Result
	o.Added = func(res *debug.Result) { added = res }
	o.TerminalSize = func() (width, height int) { return 100, 30 }
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Same(t, res, added)
	require.Equal(t, "first", res.Container)
	require.True(t, res.Shell)
	require.False(t, res.Running)
	require.Equal(t, 7, res.ExitCode)
	require.Equal(t, "Error", res.Reason)
	require.Contains(t, screen.String(), "42\r\n")
	require.Equal(t, []string{"Reusing container first, which already runs: its program has no terminal, so kx runs sh " +
		"beside it"}, *notices)
	require.Len(t, containers(t, server), 1)

	o, _, _ = reuseWithShell("exit\r")
	res, err = debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, 0, res.ExitCode)
	require.Equal(t, "Completed", res.Reason)
}

func TestAShellOfAReusedContainerOutlivesASessionThatIsClosed(t *testing.T) {
	_, pods := start(t)
	_, err := debug.Run(within(t), pods, "distroless", options("sleep", "3600"))
	require.NoError(t, err)
	o, _, _ := reuseWithShell("")
	o.Stdin = neverReader{t.Context().Done()}
	o.Attached = func(s *subresource.Session) { s.Close() }
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.True(t, res.Running)
	require.True(t, res.Shell)
}

// neverReader returns nothing until the test has ended.
type neverReader struct{ done <-chan struct{} }

func (r neverReader) Read([]byte) (int, error) {
	<-r.done
	return 0, nil
}

func TestReuseSaysThatTheImageHasNoShell(t *testing.T) {
	_, pods := start(t)
	o := options("/app")
	o.Image, o.Name = kxtest.DistrolessImage, "first"
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	o, _, _ = reuseWithShell("")
	o.Image = kxtest.DistrolessImage
	_, err = debug.Run(within(t), pods, "distroless", o)
	var failed *subresource.CommandError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 127, failed.Code)
}
