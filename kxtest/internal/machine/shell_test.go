package machine_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/leaktest"
	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// limit ends a test that hangs. A busy machine needs a small part of it.
const limit = 2 * time.Minute

// result is what a process wrote and returned.
type result struct {
	out, err string
	code     int
}

// run runs a program in a new machine.
func run(t *testing.T, c machine.Config, stdin string, args ...string) result {
	t.Helper()
	m := machine.New(c)
	defer m.Kill()
	var out, errs bytes.Buffer
	p, err := m.Start(args, machine.IO{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs})
	require.NoError(t, err)
	select {
	case <-p.Done():
	case <-time.After(limit):
		m.Kill()
		t.Fatalf("%q does not end", args)
	}
	return result{out.String(), errs.String(), p.Wait()}
}

// sh runs a shell script as root, in a pod called web-0.
func sh(t *testing.T, script string) result {
	t.Helper()
	return run(t, machine.Config{Hostname: "web-0"}, "", "sh", "-c", script)
}

func TestShell(t *testing.T) {
	for name, c := range map[string]struct {
		script, out, err string
		code             int
	}{
		"words are written":                      {script: "echo hello   world", out: "hello world\n"},
		"a missing program is 127":               {script: "nosuch", err: "sh: nosuch: not found\n", code: 127},
		"a directory is not executable":          {script: "/tmp", err: "sh: /tmp: Permission denied\n", code: 126},
		"exit sets the exit code":                {script: "exit 7", code: 7},
		"the last command's code is the shell's": {script: "true; false", code: 1},
		"commands after a failure run":           {script: "false; echo on", out: "on\n"},
		"set -e ends at a failure":               {script: "set -e; false; echo on", code: 1},
		"set -e lets conditions fail": {
			script: "set -e; if false; then :; fi; false || true; ! true; echo on",
			out:    "on\n",
		},
		"a pipe connects stdout and stdin":              {script: "echo b a | tr ' ' '\\n' | sort", out: "a\nb\n"},
		"the last command of a pipe sets the exit code": {script: "false | true"},
		"pipefail":                               {script: "set -o pipefail; false | true", code: 1},
		"variables":                              {script: "x=1; echo $x ${y:-2} ${x:+3} ${#x}", out: "1 2 3 1\n"},
		"a variable for one command":             {script: "x=1; x=2 sh -c 'echo $x'; echo $x", out: "2\n1\n"},
		"only exported variables reach programs": {script: "x=1; y=2; export y; sh -c 'echo $x-$y'", out: "-2\n"},
		"arithmetic":                             {script: "echo $((2+3*4)) $((7/2))", out: "14 3\n"},
		"a division by zero": {
			script: "echo $((1/0)); echo no",
			err:    "sh: divide by zero\n",
			code:   2,
		},
		"substitution":        {script: "echo $(echo a; echo b) `echo c`", out: "a b c\n"},
		"substitution's code": {script: "x=$(exit 3); echo $?", out: "3\n"},
		"quotes keep blanks":  {script: `x="a  b"; echo "$x" '$x'`, out: "a  b $x\n"},
		"for":                 {script: "for i in 1 2 3; do echo $i; done", out: "1\n2\n3\n"},
		"while with break and continue": {
			script: "i=0; while :; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done",
			out:    "1\n3\n",
		},
		"break leaves two loops": {
			script: "for i in 1 2; do for j in 1 2; do echo $i$j; break 2; done; done",
			out:    "11\n",
		},
		"until": {script: "i=0; until [ $i -ge 2 ]; do i=$((i+1)); done; echo $i", out: "2\n"},
		"case": {
			script: "case abc in x) echo x;; a*|b) echo a;; *) echo other;; esac",
			out:    "a\n",
		},
		"if elif else": {
			script: "if false; then echo 1; elif true; then echo 2; else echo 3; fi",
			out:    "2\n",
		},
		"functions": {
			script: "f() { local x=$1; echo $x $#; return 4; }; x=g; f a b; echo $? $x",
			out:    "a 2\n4 g\n",
		},
		"a subshell keeps its changes": {script: "x=1; (x=2; cd /tmp; exit 3); echo $? $x $(pwd)", out: "3 1 /\n"},
		"redirections": {
			script: "echo a >/tmp/f; echo b >>/tmp/f; cat </tmp/f; cat /tmp/f | wc -l",
			out:    "a\nb\n2\n",
		},
		"stderr is redirected": {
			script: "cat /nosuch 2>&1; cat /nosuch 2>/dev/null",
			out:    "cat: can't open '/nosuch': No such file or directory\n",
			code:   1,
		},
		"a file that cannot be read is an error": {
			script: "cat </nosuch; echo $?",
			out:    "1\n",
			err:    "sh: can't open /nosuch: no such file\n",
		},
		"here-documents": {
			script: "x=1; cat <<EOF\na $x\nEOF\ncat <<'EOF'\nb $x\nEOF\ncat <<-EOF\n\t\tc\n\tEOF",
			out:    "a 1\nb $x\nc\n",
		},
		"exec replaces the shell": {script: "exec echo a; echo b", out: "a\n"},
		"exec keeps redirections": {script: "exec >/tmp/f; echo a; exec >&2; cat /tmp/f", err: "a\n"},
		"patterns": {script: "cd /etc; echo pass* [gh]o* nosuch*", out: "passwd hostname hosts " +
			"nosuch*\n"},
		"braces are not expanded": {script: "echo {a,b} {1..3}", out: "{a,b} {1..3}\n"},
		"positional parameters": {
			script: `set -- a "b c" d; shift; echo $# "$1"; for x; do echo "$x"; done; printf '<%s>' "$@"`,
			out:    "2 b c\nb c\nd\n<b c><d>",
		},
		"read splits":           {script: "echo a b c | { read x y; echo $y-$x; }", out: "b c-a\n"},
		"read leaves the rest":  {script: "printf '1\\n2\\n' | { read x; cat; }", out: "2\n"},
		"read at the end fails": {script: "read x </dev/null; echo $?", out: "1\n"},
		"while read": {script: "printf 'a 1\\nb 2\\n' | while read k v; do echo $v$k; done", out: "1a\n" +
			"2b\n"},
		"background and wait": {
			script: "sleep 0.01 & p=$!; wait $p; echo $?; (exit 5) & wait $!; echo $?",
			out:    "0\n5\n",
		},
		"wait for an unknown process": {script: "wait 999; echo $?", out: "127\n"},
		"a trap at the end":           {script: "trap 'echo bye $?' EXIT; exit 3", out: "bye 3\n", code: 3},
		"a trapped signal":            {script: "trap 'echo got' TERM; kill $$; echo on", out: "got\non\n"},
		"an ignored signal": {
			script: "(trap '' TERM; kill -TERM $(sh -c 'echo $PPID'); echo on)",
			out:    "on\n",
		},
		"a killed child is 128 and its signal": {
			script: "sleep 100 & kill -9 $!; wait $!; echo $?",
			out:    "137\n",
			err:    "Killed\n",
		},
		"terminated": {
			script: "sleep 100 & kill $!; wait $!; echo $?",
			out:    "143\n",
			err:    "Terminated\n",
		},
		"eval": {script: "x='echo a'; eval $x b", out: "a b\n"},
		"a sourced file": {
			script: "echo 'x=5; return 2' >/tmp/f; . /tmp/f; echo $? $x",
			out:    "2 5\n",
		},
		"a script with its interpreter": {
			script: "printf '#!/bin/sh\\necho $0 $1\\n' >/tmp/f; chmod +x /tmp/f; /tmp/f a",
			out:    "/tmp/f a\n",
		},
		"a script without an interpreter": {script: "echo 'echo $1' >/tmp/f; chmod +x /tmp/f; /tmp/f a", out: "a\n"},
		"command -v": {
			script: "command -v cat cd; command -v nosuch; echo $?; f() { :; }; type f",
			out:    "/bin/cat\ncd\n127\nf is a function\n",
		},
		"test": {
			script: "[ -d /tmp ] && [ ! -e /nosuch ] && [ 1 -lt 2 -a a = a ] && test -f /etc/passwd && [[ abc == a* " +
				"]] && echo yes",
			out: "yes\n",
		},
		"set -u":   {script: "set -u; echo $nosuch; echo on", err: "sh: nosuch: parameter not set\n", code: 2},
		"${x:?}":   {script: "echo ${x:?bad}", err: "sh: x: bad\n", code: 2},
		"set -x":   {script: "set -x; echo a", out: "a\n", err: "+ echo a\n"},
		"readonly": {script: "readonly a=1; a=2; echo on", err: "sh: a: is read only\n", code: 2},
		"cd": {
			script: "cd /tmp; pwd; cd ..; pwd; cd -; cd /nosuch; echo $?",
			out:    "/tmp\n/\n/tmp\n2\n",
			err:    "sh: cd: line 0: can't cd to /nosuch: No such file or directory\n",
		},
		"the shell's number is that of the first process": {script: "echo $$ $(echo $$)", out: "1 1\n"},
		"negation":              {script: "! true; echo $?; ! false; echo $?", out: "1\n0\n"},
		"a home directory":      {script: "echo ~ ~root ~nosuch", out: "/root /root ~nosuch\n"},
		"an unfinished command": {script: "if", err: "sh: syntax error: unexpected end of file\n", code: 2},
		"a stray bracket": {
			script: "echo a\n)",
			out:    "a\n",
			err:    "sh: syntax error: unexpected \")\"\n",
			code:   2,
		},
		"an unfinished quotation": {script: "echo 'a", err: "sh: syntax error: unterminated quoted string\n", code: 2},
		"arrays are bash's":       {script: "a=(1 2)", err: "sh: syntax error: unexpected \"(\"\n", code: 2},
		"process substitution is bash's": {
			script: "cat <(echo a)",
			err:    "sh: syntax error: unexpected \"(\"\n",
			code:   2,
		},
		"no process substitution in eval either": {
			script: "eval 'cat <(echo a)'",
			err:    "sh: syntax error: unexpected \"(\"\n",
			code:   2,
		},
		"text is replaced": {
			script: "x=banana; echo ${x/an/AN} ${x//an/AN} ${x#b} ${x%a} ${x:1:3}",
			out:    "bANana bANANa anana banan ana\n",
		},
		"a here-document longer than a pipe": {
			script: "x=$(head -c 200000 /dev/zero | tr '\\0' a); cat <<EOF | wc -c\n$x\nEOF",
			out:    "200001\n",
		},
		"umask": {script: "umask 077; touch /tmp/f; ls -l /tmp/f | head -c 10; echo; umask", out: "-rw-------\n0077\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, result{c.out, c.err, c.code}, sh(t, c.script))
		})
	}
}

