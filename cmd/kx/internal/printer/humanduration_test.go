package printer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestADurationIsPrintedAsKubectlDoes(t *testing.T) {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	for want, length := range map[string]time.Duration{
		"<invalid>": -2 * time.Second, "0s": -1999 * time.Millisecond, "1s": 1999 * time.Millisecond, "119s": 2*time.Minute - 1, "2m": 2 * time.Minute,
		"3m5s": 185 * time.Second, "9m59s": 10*time.Minute - 1, "10m": 10*time.Minute + 59*time.Second, "179m": 3*time.Hour - 1, "3h": 3*time.Hour + 59*time.Second,
		"3h5m": 3*time.Hour + 5*time.Minute, "8h": 9*time.Hour - 1, "47h": 2*day - 1, "2d": 2*day + 59*time.Minute, "2d4h": 2*day + 4*time.Hour, "8d": 9*day - 1,
		"729d": 2*year - 1, "2y": 2*year + 23*time.Hour, "3y5d": 3*year + 5*day, "8y": 9*year - 1,
	} {
		require.Equal(t, want, HumanDuration(length), length.String())
	}
}
