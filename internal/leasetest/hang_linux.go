// Package leasetest makes a file hang, as on a file server that is lost.
package leasetest

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
)

// setLease is F_SETLEASE of fcntl(2).
const setLease = 1024

// Hang makes each open of a regular file wait until release is called or the test ends. It holds a
// write lease on the file (fcntl(2)). The kernel breaks one after 45 seconds by default
// (/proc/sys/fs/lease-break-time).
func Hang(t *testing.T, path string) (release func()) {
	t.Helper()
	signal.Ignore(syscall.SIGIO) // by which the kernel asks for the lease
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), setLease, syscall.F_WRLCK)
	if errno != 0 {
		f.Close()
		t.Skipf("the file system of %s has no leases: %v", path, errno)
	}
	release = sync.OnceFunc(func() { f.Close() })
	t.Cleanup(release)
	return release
}
