//go:build unix

package kubeconfig_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestUseContextKeepsTheFilesOwner(t *testing.T) {
	path := writeConfig(t, "contexts: [{name: new}]\n")
	uid, gid := os.Getuid(), os.Getgid()
	groups, err := os.Getgroups()
	require.NoError(t, err)
	switch {
	case uid == 0:
		uid, gid = 1, 1
	case len(groups) > 0:
		gid = groups[len(groups)-1]
	}
	require.NoError(t, os.Chown(path, uid, gid))
	files, err := kubeconfig.Read(path)
	require.NoError(t, err)
	require.NoError(t, files.UseContext("new"))
	info, err := os.Stat(path)
	require.NoError(t, err)
	owner := info.Sys().(*syscall.Stat_t)
	require.Equal(t, []int{uid, gid}, []int{int(owner.Uid), int(owner.Gid)})
}
