package parity_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kx-k8s/kx/resources"
)

// quantities are valid and invalid quantities.
var quantities = []string{
	"0", "1", "100m", "-100m", "1500m", "0.5", ".5", "5.", "+1", "1n", "1u", "1k", "1M", "1G", "1T", "1P", "1E",
	"1Ki", "1.5Mi", "1.5Gi", "1Ti", "1Pi", "1Ei", "1e3", "1E3", "12E-1", "1e+2", "-1.1e1", "9223372036854775807", "100E", "-100E",
	"00000000000000000001", "0.001", "0.0005", "123456789.987654321",
	"", ".", "Gi", "E0", "--1", "+-1", "1.2.3", "1 Gi", "1gi", "1K", "1e", "1ee3", "1eE3", "1e3m", "1/2", "0x10", "1_000", "1mi", "m", "1e1.5", "é",
}

func TestQuantitiesAreReadAsApimachineryReadsThem(t *testing.T) {
	for _, text := range quantities {
		sameQuantity(t, text)
	}
}

func FuzzQuantitiesAreReadAsApimachineryReadsThem(f *testing.F) {
	for _, text := range quantities {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.HasPrefix(text, "-") {
			return // theirs reads -.1Gi, which is -107374182.4, as -107374181
		}
		if _, err := resources.ParseQuantity(text); err != nil && (strings.HasSuffix(err.Error(), "too many digits") || strings.HasSuffix(err.Error(), "out of range")) {
			return // the bounds are ours
		}
		sameQuantity(t, text)
	})
}

func sameQuantity(t *testing.T, text string) {
	t.Helper()
	theirs, theirErr := resource.ParseQuantity(text)
	ours, err := resources.ParseQuantity(text)
	number := strings.TrimLeft(text, "+-.")
	// apimachinery reads "." and "Gi" as 0, against its own grammar.
	if theirErr != nil || number == "" || !strings.Contains("0123456789", number[:1]) {
		require.Error(t, err, "%q", text)
		return
	}
	require.NoError(t, err, "%q", text)
	if theirs.CmpInt64(math.MaxInt64/1000) > 0 || theirs.CmpInt64(math.MinInt64/1000) < 0 {
		return // beyond int64 theirs wraps around, and ours stops at its ends
	}
	value, err := ours.Value()
	require.NoError(t, err)
	require.Equal(t, theirs.Value(), value, "%q", text)
	milli, err := ours.MilliValue()
	require.NoError(t, err)
	require.Equal(t, theirs.MilliValue(), milli, "%q in thousandths", text)
}
