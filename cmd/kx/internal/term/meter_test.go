package term

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAMeterShowsTheAmountTheRateAndTheTimeLeft(t *testing.T) {
	const mi = 1 << 20
	for want, test := range map[string]struct {
		unit        string
		done, total int64
		elapsed     time.Duration
	}{
		"25.0 MiB of 300.0 MiB, 12.5 MiB/s, 22s left": {Bytes, 25 * mi, 300 * mi, 2 * time.Second},
		"300.0 MiB of 300.0 MiB, 30.0 MiB/s":          {Bytes, 300 * mi, 300 * mi, 10 * time.Second},
		"512 B, 256 B/s":                              {Bytes, 512, 0, 2 * time.Second},
		"0 B of 1.0 MiB, 0 B/s":                       {Bytes, 0, mi, time.Second},
		"0 B":                                         {Bytes, 0, 0, 0},
		"2.0 GiB of 4.0 TiB, 1.0 MiB/s, 48d left":     {Bytes, 2 << 30, 4 << 40, 2048 * time.Second},
		"3 of 12 pods, 30s left":                      {"pods", 3, 12, 10 * time.Second},
		"0 of 12 pods":                                {"pods", 0, 12, 10 * time.Second},
		"12 of 12 pods":                               {"pods", 12, 12, 10 * time.Second},
	} {
		m := &Meter{unit: test.unit}
		m.Set(test.done, test.total)
		require.Equal(t, want, m.line(test.elapsed))
	}
}

func TestASizeHasTheLargestFittingUnit(t *testing.T) {
	for want, n := range map[string]float64{
		"0 B": 0, "1023 B": 1023, "1.0 KiB": 1024, "1023.9 KiB": 1023.9 * 1024, "1.0 MiB": 1023.97 * 1024,
		"8.0 EiB": 1 << 63, "2048.0 EiB": 1 << 71,
	} {
		require.Equal(t, want, sizeText(n))
	}
}

func TestAMeterWritesNothingToAnOutputThatIsNoTerminal(t *testing.T) {
	var out bytes.Buffer
	m, progress := NewMeter(&MessageWriter{Writer: &out, Terminal: new(Terminal)}, Bytes, false)
	m.Set(1, 2)
	progress.Hold()()
	progress.Done(false)
	require.Empty(t, out.String())
}
