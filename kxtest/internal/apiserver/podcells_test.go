package apiserver

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDurationsHaveKubectlsFormat(t *testing.T) {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-2 * time.Second: "<invalid>", -time.Millisecond: "0s", 0: "0s", 119 * time.Second: "119s",
		2 * time.Minute: "2m", 279 * time.Second: "4m39s",
		10*time.Minute + 5*time.Second: "10m", 179 * time.Minute: "179m", 3 * time.Hour: "3h", 7*time.Hour +
			59*time.Minute: "7h59m", 8*time.Hour + time.Minute: "8h",
		47 * time.Hour: "47h", 2 * day: "2d", 7*day + 23*time.Hour: "7d23h", 8*day + time.Hour: "8d", 729 * day: "729d",
		2 * year: "2y", 3*year + 10*day: "3y10d", 9*year + day: "9y",
	} {
		require.Equal(t, want, humanDuration(d), d.String())
	}
	require.Equal(t, "<unknown>", ageOf(""))
}

func TestThePodSummaryIsKubectlsStatus(t *testing.T) {
	status := func(fields map[string]any) map[string]any {
		return map[string]any{"containerStatuses": []any{fields}, "phase": "Running"}
	}
	terminated := func(fields map[string]any) map[string]any {
		return map[string]any{"terminated": fields}
	}
	for want, pod := range map[string]map[string]any{
		"Pending": {"status": map[string]any{"phase": "Pending"}},
		"Evicted": {"status": map[string]any{"phase": "Failed", "reason": "Evicted"}},
		"SchedulingGated": {"status": map[string]any{"phase": "Pending",
			"conditions": []any{map[string]any{"type": "PodScheduled", "reason": "SchedulingGated"}}}},
		"Terminating": {"metadata": map[string]any{"deletionTimestamp": "2026-01-01T00:00:00Z"},
			"status": map[string]any{"phase": "Running"}},
		"ErrImagePull": {"status": status(map[string]any{"state": map[string]any{"waiting": map[string]any{"reason": "ErrImagePull"}}})},
		"OOMKilled":    {"status": status(map[string]any{"state": terminated(map[string]any{"reason": "OOMKilled"})})},
		"Signal:9": {"status": status(map[string]any{"state": terminated(map[string]any{"signal": int64(9),
			"exitCode": int64(137)})})},
		"ExitCode:3": {"status": status(map[string]any{"state": terminated(map[string]any{"exitCode": int64(3)})})},
		"Init:ExitCode:1": {"status": map[string]any{"phase": "Pending",
			"initContainerStatuses": []any{map[string]any{"state": terminated(map[string]any{"exitCode": int64(1)})}}}},
	} {
		got, _, _ := podSummary(pod)
		require.Equal(t, want, got)
	}
	_, _, restarts := podSummary(map[string]any{"status": status(map[string]any{"restartCount": int64(2),
		"lastState": terminated(map[string]any{"finishedAt": time.Now().Add(-90 * time.Second).UTC().Format(time.RFC3339)})})})
	require.Regexp(t, `^2 \(9\ds ago\)$`, restarts)
}
