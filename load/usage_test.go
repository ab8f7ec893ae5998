package load_test

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// usage is what the process holds.
type usage struct {
	goroutines, descriptors int
	heap                    uint64 // bytes in use after a garbage collection
}

func (u usage) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, heap of %d KiB",
		u.goroutines, u.descriptors, u.heap>>10)
}

// measure returns what the process holds now.
func measure() usage {
	runtime.GC()
	runtime.GC() // frees what finalizers and pools held
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return usage{runtime.NumGoroutine(), descriptors(), memory.HeapAlloc}
}

// descriptors returns the number of open descriptors, or 0 on a system that does not list them.
func descriptors() int {
	for _, folder := range []string{"/proc/self/fd", "/dev/fd"} {
		entries, err := os.ReadDir(folder)
		if err == nil {
			return len(entries) - 1 // one is that of the folder
		}
	}
	return 0
}

// settleLimit is how long goroutines and descriptors may take to end after the last call. Idle
// connections of a client end after 90 s.
const settleLimit = 3 * time.Minute

// settled waits until the process has as many goroutines and descriptors as before, and returns
// what it holds. It fails the test if it has not after settleLimit.
func settled(t *testing.T, before usage) usage {
	t.Helper()
	for end := time.Now().Add(settleLimit); ; time.Sleep(10 * time.Millisecond) {
		if runtime.NumGoroutine() == before.goroutines && descriptors() == before.descriptors {
			return measure()
		}
		if time.Now().After(end) {
			var stacks strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Fatalf("before: %v; now: %v\n%s", before, measure(), stacks.String())
		}
	}
}

// figures are the costs of one load.
type figures struct {
	before usage
	began  time.Time
	cpu    time.Duration
}

// begin starts to measure a load.
func begin() *figures {
	debug.FreeOSMemory()
	// 5 resets the peak of the resident memory (proc_pid_clear_refs(5)). Elsewhere than on Linux
	// there is no such file.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	return &figures{before: measure(), began: time.Now(), cpu: cpuTime()}
}

// end prints the figures, and fails the test if goroutines or descriptors are left. The clients of
// the load must be closed.
func (f *figures) end(t *testing.T, format string, args ...any) {
	t.Helper()
	wall, cpu, peak := time.Since(f.began), cpuTime()-f.cpu, peakMemory()
	after := settled(t, f.before)
	t.Logf("%s: %v, CPU %v, peak memory %s; before: %v; after: %v", fmt.Sprintf(format, args...),
		wall.Round(10*time.Millisecond), cpu.Round(10*time.Millisecond), peak, f.before, after)
	require.Equal(t, f.before.goroutines, after.goroutines)
	require.Equal(t, f.before.descriptors, after.descriptors)
}

// cpuTime returns the CPU time of this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	if err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory returns the peak of the resident memory since begin, where the system tells it.
func peakMemory() string {
	status, _ := os.ReadFile("/proc/self/status")
	found := peakLine.FindSubmatch(status)
	if found == nil {
		return "unknown"
	}
	kib, _ := strconv.Atoi(string(found[1]))
	return fmt.Sprintf("%d MiB", kib>>10)
}
