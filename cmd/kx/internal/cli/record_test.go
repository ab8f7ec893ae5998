package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

func TestARecordThatCannotBeWrittenIsToldAtTheEndAndReplacesNoCode(t *testing.T) {
	for name, test := range map[string]struct {
		came error
		want string // of the error that is returned
		told string
	}{
		"after success": {nil, "is incomplete: write ", ""},
		"after a code":  {exitError(7), exitError(7).Error(), "error: the record RECORD is incomplete: write RECORD: bad file descriptor\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, "session.cast", "")
			file, err := os.Open(path) // so that each write fails
			require.NoError(t, err)
			r := recordFlag{name: path, file: file, recorder: subresource.NewRecorder(file, 0, 0)}
			r.recorder.Exit(0)
			var told bytes.Buffer
			require.ErrorContains(t, r.end(&kx{streams: streams{err: &told}}, test.came), test.want)
			require.Equal(t, test.told, string(bytes.ReplaceAll(told.Bytes(), []byte(path), []byte("RECORD"))))
		})
	}
}

func TestWithoutARecordThereIsNothingToEnd(t *testing.T) {
	var r recordFlag
	require.NoError(t, r.begin(80, 24))
	require.Nil(t, r.recorder)
	failed := errors.New("failed")
	require.Equal(t, failed, r.end(nil, failed))
}

func TestARecordIsARefusalWhereThereIsNothingToRecord(t *testing.T) {
	c := start(t)
	file := filepath.Join(t.TempDir(), "session.cast")
	for _, words := range [][]string{{"--", "sleep", "60"}, {"-i", "--dry-run=server", "--", "sh"}, {"-i", "--attach=false", "--", "sh"}} {
		require.Contains(t, c.kx(tools(append([]string{"--record", file}, words...)...)...).fails(t, 2), "--record needs something to record: attach, with -i or --attach")
	}
	require.NoFileExists(t, file)
	require.Empty(t, ephemeral(t, c, "distroless"))
}
