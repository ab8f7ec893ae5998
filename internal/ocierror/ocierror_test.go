package ocierror_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/ocierror"
)

func TestParseReadsTheWordsOfEachRuntime(t *testing.T) {
	const (
		containerdExec = "error executing command in container: failed to exec in container: failed to start exec \"9bc9\": OCI runtime exec failed: "
		containerdRun  = "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
	)
	for name, test := range map[string]struct {
		message string
		want    ocierror.Failure
	}{
		"runc under containerd, no such program": {
			containerdExec + `exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown`,
			ocierror.Failure{Code: 127, Program: "nosuch", Reason: "executable file not found in $PATH"}},
		"runc under containerd, no such path": {
			containerdExec + `exec failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown`,
			ocierror.Failure{Code: 127, Program: "/no/such", Reason: "stat /no/such: no such file or directory"}},
		"runc under containerd, not executable": {
			containerdExec + `exec failed: unable to start container process: exec: "/tmp/c": permission denied: unknown`,
			ocierror.Failure{Code: 126, Program: "/tmp/c", Reason: "permission denied"}},
		"runc under containerd, below a file": {
			containerdExec + `exec failed: unable to start container process: exec: "/etc/passwd/x": stat /etc/passwd/x: not a directory: unknown`,
			ocierror.Failure{Code: 126, Program: "/etc/passwd/x", Reason: "stat /etc/passwd/x: not a directory"}},
		"runc 1.2 under containerd, a directory": {
			containerdExec + `exec failed: unable to start container process: exec: "/tmp": is a directory: unknown`,
			ocierror.Failure{Code: 126, Program: "/tmp", Reason: "is a directory"}},
		"runc under containerd, a container without its program": {
			containerdRun + `runc create failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown`,
			ocierror.Failure{Code: 127, Program: "nosuch", Reason: "executable file not found in $PATH"}},
		"runc 1.2 under containerd, a container without its program": {
			containerdRun + `runc create failed: unable to start container process: error during container init: exec: "nosuch": executable file not found in $PATH: unknown`,
			ocierror.Failure{Code: 127, Program: "nosuch", Reason: "executable file not found in $PATH"}},
		"runc 1.0 under containerd, quotes in quotes": {
			containerdExec + `exec failed: container_linux.go:345: starting container process caused "exec: \"sh\": executable file not found in $PATH": unknown`,
			ocierror.Failure{Code: 127, Program: "sh", Reason: "executable file not found in $PATH"}},
		"runc 1.0 under dockershim": {
			`OCI runtime exec failed: exec failed: container_linux.go:348: starting container process caused "exec: \"/bin/bash\": stat /bin/bash: no such file or directory": unknown`,
			ocierror.Failure{Code: 127, Program: "/bin/bash", Reason: "stat /bin/bash: no such file or directory"}},
		"runc under CRI-O": {
			`container create failed: time="2026-01-02T03:04:05Z" level=error msg="runc create failed: unable to start container process: exec: \"/bin/x\": permission denied"`,
			ocierror.Failure{Code: 126, Program: "/bin/x", Reason: "permission denied"}},
		"runc under CRI-O, quoted once more": {
			`"Container creation error: \"runc create failed: unable to start container process: error during container init: exec: \\\"./agent\\\": stat ./agent: no such file or directory\""`,
			ocierror.Failure{Code: 127, Program: "./agent", Reason: "stat ./agent: no such file or directory"}},
		"crun under CRI-O, no such program": {
			"container create failed: executable file `nosuch` not found in $PATH: No such file or directory\n",
			ocierror.Failure{Code: 127, Program: "nosuch", Reason: "not found in $PATH: No such file or directory"}},
		"crun under CRI-O, no such path": {
			"container create failed: executable file `/no/such` not found: No such file or directory",
			ocierror.Failure{Code: 127, Program: "/no/such", Reason: "not found: No such file or directory"}},
		"crun under CRI-O, a directory": {
			"container create failed: open executable: Operation not permitted",
			ocierror.Failure{Code: 126, Reason: "Operation not permitted"}},
		"crun under CRI-O, not executable": {
			"container create failed: the path `/tmp/c` exists but it is not executable: Permission denied",
			ocierror.Failure{Code: 126, Program: "/tmp/c", Reason: "it is not executable: Permission denied"}},
		"crun under containerd, another architecture": {
			containerdRun + "exec container process `/bin/sh`: Exec format error: unknown",
			ocierror.Failure{Code: 126, Program: "/bin/sh", Reason: "Exec format error"}},
		"crun, no loader": {
			"exec container process (missing dynamic library?) `/app`: No such file or directory: OCI runtime attempted to invoke a command that was not found",
			ocierror.Failure{Code: 127, Program: "/app", Reason: "No such file or directory"}},
		"Kata Containers": {
			containerdExec + `Others("rpc status: code: INTERNAL message: \"the file /bin/bash was not found\""): unknown`,
			ocierror.Failure{Code: 127, Program: "/bin/bash", Reason: "not found"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := ocierror.Parse(test.message)
			require.True(t, ok)
			require.Equal(t, test.want, got)
		})
	}
}

func TestParseLeavesOtherFailures(t *testing.T) {
	for name, message := range map[string]string{
		"nothing":                  "",
		"a directory to start in":  `OCI runtime exec failed: exec failed: unable to start container process: chdir to cwd ("/x") set in config.json failed: no such file or directory: unknown`,
		"a mount":                  `error mounting "/x" to rootfs at "/y": mount /x:/y: no such file or directory: unknown`,
		"a stopped container":      `container not found ("app")`,
		"a lack of memory":         `OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": cannot allocate memory: unknown`,
		"a name without its quote": `exec: "sh`,
		"a name without a reason":  `exec: "sh"`,
		"crun's cgroup":            "crun: open /sys/fs/cgroup/x/cgroup.freeze: No such file or directory",
	} {
		t.Run(name, func(t *testing.T) {
			_, ok := ocierror.Parse(message)
			require.False(t, ok)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`exec: "nosuch": executable file not found in $PATH: unknown`)
	f.Add("executable file `a` not found")
	f.Add(`\\\"the file  was not found\"`)
	f.Fuzz(func(t *testing.T, message string) {
		got, ok := ocierror.Parse(message)
		require.Equal(t, ok, got.Code == ocierror.NotExecutable || got.Code == ocierror.NotFound)
		require.True(t, strings.Contains(strings.ReplaceAll(message, `\`, ""), got.Program))
	})
}
