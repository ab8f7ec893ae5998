package conformance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

// records are the behaviours of --record.
func records() []behaviour {
	return []behaviour{
		{"kx debug -i --record records a script, its output and its exit code", func(t *testing.T, w *world) {
			file := filepath.Join(t.TempDir(), "session.cast")
			done := w.kx(
				t, "echo grüße; echo oops >&2; sleep 1; exit 7\n", "debug", w.running(t), "-iq", "--record",
				file, "-c", "a", "--image", image, "--image-pull-policy", "Never", "--", "sh",
			)
			require.Equal(t, result{"grüße\n", "oops\n", 7}, done)
			r := readRecord(t, file)
			require.Equal(t, "grüße\n", r["o"])
			require.Equal(t, "oops\n", r["e"])
			require.Equal(t, "echo grüße; echo oops >&2; sleep 1; exit 7\n", r["i"])
			require.Equal(t, "7", r["x"])
		}},
		{"a recording has the output of a debug container that ended before kx attached", func(t *testing.T, w *world) {
			file := filepath.Join(t.TempDir(), "session.cast")
			done := w.kx(
				t, "", "debug", w.running(t), "--attach", "-q", "--record", file, "--image", image,
				"--image-pull-policy", "Never", "--", "sh", "-c", "seq 1000; exit 5",
			)
			require.Equal(t, 5, done.code, done.stderr)
			r := readRecord(t, file)
			require.Equal(t, done.stdout, r["o"])
			require.Len(t, strings.Fields(r["o"]), 1000)
			require.Equal(t, "5", r["x"])
		}},
		{
			"kx exec --record and kx attach --record record the session and overwrite no file",
			func(t *testing.T, w *world) {
				name := w.ready(
					t,
					`{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","stdin":true,`+
						`"stdinOnce":true,"command":["sh"]}`,
				)
				file := filepath.Join(t.TempDir(), "exec.cast")
				done := w.kx(t, "", "exec", name, "-q", "--record", file, "--", "sh", "-c", "echo out; exit 3")
				require.Equal(t, result{"out\n", "", 3}, done)
				r := readRecord(t, file)
				require.Equal(t, [2]string{"out\n", "3"}, [2]string{r["o"], r["x"]})

				before, err := os.ReadFile(file)
				require.NoError(t, err)
				done = w.kx(t, "", "attach", name, "-q", "--record", file)
				require.Equal(t, 125, done.code)
				require.Contains(t, done.stderr, "error: cannot record: open "+file+": file exists")
				after, err := os.ReadFile(file)
				require.NoError(t, err)
				require.Equal(t, string(before), string(after))

				file = filepath.Join(t.TempDir(), "attach.cast")
				// A node may lose what a program writes just after the attach or before its end.
				script := "sleep 0.5; echo joined; sleep 0.5; exit 4\n"
				done = w.kx(t, script, "attach", name, "-iq", "--record", file)
				require.Equal(t, result{"joined\n", "", 4}, done)
				r = readRecord(t, file)
				require.Equal(t, [3]string{"joined\n", script, "4"}, [3]string{r["o"], r["i"], r["x"]})
			},
		},
		{"a session that does not start leaves no recording", func(t *testing.T, w *world) {
			file := filepath.Join(t.TempDir(), "session.cast")
			require.Equal(t, 125, w.kx(t, "", "exec", "no-such", "--record", file, "--", "true").code)
			require.NoFileExists(t, file)
		}},
	}
}

// readRecord joins the data of each kind of event in a recording. Events of stderr are "e".
func readRecord(t *testing.T, file string) map[string]string {
	t.Helper()
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	require.Regexp(
		t,
		`^\{"version":3,"term":\{"cols":\d+,"rows":\d+\},"timestamp":\d+(,"title":"(attach|exec) in .*)?`,
		lines[0],
	)
	data, next := map[string]string{}, ""
	for _, line := range lines[1:] {
		var event []jsontext.Value
		require.NoError(t, json.Unmarshal([]byte(line), &event), line)
		var code, text string
		require.NoError(t, json.Unmarshal(event[1], &code))
		require.NoError(t, json.Unmarshal(event[2], &text))
		if code == "o" && next != "" {
			code = next
		}
		next = map[bool]string{true: "e"}[code == "e" && text == ""]
		data[code] += text
	}
	return data
}
