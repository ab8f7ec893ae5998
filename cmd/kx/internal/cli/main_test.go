package cli

import (
	"testing"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, Run, Main) }
