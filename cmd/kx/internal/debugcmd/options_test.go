package debugcmd

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

func TestFlagsBecomeOptions(t *testing.T) {
	stdin := strings.NewReader("")
	custom := &debug.Custom{}
	general := profileFlag{Choice: command.NewChoice("general", "general")}
	for name, row := range map[string]struct {
		flags flagValues
		in    inputs
		want  debug.Options
	}{
		"defaults": {
			flagValues{container: containerFlags{profile: general}, run: runFlags{timeout: command.DurationFlag(time.Minute)}},
			inputs{image: "auto"},
			debug.Options{Image: "auto", Profile: debug.General, Timeout: time.Minute},
		},
		"names": {
			flagValues{
				container:  containerFlags{name: "tools", target: "app", profile: general, mountsFrom: "a", envFrom: "b"},
				pullPolicy: "Never", fieldManager: "me", run: runFlags{reuse: true},
			},
			inputs{image: "busybox", trusted: []string{"r.example/*"}, custom: custom},
			debug.Options{
				Name: "tools", Target: "app", Profile: debug.General, MountsFrom: "a", EnvFrom: "b", Image: "busybox",
				ImagePullPolicy: "Never", TrustedImages: []string{"r.example/*"}, FieldManager: "me", Custom: custom,
				Reuse: true, Timeout: -1,
			},
		},
		"no profile over a copied securityContext": {
			flagValues{container: containerFlags{profile: general, securityFrom: "app"}},
			inputs{},
			debug.Options{SecurityContextFrom: "app", Timeout: -1},
		},
		"a given profile over a copied securityContext": {
			flagValues{container: containerFlags{profile: general, profileGiven: true, securityFrom: "app"}},
			inputs{},
			debug.Options{SecurityContextFrom: "app", Profile: debug.General, Timeout: -1},
		},
		"user 0 is given": {
			flagValues{container: containerFlags{runAsGiven: true}},
			inputs{},
			debug.Options{RunAs: &debug.RunAs{}, Timeout: -1},
		},
		"a command": {
			flagValues{},
			inputs{command: []string{"sh", "-c", "true"}},
			debug.Options{Command: []string{"sh", "-c", "true"}, Timeout: -1},
		},
		"arguments of the image's command": {
			flagValues{container: containerFlags{argumentsOnly: true}},
			inputs{command: []string{"-v"}},
			debug.Options{Args: []string{"-v"}, Timeout: -1},
		},
		"variables keep their order and their values": {
			flagValues{container: containerFlags{env: []string{"B=1=2", "A="}}},
			inputs{},
			debug.Options{Env: []resources.EnvVar{{Name: "B", Value: "1=2"}, {Name: "A"}}, Timeout: -1},
		},
		"attached": {
			flagValues{openStdin: true, tty: true, run: runFlags{attach: true}},
			inputs{stdin: stdin},
			debug.Options{Stdin: stdin, OpenStdin: true, TTY: true, WillAttach: true, Timeout: -1},
		},
		"stdin stays open without attaching": {
			flagValues{openStdin: true},
			inputs{stdin: stdin},
			debug.Options{OpenStdin: true, Timeout: -1},
		},
		"a dry run on the server": {
			flagValues{dryRun: command.DryRunServer},
			inputs{},
			debug.Options{DryRun: true, Timeout: -1},
		},
		"a dry run on the client": {
			flagValues{dryRun: command.DryRunClient},
			inputs{},
			debug.Options{Timeout: -1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := buildOptions(row.flags, row.in)
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

func TestInvalidFlagsAreUsageErrors(t *testing.T) {
	for want, flags := range map[string]flagValues{
		"--arguments-only needs arguments after --": {container: containerFlags{argumentsOnly: true}},
		"--env takes NAME=VALUE":                    {container: containerFlags{env: []string{"hunter2"}}},
	} {
		_, err := buildOptions(flags, inputs{})
		require.EqualError(t, err, want)
		require.ErrorAs(t, err, new(*command.UsageError))
	}
}
