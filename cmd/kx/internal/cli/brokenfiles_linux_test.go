package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

// process returns a kx that may write at most limit blocks of 512 bytes into a file, as on a disk
// that is full. For root it is without root's right to write into each folder.
func process(t *testing.T, limit string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	require.NoError(t, err)
	program := filepath.Join(t.TempDir(), "kx") // Main runs kx under that name
	require.NoError(t, os.Symlink(self, program))
	cmd := exec.CommandContext(clitest.WithLimit(t), "sh", append([]string{"-c", "ulimit -f " + limit + `; exec "$0" "$@"`, program}, args...)...)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getgid(), Size: 1}},
		}
	}
	return cmd
}

// run runs a process and returns its exit code and its messages.
func run(t *testing.T, cmd *exec.Cmd) (code int, messages string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	require.True(t, cmd.ProcessState != nil && cmd.ProcessState.Exited(), "%v: %s", err, &stderr)
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// filesIn returns the names and the contents of the files of a folder.
func filesIn(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(text)
	}
	return files
}

const (
	fullDisk   = "1"
	largeDisk  = "unlimited"
	theContext = "current-context: a\ncontexts:\n- {name: a, context: {}}\n- {name: b, context: {}}\n"
)

func TestOnAFullDiskAndInAReadOnlyFolderEachFileStaysAsItWas(t *testing.T) {
	c := clitest.Start(t)
	c.MustRun("exec", "shell", "-c", "main", "-q", "--", "sh", "-c", "head -c 100000 /dev/zero >/tmp/large; echo hi >/tmp/small")
	padded := "# " + strings.Repeat("x", 2000) + "\n" + theContext
	printed := func(ran string) []string {
		return []string{"exec", "shell", "-c", "main", "-q", "--record", "DIR/cast", "--", "sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; touch /tmp/" + ran + "; exit 7"}
	}
	for name, tc := range map[string]struct {
		args   []string
		before string // the content of the file called old
		disk   string
		mode   os.FileMode
		code   int
		want   string
		after  map[string]string // beside old
	}{
		"cp out, full disk":          {[]string{"cp", "shell:/tmp/large", "DIR/new", "-c", "main"}, "old", fullDisk, 0o755, 1, "file too large", nil},
		"cp out onto old, full disk": {[]string{"cp", "shell:/tmp/large", "DIR/old", "-c", "main"}, "old", fullDisk, 0o755, 1, "file too large", nil},
		"cp out, read-only":          {[]string{"cp", "shell:/tmp/small", "DIR/new", "-c", "main"}, "old", largeDisk, 0o555, 1, "permission denied", nil},
		"cp out onto old, read-only": {[]string{"cp", "shell:/tmp/small", "DIR/old", "-c", "main"}, "old", largeDisk, 0o555, 1, "permission denied", nil},
		"cp in, full disk":           {[]string{"cp", "-q", "DIR/old", "shell:/tmp/in1", "-c", "main"}, "old", "0", 0o755, 0, "", nil},
		"cp in, read-only":           {[]string{"cp", "-q", "DIR/old", "shell:/tmp/in2", "-c", "main"}, "old", largeDisk, 0o555, 0, "", nil},
		"config edit, full disk":     {[]string{"config", "use-context", "b", "--kubeconfig", "DIR/old"}, padded, fullDisk, 0o755, 1, "file too large", nil},
		"config edit, read-only":     {[]string{"config", "use-context", "b", "--kubeconfig", "DIR/old"}, padded, largeDisk, 0o555, 1, "permission denied", nil},
		"a recording, read-only":     {printed("refused"), "old", largeDisk, 0o555, 125, "cannot record: open DIR/cast: permission denied", nil},
		"a recording, full disk":     {printed("ran"), "old", "0", 0o755, 7, "the recording DIR/cast.partial is incomplete: write DIR/cast.partial: file too large", map[string]string{"cast.partial": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(folder, "old"), []byte(tc.before), 0o600))
			require.NoError(t, os.Chmod(folder, tc.mode))
			t.Cleanup(func() { require.NoError(t, os.Chmod(folder, 0o700)) })
			args := []string{"--kubeconfig", c.KubeconfigFile}
			for _, arg := range tc.args {
				args = append(args, strings.ReplaceAll(arg, "DIR", folder))
			}
			code, messages := run(t, process(t, tc.disk, args...))
			require.Equal(t, tc.code, code, messages)
			require.Contains(t, strings.ReplaceAll(messages, folder, "DIR"), tc.want)
			want := map[string]string{"old": tc.before}
			for name, text := range tc.after {
				want[name] = text
			}
			require.Equal(t, want, filesIn(t, folder))
		})
	}
	require.Equal(t, "/tmp/ran\n", c.Kx("exec", "shell", "-c", "main", "-q", "--", "sh", "-c", "ls /tmp/ran; ls /tmp/refused").Out,
		"without its recording no program runs")
}

