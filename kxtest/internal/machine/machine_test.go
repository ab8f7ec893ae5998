package machine_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// output runs a program in a machine beside others.
func output(t *testing.T, m *machine.Machine, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	p, err := m.Start(args, machine.IO{Stdout: &out, Stderr: &errs})
	require.NoError(t, err)
	code := p.Wait()
	return result{out.String(), errs.String(), code}
}

// start starts a program that ends with the test.
func start(t *testing.T, m *machine.Machine, args ...string) *machine.Process {
	t.Helper()
	p, err := m.Start(args, machine.IO{})
	require.NoError(t, err)
	t.Cleanup(func() { m.Kill(); p.Wait() })
	return p
}

func TestStart(t *testing.T) {
	t.Run("a missing program is reported in the runtime's words", func(t *testing.T) {
		for image, cases := range map[string]map[string]string{
			"kx.local/busybox:1": {
				"nosuch":  `exec: "nosuch": executable file not found in $PATH`,
				"/nosuch": "stat /nosuch: no such file or directory",
			},
			"kx.local/distroless:1": {
				"sh":      `exec: "sh": executable file not found in $PATH`,
				"/bin/sh": "stat /bin/sh: no such file or directory",
			},
		} {
			for name, want := range cases {
				_, err := machine.New(machine.Config{Image: image}).Start([]string{name}, machine.IO{})
				var missing *machine.NotFoundError
				require.ErrorAs(t, err, &missing)
				require.EqualError(t, err, want)
			}
		}
	})
	t.Run("a file that is not executable is refused", func(t *testing.T) {
		_, err := machine.New(machine.Config{}).Start([]string{"/etc/passwd"}, machine.IO{})
		require.EqualError(t, err, `exec: "/etc/passwd": permission denied`)
	})
	t.Run("a killed machine starts nothing", func(t *testing.T) {
		m := machine.New(machine.Config{})
		m.Kill()
		_, err := m.Start([]string{"true"}, machine.IO{})
		require.EqualError(t, err, `exec: "true": no such process`)
	})
	t.Run("the environment is the runtime's", func(t *testing.T) {
		r := run(
			t,
			machine.Config{Hostname: "web-0", Env: []string{"A=1", "PATH=/bin"}, Dir: "/srv/app"},
			"",
			"sh",
			"-c",
			"exec env",
		)
		require.Equal(t, "PATH=/bin\nHOSTNAME=web-0\nA=1\nHOME=/root\nPWD=/srv/app\nSHLVL=1\n", r.out)
	})
	t.Run("the configured files exist", func(t *testing.T) {
		r := run(t, machine.Config{Files: map[string]string{"/var/run/secrets/token": "abc\n"}}, "", "cat", "/var/"+
			"run/secrets/token")
		require.Equal(t, result{out: "abc\n"}, r)
	})
	t.Run("a user other than root cannot write everywhere", func(t *testing.T) {
		r := run(t, machine.Config{UID: 1000, GID: 1000}, "", "sh", "-c", "echo a >/tmp/f; cat /tmp/f; touch /x; ls /"+
			"root; rm -r /etc/passwd; id; whoami")
		require.Equal(t, "a\nuid=1000 gid=1000 groups=1000\n", r.out)
		require.Equal(t, "touch: /x: Permission denied\nls: can't open '/root': Permission denied\nrm: can't remove "+
			"'/etc/passwd': Permission denied\nwhoami: unknown uid 1000\n", r.err)
	})
	t.Run("the end of the container's own process ends the others", func(t *testing.T) {
		m := machine.New(machine.Config{})
		first := start(t, m, "sh", "-c", "trap 'exit 4' TERM; : >/tmp/ready; while :; do sleep 0.01; done")
		other := start(t, m, "sleep", "1000")
		output(t, m, "sh", "-c", "until [ -e /tmp/ready ]; do sleep 0.01; done; kill 1")
		require.Equal(t, 4, first.Wait())
		require.Equal(t, 137, other.Wait())
	})
	t.Run("the first process ignores signals without a handler", func(t *testing.T) {
		m := machine.New(machine.Config{})
		first := start(t, m, "sleep", "1000")
		for _, s := range []machine.Signal{machine.INT, machine.TERM, machine.HUP} {
			first.Signal(s)
		}
		require.Equal(t, 0, output(t, m, "kill", "-9", "1").code)
		require.Equal(
			t,
			"PID   USER     COMMAND\n    1 root     sleep 1000\n    3 root     ps\n",
			output(t, m, "ps").out,
		)
		first.Signal(machine.KILL)
		require.Equal(t, 137, first.Wait())
	})
	t.Run("other processes do not ignore them", func(t *testing.T) {
		m := machine.New(machine.Config{})
		start(t, m, "sleep", "1000")
		codes := map[machine.Signal]int{
			machine.INT: 130, machine.TERM: 143, machine.HUP: 129, machine.KILL: 137,
		}
		for signal, code := range codes {
			p := start(t, m, "cat", "/dev/zero")
			p.Signal(signal)
			require.Equal(t, code, p.Wait())
		}
	})
	t.Run("the program of a distroless image runs until a signal ends it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := start(t, machine.New(machine.Config{Image: "kx.local/distroless:1"}), "/app")
			synctest.Wait() // until it has nothing to do
			require.False(t, isDone(p))
			p.Signal(machine.TERM)
			require.Equal(t, 0, p.Wait())
		})
	})
}

func isDone(p *machine.Process) bool {
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}

