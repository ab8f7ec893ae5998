package kxtest_test

import (
	"testing"

	"github.com/kx-k8s/kx/internal/leaktest"
)

// TestMain checks that no test leaves a goroutine.
func TestMain(m *testing.M) { leaktest.Main(m) }