// bounded keeps the first MiB that is written.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len() < 1<<20 {
		b.Buffer.Write(p)
	}
	return len(p), nil
}

// FuzzShell types any text into a shell, at a terminal and as a script. The program must survive,
// Kill must end the shell, and nothing of the host may show.
func FuzzShell(f *testing.F) {
	for _, text := range []string{
		"echo $((1<<-1))", "cat <<A\n$x\nA", "x=$(yes)", "f() { f; }; f", "eval 'eval $x'",
		"a=(1 2); echo ${a[@]}", "echo ${x:-${y:=z}} ${#x} ${x//a/b}", "trap 'kill $$' 15; kill $$",
		"exec 3<>/tmp/x; echo a >&3", "while read x; do echo $x; done </etc/passwd",
		"for i in *; do [ -d $i ] && ls " +
			"$i; done",
		"sleep 1 & wait $!",
		"\x03\x04\x1c\x7f\x15",
		"stty raw; cat",
		"cat /proc/self/environ /proc/*/cmdline",
		"echo ~root ~daemon ~nobody",
		"`echo `echo``",
		"case x in [a-z]) " +
			";& *) echo;; esac",
		"[[ a =~ b ]]",
		"echo {1..99999999}",
		"type go; command -v sh",
		"printf '%99999999d' 1",
		"test ! ! ! ! a",
		"ls -lR /",
		"set -eux; false",
		"local x",
		"ln -s / /tmp/r; " +
			"ls -R /tmp",
		"exec sh",
		":(){ :|:& };:",
	} {
		f.Add(text, true)
		f.Add(text, false)
	}
	const secret = "kx-fuzz-secret-8c1f"
	require.NoError(f, os.Setenv("KX_FUZZ_SECRET", secret))
	f.Fuzz(func(t *testing.T, text string, tty bool) {
		m := machine.New(machine.Config{Hostname: "web-0"})
		var out bounded
		stdin, typed := io.Pipe()
		p, err := m.Start([]string{"sh"}, machine.IO{Stdin: stdin, Stdout: &out, Stderr: io.Discard, TTY: tty})
		require.NoError(t, err)
		go func() {
			_, _ = io.Copy(typed, strings.NewReader(text+"\n"))
			_ = typed.Close()
		}()
		select {
		case <-p.Done():
		case <-time.After(50 * time.Millisecond):
		}
		m.Kill()
		select {
		case <-p.Done():
		case <-time.After(limit):
			t.Fatalf("the process did not end after %q", text)
		}
		_ = stdin.Close()
		require.NotContains(t, out.String(), secret)
	})
}
