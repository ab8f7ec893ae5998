package machine_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// Kill ends every script within moments, and leaves no goroutine.
func TestKill(t *testing.T) {
	for name, script := range map[string]string{
		"a loop":                     "while :; do :; done",
		"a fork bomb":                ":(){ :|:& };:; while :; do :; done",
		"another fork bomb":          "f() { f & f & }; f; sleep 1000",
		"a recursion of shells":      "x='sh -c \"$x\" & sh -c \"$x\"'; export x; eval \"$x\"; sleep 1000",
		"an endless chain of exec":   "echo 'exec sh /tmp/x' >/tmp/x; exec sh /tmp/x",
		"a disk that fills up":       "yes >/tmp/x; sleep 1000",
		"many files":                 "i=0; while :; do i=$((i+1)); echo >/tmp/$i; done 2>/dev/null",
		"a line without end":         "head -c 2000000000 /dev/zero | grep x; sleep 1000",
		"sorting without end":        "yes | sort; sleep 1000",
		"a substitution without end": "x=$(yes); sleep 1000",
		"a variable that doubles":    "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x$x$x; done; sleep 1000",
		"many variables": "x=$(head -c 1000000 /dev/zero | tr '\\0' a); i=0; while :; do i=$((i+1)); " +
			"eval v$i=$x; done; sleep 1000",
		"many functions": "x=$(seq 1000); i=0; while :; do i=$((i+1)); " +
			"eval \"f$i() { echo $(echo $x); }\"; done; sleep 1000",
		"many parameters":                "set a; while :; do set -- \"$@\" \"$@\"; done; sleep 1000",
		"a process that ignores signals": "trap '' INT TERM HUP; sleep 1000",
		"output that is not read":        "sleep 1000 | yes",
		"endless input":                  "cat </dev/zero >/dev/null",
		"patterns that multiply": "cd /tmp; ln -s . a; ln -s . b; while :; " +
			"do (echo */*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*); done",
		"many traps": "trap 'kill $$' TERM; kill $$; sleep 1000",
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			m := machine.New(machine.Config{})
			p, err := m.Start([]string{"sh", "-c", script}, machine.IO{})
			require.NoError(t, err)
			select {
			case <-p.Done(): // the script ended by itself
			case <-time.After(300 * time.Millisecond):
			}
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			require.Less(t, memory.HeapInuse, uint64(1<<30))
			m.Kill()
			select {
			case <-p.Done():
			case <-time.After(limit):
				require.Fail(t, "the process did not end")
			}
		})
	}
}

// A script that exceeds a bound gets an error, and the machine keeps working.
func TestBounds(t *testing.T) {
	for name, c := range map[string]struct{ script, out, err string }{
		"a full disk": {
			"yes >/tmp/x; ls -l /tmp/x | wc -l; rm /tmp/x; echo a >/tmp/x && cat /tmp/x", "1\na\n",
			"yes: write error: No space left on device\n",
		},
		"too many processes": {"(i=0; while :; do sleep 1000 & i=$((i+1)); done); kill -9 -1; echo on",
			"on\n", "sh: can't fork: Resource temporarily unavailable\n"},
		"a function that calls itself": {"(f() { f; }; f); echo $?", "2\n", "sh: nested too deep\n"},
		"eval that evaluates itself":   {"x='eval \"$x\"'; (eval \"$x\"); echo $?", "2\n", "sh: nested too deep\n"},
		"a file that sources itself": {"echo '. /tmp/x' >/tmp/x; (. /tmp/x); echo $?", "2\n", "sh: nested too " +
			"deep\n"},
		"a variable that doubles": {"(x=aaaa; while :; do x=$x$x; done); echo $?", "2\n", "sh: out of memory\n"},
		"brackets without end": {
			"x=$(yes '$((' | head -n 20000 | tr -d '\\n'); (eval \"$x\"); echo $?", "2\n",
			"command too long\n",
		},
		"a replacement that multiplies": {`x=$(head -c 4000 /dev/zero | tr '\0' a); ` +
			`y=$(head -c 1000000 /dev/zero | tr '\0' b); (echo ${x//a/$y}); echo $?; set -- $x; (echo ${1//a/$y}); ` +
			`echo $?`,
			"2\n2\n", "sh: out of memory\n"},
		"patterns that multiply": {
			"cd /tmp; ln -s . a; ln -s . b; (echo */*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*); echo $?",
			"2\n", "sh: out of memory\n",
		},
		"patterns that go up and down": {
			"cd /tmp; for i in $(seq 500); do : >$i; done; (echo ../*/../*/../*/../*/../tmp/../tmp/*/../*); " +
				"(echo ../tmp/../*/../tmp/* ../*/../*/../*/../*/../*/../*/../*/../*/../*/*); echo $?",
			"2\n",
			"sh: out of memory\n",
		},
		"a line without end": {"grep a /dev/zero; echo $?", "2\n", "grep: read error: Cannot allocate memory\n"},
		"printf that pads without end": {
			`f=$(yes %999999s | head -n 20000); (printf "$f"); echo $?`, "1\n", "invalid format\n",
		},
		"matches without end": {
			`head -c 2000000 /dev/zero | tr '\0' a | grep -o a | wc -l`, "0\n",
			"grep: read error: Cannot allocate memory\n",
		},
		"cat to a full disk": {"cat /dev/zero >/tmp/x; echo $?", "1\n", "cat: write error: No space left on device\n"},
		"sorting too much":   {"yes | sort; echo $?", "1\n", "sort: read error: Cannot allocate memory\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sh(t, c.script)
			require.Equal(t, c.out, r.out)
			require.Contains(t, r.err, strings.TrimPrefix(c.err, "yes: "))
		})
	}
}
