//go:build unix && !aix && !solaris

package kubeconfig_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

const twoContexts = "contexts:\n- {name: a, context: {}}\n- {name: b, context: {}}\ncurrent-context: a\n"

// useContext chooses the context b of a file, and returns the files of its folder afterwards.
func useContext(t *testing.T, path string) (left []string, err error) {
	files, err := kubeconfig.Read(path)
	require.NoError(t, err)
	err = files.UseContext("b")
	entries, listErr := os.ReadDir(filepath.Dir(path))
	require.NoError(t, listErr)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	return left, err
}

func TestAKilledRunLeavesAWholeFileAndNothingThatStopsTheNext(t *testing.T) {
	path := writeConfig(t, twoContexts)
	locks := 0
	for i := range 60 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), switching+"="+path, "GORACE=atexit_sleep_ms=0")
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(stdout)
		require.True(t, lines.Scan(), "the program ends by the kill alone")
		require.Equal(t, "switched", lines.Text())
		if i%3 > 0 { // most kills meet a run that holds the lock
			require.Eventually(t, func() bool {
				_, err := os.Lstat(path + ".lock")
				return err == nil
			}, time.Minute, 10*time.Microsecond)
		}
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		if _, err := os.Lstat(path + ".lock"); err == nil {
			locks++
		}
		files, err := kubeconfig.Read(path)
		require.NoError(t, err)
		require.Len(t, files.Contexts, 2)
		require.Contains(t, []string{"a", "b"}, files.CurrentContext)
		left, err := useContext(t, path)
		require.NoError(t, err)
		require.Equal(t, []string{"config"}, left)
	}
	t.Logf("%d of 60 kills left a lock", locks)
}

func TestALockThatNobodyHoldsIsRemoved(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, lock string){
		"a new one": func(t *testing.T, lock string) { write(t, lock, "") },
		"one with half of the content": func(t *testing.T, lock string) {
			write(t, lock, twoContexts[:20])
		},
		"one that may not be written": func(t *testing.T, lock string) {
			write(t, lock, twoContexts)
			require.NoError(t, os.Chmod(lock, 0o644))
		},
		"another name of a file, which stays": func(t *testing.T, lock string) {
			other := write(t, filepath.Join(t.TempDir(), "other"), "mine")
			require.NoError(t, os.Link(other, lock))
			t.Cleanup(func() {
				content, err := os.ReadFile(other)
				require.NoError(t, err)
				require.Equal(t, "mine", string(content))
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeConfig(t, twoContexts)
			leave(t, path+".lock")
			left, err := useContext(t, path)
			require.NoError(t, err)
			require.Equal(t, []string{"config"}, left)
			files, err := kubeconfig.Read(path)
			require.NoError(t, err)
			require.Equal(t, "b", files.CurrentContext)
		})
	}
}

func TestALockOfAnotherProgramIsHonoured(t *testing.T) {
	for name, lock := range map[string]func(t *testing.T, lock string){
		"a running kx's": func(t *testing.T, lock string) {
			f, err := os.Create(lock)
			require.NoError(t, err)
			t.Cleanup(func() { f.Close() })
			require.NoError(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
		},
		"kubectl's": func(t *testing.T, lock string) {
			f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL, 0)
			require.NoError(t, err)
			require.NoError(t, f.Close())
		},
		"a folder": func(t *testing.T, lock string) { require.NoError(t, os.Mkdir(lock, 0o700)) },
		"a link":   func(t *testing.T, lock string) { require.NoError(t, os.Symlink(os.Args[0], lock)) },
		"a pipe":   func(t *testing.T, lock string) { require.NoError(t, syscall.Mkfifo(lock, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := writeConfig(t, twoContexts)
			lock(t, path+".lock")
			left, err := useContext(t, path)
			require.EqualError(t, err, "kubeconfig: "+path+
				" is locked: another program is changing it; if none is, remove "+path+".lock")
			require.Equal(t, []string{"config", "config.lock"}, left)
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, twoContexts, string(content))
		})
	}
}

func TestTheLocksOfALinkAndOfItsTargetAreHonoured(t *testing.T) {
	for _, locked := range []string{"link", "target", ""} {
		t.Run(locked, func(t *testing.T) {
			target := writeConfig(t, twoContexts)
			link := filepath.Join(t.TempDir(), "link")
			require.NoError(t, os.Symlink(target, link))
			if locked != "" {
				path := map[string]string{"link": link, "target": target}[locked]
				f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_EXCL, 0)
				require.NoError(t, err)
				require.NoError(t, f.Close())
				_, err = useContext(t, link)
				require.ErrorContains(t, err, path+" is locked")
				require.NoError(t, os.Remove(path+".lock"))
			}
			left, err := useContext(t, link)
			require.NoError(t, err)
			require.Equal(t, []string{"link"}, left)
			left, err = useContext(t, target)
			require.NoError(t, err)
			require.Equal(t, []string{"config"}, left)
		})
	}
}
