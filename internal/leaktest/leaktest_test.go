package leaktest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { Main(m) }

func TestAGoroutineMayEndLate(t *testing.T) {
	before := goleak.IgnoreCurrent()
	release := make(chan struct{})
	time.AfterFunc(time.Second, func() { close(release) }) // goleak alone waits half of it
	go func() { <-release }()
	Verify(t, before)
}

func TestAGoroutineThatStaysIsNamed(t *testing.T) {
	before := goleak.IgnoreCurrent()
	release := make(chan struct{})
	go func() { <-release }()
	require.ErrorContains(t, leaked(0, before), "TestAGoroutineThatStaysIsNamed.func1")
	close(release)
	require.NoError(t, leaked(limit, before))
}
