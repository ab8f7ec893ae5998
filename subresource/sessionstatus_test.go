package subresource

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

// The Status of a session arrives on the error channel, in any number of parts.
func FuzzTheStatusOfASessionIsSuccessOnlyIfTheServerSaysSo(f *testing.F) {
	for _, text := range []string{
		`{"metadata":{},"status":"Success"}`,
		`{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}`,
		`{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"0"}]}}`,
		`{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"99999999999999999999"}]}}`,
		`{"status":"Failure","reason":"NonZeroExitCode"}`,
		`{"status":"Failure","message":"no \u001b[31mprogram"}`,
		`{}`, `null`, ` `, `"Success"`, `{"status":"success"}`, `{"status":"Success"`, "\xff", `{"status":"Success"}{}`,
	} {
		f.Add(text, len(text)/2)
		f.Add(text, 0)
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		cut = min(max(cut, 0), len(text))
		var whole, parts statusMessage
		require.NoError(t, whole.read(strings.NewReader(text)))
		require.NoError(t, parts.read(strings.NewReader(text[:cut])))
		require.NoError(t, parts.read(strings.NewReader(text[cut:])))
		require.Equal(t, string(whole.text), string(parts.text))
		if !whole.complete {
			return
		}
		require.True(t, parts.complete)
		require.Equal(t, whole.status, parts.status)
		session := &Session{what: "exec in pod web", ws: &transport.WebSocket{}}
		err := whole.outcome(session)
		var answer map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(text), &answer))
		if err == nil {
			require.JSONEq(t, `"Success"`, string(answer["status"]))
			return
		}
		require.NotContains(t, err.Error(), "\n")
		require.NotContains(t, err.Error(), "\x1b")
		var exit *ExitError
		if errors.As(err, &exit) {
			require.NotZero(t, exit.Code)
		}
	})
}
