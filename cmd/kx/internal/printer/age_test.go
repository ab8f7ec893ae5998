package printer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnAgeHasTwoUnitsAtMost(t *testing.T) {
	for length, want := range map[time.Duration]string{
		-time.Hour: "0s", 0: "0s", 999 * time.Millisecond: "0s", 9 * time.Second: "9s", 59 * time.Second: "59s", time.Minute: "1m", 90 * time.Second: "1m30s",
		10 * time.Minute: "10m", 45*time.Minute + time.Second: "45m", time.Hour + time.Second: "1h", 3*time.Hour + 5*time.Minute: "3h5m",
		23*time.Hour + 59*time.Minute: "23h", 50 * time.Hour: "2d2h", 48*time.Hour + time.Minute: "2d", 400 * 24 * time.Hour: "400d",
	} {
		require.Equal(t, want, Age(length), length.String())
	}
}
