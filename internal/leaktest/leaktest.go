// Package leaktest shows tests that no goroutine is left.
//
//	func TestMain(m *testing.M) { leaktest.Main(m) }
//
// Its checks are goleak's. goleak waits half a second at most, and on a busy machine goroutines
// that have nothing left to do may take longer to end.
package leaktest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// limit is how long goroutines may take to end. A test that leaks none does not wait for it.
const limit = time.Minute

// Main runs the tests of a package and exits. It exits with 1 if goroutines are left.
func Main(m *testing.M) {
	code := m.Run()
	if code == 0 {
		err := leaked(limit)
		if err != nil {
			fmt.Fprintf(os.Stderr, "leaktest: %v after the last test: %v\n", limit, err)
			code = 1
		}
	}
	os.Exit(code)
}

// Verify fails the test if goroutines are left that ignored does not name.
//
//	defer leaktest.Verify(t, goleak.IgnoreCurrent())
func Verify(t testing.TB, ignored ...goleak.Option) {
	t.Helper()
	err := leaked(limit, ignored...)
	if err != nil {
		t.Errorf("after %v: %v", limit, err)
	}
}

// leaked waits until no goroutine is left, and returns goleak's error if some still are after wait.
func leaked(wait time.Duration, ignored ...goleak.Option) error {
	for end := time.Now().Add(wait); ; {
		err := goleak.Find(ignored...)
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}