// The kernel sends SIGHUP, and each read and write of the terminal fails with EIO.
func TestWhenTheTerminalIsClosedNoFileIsHalfAndTheNextRunGoesOn(t *testing.T) {
	c := clitest.Start(t)
	c.MustRun("exec", "shell", "-c", "main", "-q", "--", "sh", "-c", "head -c 100000 /dev/zero >/tmp/out; echo old >/tmp/in")
	large := strings.Repeat("x", 100000)
	inContainer := func() string { return c.MustRun("exec", "shell", "-c", "main", "-q", "--", "cat", "/tmp/in") }
	for name, tc := range map[string]struct {
		args   []string
		fault  kxtest.Fault
		begins func(folder string) bool // kx is in the middle
		left   func(t *testing.T, files map[string]string)
		after  func(t *testing.T, files map[string]string) // the next run
	}{
		"cp out": {
			args:  []string{"cp", "-q", "shell:/tmp/out", "DIR/new", "-c", "main"},
			fault: kxtest.Fault{Query: map[string]string{"stdout": "true"}, Skip: 1, Then: kxtest.FreezeStream(50_000)},
			begins: func(folder string) bool {
				found, _ := filepath.Glob(folder + "/.kx-cp-*")
				return len(found) == 1
			},
			left:  func(t *testing.T, files map[string]string) { require.NotContains(t, files, "new") },
			after: func(t *testing.T, files map[string]string) { require.Len(t, files["new"], 100_000) },
		},
		"cp in": {
			args:  []string{"cp", "-q", "DIR/old", "shell:/tmp/in", "-c", "main"},
			fault: kxtest.Fault{Query: map[string]string{"stdin": "true"}, Then: kxtest.FreezeStream(0)},
			begins: func(string) bool {
				return slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool { return r.Query.Get("stdin") == "true" })
			},
			left: func(t *testing.T, _ map[string]string) {
				require.True(t, slices.Contains([]string{"old\n", large}, inContainer()), "the old file or the whole new one")
			},
			after: func(t *testing.T, _ map[string]string) { require.Equal(t, large, inContainer()) },
		},
		"a recording": {
			args: []string{"exec", "shell", "-c", "main", "-q", "--record", "DIR/cast", "--", "sh", "-c", "echo printed; [ -e /tmp/second ] || sleep 600"},
			begins: func(folder string) bool {
				text, _ := os.ReadFile(folder + "/cast.partial")
				return strings.Contains(string(text), "printed")
			},
			left: func(t *testing.T, files map[string]string) {
				text, named := files["cast"]
				if named { // kx has ended the session before it ended itself
					require.Regexp(t, `^\{.*\}\n(\[.*\]\n)+$`, text)
				}
				c.MustRun("exec", "shell", "-c", "main", "-q", "--", "touch", "/tmp/second")
			},
			after: func(t *testing.T, files map[string]string) { require.Contains(t, files["cast"], "printed") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(folder, "old"), []byte(large), 0o600))
			var args []string
			for _, arg := range tc.args {
				args = append(args, strings.ReplaceAll(arg, "DIR", folder))
			}
			if tc.fault.Then != nil {
				c.Fault(tc.fault)
			}
			w := clitest.NewTerminal(t)
			w.Start(c, args...)
			clitest.WaitUntil(t, func() bool { return tc.begins(folder) }, "kx is in the middle")
			require.NoError(t, w.Master.Close())
			require.Error(t, w.Cmd.Wait())
			tc.left(t, filesIn(t, folder))
			_ = os.Remove(folder + "/cast") // --record refuses a file that exists
			require.Equal(t, 0, c.Kx(args...).Code)
			files := filesIn(t, folder)
			tc.after(t, files)
			require.NotContains(t, fmt.Sprint(files), ".kx-cp-")
			require.NotContains(t, files, "cast.partial")
		})
	}
}

func TestAConfigEditWithoutATerminalForItsMessageIsWholeAndHoldsNoLock(t *testing.T) {
	w := clitest.NewTerminal(t)
	require.NoError(t, w.Master.Close())
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "config"), []byte(theContext), 0o600))
	cmd := process(t, largeDisk, "config", "use-context", "b", "--kubeconfig", filepath.Join(folder, "config"))
	cmd.Stdout, cmd.Stderr = w.Slave, w.Slave
	require.Error(t, cmd.Run(), "its message was lost")
	require.Equal(t, map[string]string{"config": strings.Replace(theContext, "context: a", "context: b", 1)}, filesIn(t, folder))
}
