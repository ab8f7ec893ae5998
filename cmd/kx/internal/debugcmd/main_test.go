package debugcmd_test

import (
	"testing"

	"github.com/kx-k8s/kx/cmd/kx/internal/cli"
	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, cli.Run, cli.Main) }
