package command

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/subresource"
)

func TestAFailedRecordingIsReportedAtTheEndAndKeepsTheExitCode(t *testing.T) {
	for name, test := range map[string]struct {
		came error
		want string // of the error that is returned
		told string
	}{
		"the session succeeded":          {nil, "is incomplete: write ", ""},
		"the program exited with a code": {clitest.ExitError(7), clitest.ExitError(7).Error(), "error: the recording RECORD is incomplete: write RECORD: bad file descriptor\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := clitest.WriteFile(t, "session.cast", "")
			file, err := os.Open(path) // so that each write fails
			require.NoError(t, err)
			r := RecordFlag{Name: path, file: file, Recorder: subresource.NewRecorder(file, 0, 0)}
			r.Recorder.Exit(0)
			var told bytes.Buffer
			require.ErrorContains(t, r.finish(&Invocation{Streams: Streams{Err: &told}}, test.came), test.want)
			require.Equal(t, test.told, string(bytes.ReplaceAll(told.Bytes(), []byte(path), []byte("RECORD"))))
		})
	}
}

func TestWithoutARecordingFinishReturnsTheSessionsError(t *testing.T) {
	var r RecordFlag
	require.NoError(t, r.open(80, 24))
	require.Nil(t, r.Recorder)
	failed := errors.New("failed")
	require.Equal(t, failed, r.finish(nil, failed))
}

func TestARecordingHasItsNameWhenItIsComplete(t *testing.T) {
	k := &Invocation{Streams: Streams{Err: new(bytes.Buffer)}}
	name := filepath.Join(t.TempDir(), "session.cast")
	record := func() RecordFlag {
		r := RecordFlag{Name: name}
		require.NoError(t, r.open(80, 24))
		_, _ = r.Recorder.Write([]byte("output"))
		require.NoFileExists(t, name)
		require.FileExists(t, name+".partial")
		return r
	}
	killed := record() // whose file stays, as that of a killed kx
	r := record()
	require.ErrorContains(t, killed.finish(k, nil), "session.cast.partial is incomplete: another session records into the same file")
	require.NoError(t, r.finish(k, nil))
	require.FileExists(t, name)
	require.NoFileExists(t, name+".partial")
	require.ErrorContains(t, (&RecordFlag{Name: name}).open(80, 24), "cannot record: open "+name+": file exists")
}

func TestARecordingReplacesNoFileThatWasCreatedMeanwhile(t *testing.T) {
	r := RecordFlag{Name: filepath.Join(t.TempDir(), "session.cast")}
	require.NoError(t, r.open(80, 24))
	_, _ = r.Recorder.Write([]byte("output"))
	require.NoError(t, os.WriteFile(r.Name, []byte("other"), 0o600))
	require.ErrorContains(t, r.finish(nil, nil), "session.cast.partial is incomplete: ")
	text, err := os.ReadFile(r.Name)
	require.NoError(t, err)
	require.Equal(t, "other", string(text))
}

func TestARecordingFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine")
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o600))
	for _, target := range []string{mine, filepath.Join(dir, "missing")} {
		name := filepath.Join(dir, "session.cast")
		require.NoError(t, os.Symlink(target, name))
		require.ErrorContains(t, (&RecordFlag{Name: name}).open(80, 24), "file exists")
		require.NoError(t, os.Remove(name))

		require.NoError(t, os.Symlink(target, name+".partial"))
		r := RecordFlag{Name: name}
		require.NoError(t, r.open(80, 24))
		_, _ = r.Recorder.Write([]byte("output"))
		require.NoError(t, r.finish(nil, nil))
		require.NoError(t, os.Remove(name))
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	text, err := os.ReadFile(mine)
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
}
