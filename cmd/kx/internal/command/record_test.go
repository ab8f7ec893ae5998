package command

import (
	"bytes"
	"errors"
	"os"
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