func TestPrograms(t *testing.T) {
	greet := func(_ context.Context, p *machine.Process) int {
		name, _ := io.ReadAll(p.Stdin())
		fmt.Fprintf(p.Stdout(), "%s %s%s %s\n", p.Args()[1], name, p.Getenv("MARK"), p.Dir())
		return 6
	}
	c := machine.Config{
		Image:    "distroless",
		Env:      []string{"MARK=!"},
		Programs: map[string]machine.Program{"greet": greet, "/opt/greet": greet},
	}
	require.Equal(t, result{"hello kx! /\n", "", 6}, run(t, c, "kx", "greet", "hello"))
	require.Equal(t, result{"hello kx! /\n", "", 6}, run(t, c, "kx", "/opt/greet", "hello"))
	c.Image = "busybox"
	require.Equal(t, result{"a kx! /\n6\n", "", 0}, run(t, c, "kx", "sh", "-c", "greet a; echo $?"))

	wait := func(ctx context.Context, p *machine.Process) int { <-ctx.Done(); return 1 }
	m := machine.New(machine.Config{Programs: map[string]machine.Program{"wait": wait}})
	p := start(t, m, "wait")
	m.Kill()
	require.Equal(t, 137, p.Wait())
}

// A machine that shares another's process namespace sees its processes and, through /proc, its
// files.
func TestTarget(t *testing.T) {
	app := machine.New(
		machine.Config{
			Hostname: "web-0",
			Image:    "kx.local/distroless:1",
			Env:      []string{"MODE=prod"},
			Files:    map[string]string{"/data/secret": "42\n"},
		},
	)
	first := start(t, app, "/app")
	debugger := machine.New(machine.Config{Hostname: "web-0", Image: "kx.local/busybox:1", Target: app})
	start(t, debugger, "sleep", "1000")
	for _, c := range []struct{ script, out string }{
		{
			"ps",
			"PID   USER     COMMAND\n    1 root     /app\n    2 root     sleep 1000\n" +
				"    3 root     ps\n",
		},
		{"cat /proc/1/root/data/secret", "42\n"},
		{"ls /proc/1/root/data; ls -d /proc/1/root/bin/sh", "secret\n"},
		{"ls /bin/sh", "/bin/sh\n"},
		{"tr '\\0' '\\n' </proc/1/environ | grep MODE", "MODE=prod\n"},
		{"tr '\\0' ' ' </proc/1/cmdline; cat /proc/1/comm", "/app app\n"},
		{"grep -E '^(Name|Pid|Uid)' /proc/1/status", "Name:\tapp\nPid:\t1\nUid:\t0\t0\t0\t0\n"},
		{"ls /proc/1/fd; readlink /proc/1/exe; readlink /proc/self/cwd", "0\n1\n2\n/app\n/\n"},
		{
			"readlink /proc/1/ns/mnt | tr -d 0-9; for i in 1 2 $$ self; " +
				"do [ /proc/$i/ns/mnt -ef /proc/$$/ns/mnt ] && echo $i; done | grep -c .",
			"mnt:[]\n3\n",
		},
		{
			"[ /proc/1/ns/pid -ef /proc/self/ns/pid ] && ls /proc/1/ns; " +
				"test $(readlink /proc/1/ns/mnt) = $(readlink /proc/2/ns/mnt) || echo apart",
			"mnt\npid\napart\n",
		},
		{"cd /proc/1/root/data && pwd && ls", "/proc/1/root/data\nsecret\n"},
		{"echo new >/proc/1/root/tmp/f; cat /proc/1/root/tmp/f; ls /tmp/f", "new\n"},
		{"ls -d /proc/[0-9]*/root | head -n 2", "/proc/1/root\n/proc/2/root\n"},
		{"cat /proc/self/stat | grep -o '(.*)'; echo $$ | grep -c .", "(cat)\n1\n"},
	} {
		require.Equal(t, c.out, output(t, debugger, "sh", "-c", c.script).out, c.script)
	}
	require.Equal(
		t,
		"PID   USER     COMMAND\n",
		strings.SplitAfter(output(t, machine.New(machine.Config{}), "ps").out, "\n")[0],
	)

	nobody := machine.New(machine.Config{Target: app, UID: 1000})
	r := output(t, nobody, "sh", "-c", "ls /proc/1/root; cat /proc/1/environ; kill 1; [ /proc/1/ns/mnt -ef /proc/1/"+
		"ns/mnt ] || echo unreadable")
	require.Equal(t, "ls: /proc/1/root: Permission denied\ncat: can't open '/proc/1/environ': Permission denied\nsh: "+
		"can't kill pid 1: Operation not permitted\n", r.err)

	require.Equal(t, "unreadable\n", r.out)

	last := start(t, debugger, "sleep", "1000")
	require.Equal(t, 0, output(t, debugger, "kill", "1").code)
	require.Equal(t, 0, first.Wait())
	require.Equal(t, 137, last.Wait(), "the end of process 1 takes its namespace with it")
}

func TestAProcessReadsAnotherUsersFilesOnlyIfItMayTrace(t *testing.T) {
	for name, c := range map[string]struct {
		uid    int
		traces bool
		out    string
	}{
		"the same user": {1000, false, "app\n"}, "another": {1001, true, ""}, "root": {0, false, ""}, "root that " +
			"traces": {
			0, true, "app\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			target := machine.New(machine.Config{UID: 1000, ID: "c0ffee", Files: map[string]string{"/mark": "app\n"}})
			defer target.Kill()
			_, err := target.Start([]string{"sleep", "60"}, machine.IO{})
			require.NoError(t, err)
			r := run(
				t,
				machine.Config{UID: c.uid, Traces: c.traces, Target: target, ID: "beef"},
				"",
				"sh",
				"-c",
				"cat /proc/1/root/mark 2>/dev/null; head -n 1 /proc/1/cgroup; tail -n 1 /proc/self/cgroup",
			)
			require.Equal(t, c.out+"9:name=systemd:/k8s.io/c0ffee\n0::/k8s.io/beef\n", r.out)
		})
	}
}
