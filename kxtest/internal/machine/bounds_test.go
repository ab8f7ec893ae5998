package machine_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kx-k8s/kx/internal/leaktest"
	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// lookout discards what a script writes, until text is in it.
type lookout struct {
	mu    sync.Mutex
	text  string
	tail  string // up to 200 bytes
	found chan struct{}
}

func (l *lookout) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail += string(b)
	if strings.Contains(l.tail, l.text) {
		close(l.found)
		l.text = "\x00 is never written"
	}
	l.tail = l.tail[max(0, len(l.tail)-200):]
	return len(b), nil
}

// end returns the end of what was written.
func (l *lookout) end() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail
}

// Kill ends every script, and leaves no goroutine. It comes once the script has written until.
func TestKill(t *testing.T) {
	const full, noFork = "Cannot allocate memory", "can't fork"
	for name, c := range map[string]struct{ script, until string }{
		"a loop":                   {"i=0; while :; do i=$((i+1)); [ $i = 100 ] && echo begun; done", "begun"},
		"a fork bomb":              {":(){ :|:& };:; while :; do :; done", noFork},
		"another fork bomb":        {"f() { f & f & }; f; sleep 1000", noFork},
		"a recursion of shells":    {"x='sh -c \"$x\" & sh -c \"$x\"'; export x; eval \"$x\"; sleep 1000", noFork},
		"an endless chain of exec": {"echo 'echo begun; exec sh /tmp/x' >/tmp/x; exec sh /tmp/x", "begun\nbegun\nbegun"},
		"a disk that fills up":     {"yes >/tmp/x; sleep 1000", "No space left"},
		"many files": {"i=0; while :; do i=$((i+1)); echo >/tmp/$i; [ $i = 1000 ] && echo begun; done 2>/dev/null",
			"begun"},
		"a line without end":         {"head -c 2000000000 /dev/zero | grep x; sleep 1000", full},
		"sorting without end":        {"yes | { head -n 1; sort; }; sleep 1000", "y\n"},
		"a substitution without end": {"x=$(echo begun >&2; yes); sleep 1000", "begun"},
		"a variable that doubles":    {"x=aaaaaaaaaaaaaaaa; while :; do x=$x$x$x$x; done; sleep 1000", "out of memory"},
		"many variables": {"x=$(head -c 1000000 /dev/zero | tr '\\0' a); i=0; while :; do i=$((i+1)); " +
			"eval \"v$i=\\$x\"; done; sleep 1000", "out of memory"},
		"many functions": {"x=$(seq 1000); i=0; while :; do i=$((i+1)); " +
			"eval \"f$i() { echo $(echo $x); }\"; [ $i = 100 ] && echo begun; done; sleep 1000", "begun"},
		"many parameters":                {"set a; while :; do set -- \"$@\" \"$@\"; done; sleep 1000", "out of memory"},
		"a process that ignores signals": {"trap '' INT TERM HUP; echo begun; sleep 1000", "begun"},
		"output that is not read":        {"sleep 1000 | { echo begun >&2; yes; }", "begun"},
		"endless input":                  {"head -c 1 /dev/zero; cat </dev/zero >/dev/null", "\x00"},
		"patterns that multiply": {"cd /tmp; ln -s . a; ln -s . b; while :; " +
			"do (echo */*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*); done", "out of memory"},
		"many traps": {"trap 'echo begun; kill $$' TERM; kill $$; sleep 1000", "begun\nbegun"},
	} {
		t.Run(name, func(t *testing.T) {
			defer leaktest.Verify(t, goleak.IgnoreCurrent())
			m := machine.New(machine.Config{})
			written := &lookout{text: c.until, found: make(chan struct{})}
			p, err := m.Start([]string{"sh", "-c", c.script}, machine.IO{Stdout: written, Stderr: written})
			require.NoError(t, err)
			select {
			case <-written.found:
			case <-time.After(limit):
				m.Kill()
				t.Fatalf("the script has not written %q, but at the end %q", c.until, written.end())
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
			`y=$(head -c 1000000 /dev/zero | tr '\0' b); (echo ${x//a/$y}); echo $?; set -- $x; (echo ` +
			`${1//a/$y}); ` +
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
