package resources_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestATimeKeepsItsTextAndCanBeRead(t *testing.T) {
	for raw, want := range map[string]time.Time{
		`"2026-01-02T03:04:05Z"`:             time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		`"2026-01-02T03:04:05.000006Z"`:      time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC),
		`"2026-01-02T03:04:05.120000+02:00"`: time.Date(2026, 1, 2, 1, 4, 5, 120000000, time.UTC),
		`"2026-01-02T03:04:05\u005a"`:        time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		`null`:                               {},
	} {
		var v resources.Time
		require.NoError(t, json.Unmarshal([]byte(raw), &v), raw)
		got, err := v.Time()
		require.NoError(t, err, raw)
		require.True(t, want.Equal(got), "%s is %v", raw, got)
		require.Equal(t, raw != "null", v.IsSet())
		out, err := json.Marshal(v)
		require.NoError(t, err)
		require.JSONEq(t, raw, string(out))
	}
}

func TestAnInvalidTimeIsKeptAndFailsWhenParsed(t *testing.T) {
	var v resources.Time
	require.NoError(t, json.Unmarshal([]byte(`"yesterday"`), &v))
	_, err := v.Time()
	require.EqualError(t, err, `"yesterday" is not an RFC 3339 time`)
	require.Equal(t, "yesterday", v.String())
	require.Error(t, json.Unmarshal([]byte(`1`), &v))
}

func TestAnAbsentTimeIsTheZeroTime(t *testing.T) {
	var v resources.Time
	got, err := v.Time()
	require.NoError(t, err)
	require.True(t, got.IsZero())
	require.False(t, v.IsSet())
	require.Empty(t, v.String())
}

func TestNewTimesHaveTheFormOfTheAPI(t *testing.T) {
	at := time.Date(2026, 1, 2, 5, 4, 5, 120000999, time.FixedZone("", 2*3600))
	require.Equal(t, "2026-01-02T03:04:05Z", resources.NewTime(at).String())
	require.Equal(t, "2026-01-02T03:04:05.120000Z", resources.NewMicroTime(at).String())
}
