package load_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/kx-k8s/kx/internal/leaktest"
)

var (
	e2e  = flag.Bool("e2e", false, "run over the cluster of $KUBECONFIG")
	full = flag.Bool("full", false, "run the loads in full, and not only a part")
	soak = flag.Duration("soak", 2*time.Second, "how long the mixed work runs")
)

// limit is how long one load may take.
const limit = 20 * time.Minute

// size returns the size of a load in this run.
func size(inFull, inPart int) int {
	if *full {
		return inFull
	}
	return inPart
}

func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) != "" {
		os.Exit(serve())
	}
	flag.Parse()
	leaktest.Main(m)
}
