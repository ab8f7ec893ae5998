package kxtest_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain checks that no test leaves a goroutine, and reports the commands of kubectl that did not
// run.
func TestMain(m *testing.M) {
	report := goleak.Cleanup(func(code int) {
		if skippedCommands > 0 {
			fmt.Printf("kxtest: %d commands of kubectl did not run: there is no $KX_CLUSTER_BIN/kubectl\n", skippedCommands)
		}
		os.Exit(code)
	})
	goleak.VerifyTestMain(m, report)
}
