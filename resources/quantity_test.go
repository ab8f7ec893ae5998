package resources_test

import (
	"math"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestAQuantityIsReadInUnitsAndThousandths(t *testing.T) {
	for text, want := range map[string]struct{ units, milli int64 }{
		"0":                    {0, 0},
		"1":                    {1, 1000},
		"100m":                 {1, 100},
		"-100m":                {-1, -100},
		"1500m":                {2, 1500},
		"0.5":                  {1, 500},
		".5":                   {1, 500},
		"5.":                   {5, 5000},
		"+1":                   {1, 1000},
		"1n":                   {1, 1},
		"1u":                   {1, 1},
		"1k":                   {1000, 1000000},
		"1M":                   {1000000, 1000000000},
		"1G":                   {1000000000, 1000000000000},
		"1Ki":                  {1024, 1024000},
		"1.5Gi":                {1610612736, 1610612736000},
		"1Ti":                  {1 << 40, 1000 << 40},
		"1Pi":                  {1 << 50, 1000 << 50},
		"1e3":                  {1000, 1000000},
		"1E3":                  {1000, 1000000},
		"12E-1":                {2, 1200},
		"1e+2":                 {100, 100000},
		"1E":                   {1e18, math.MaxInt64},
		"1Ei":                  {1 << 60, math.MaxInt64},
		"9223372036854775807":  {math.MaxInt64, math.MaxInt64},
		"100E":                 {math.MaxInt64, math.MaxInt64},
		"-100E":                {math.MinInt64, math.MinInt64},
		"00000000000000000001": {1, 1000},
	} {
		q, err := resources.ParseQuantity(text)
		require.NoError(t, err, text)
		require.Equal(t, text, q.String())
		units, err := q.Value()
		require.NoError(t, err)
		require.Equal(t, want.units, units, text)
		milli, err := q.MilliValue()
		require.NoError(t, err)
		require.Equal(t, want.milli, milli, text)
	}
}

func TestAnInvalidQuantityIsRefused(t *testing.T) {
	for text, why := range map[string]string{
		"":             "it has no number",
		".":            "it has no number",
		"Gi":           "it has no number",
		"--1":          "more than one sign",
		"1.2.3":        "more than one point",
		"1 Gi":         `it has no suffix " Gi"`,
		"1gi":          `it has no suffix "gi"`,
		"1K":           `it has no suffix "K"`,
		"1e":           `it has no suffix "e"`,
		"1ee3":         `it has no suffix "ee3"`,
		"1e3m":         `it has no suffix "e3m"`,
		"1/2":          `it has no suffix "/2"`,
		"0x10":         `it has no suffix "x10"`,
		"1_000":        `it has no suffix "_000"`,
		"1e1000000000": "its exponent is out of range",
	} {
		_, err := resources.ParseQuantity(text)
		require.ErrorContains(t, err, why, text)
	}
	require.PanicsWithValue(t, `resources: "x" is not a quantity such as "100m" or "1.5Gi": it has no number`, func() { resources.MustQuantity("x") })
}

func TestAQuantityKeepsItsText(t *testing.T) {
	for _, raw := range []string{`"100m"`, `"0.10"`, `1`, `1.50`, `1e3`, `""`, `"nonsense"`, `null`} {
		var q resources.Quantity
		require.NoError(t, json.Unmarshal([]byte(raw), &q))
		out, err := json.Marshal(q)
		require.NoError(t, err)
		require.Equal(t, raw, string(out))
	}
	var q resources.Quantity
	require.Error(t, json.Unmarshal([]byte(`true`), &q))
	require.NoError(t, json.Unmarshal([]byte(`"nonsense"`), &q))
	value, err := q.Value()
	require.Zero(t, value)
	require.ErrorContains(t, err, `"nonsense" is not a quantity`)
}

func TestQuantitiesAreComparedByAmount(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"1", "1000m", 0}, {"1Gi", "1G", 1}, {"999m", "1", -1}, {"-1", "0", -1}} {
		got, err := resources.MustQuantity(c.a).Cmp(resources.MustQuantity(c.b))
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%s and %s", c.a, c.b)
	}
	got, err := resources.Quantity{}.Cmp(resources.MustQuantity("0"))
	require.NoError(t, err)
	require.Zero(t, got, "an absent quantity is nothing")
}

func FuzzQuantity(f *testing.F) {
	for _, text := range []string{"100m", "1.5Gi", "1e3", "-.5E-3", "1E", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := resources.ParseQuantity(text)
		if err != nil {
			return
		}
		raw, err := json.Marshal(q)
		require.NoError(t, err)
		var decoded resources.Quantity
		require.NoError(t, json.Unmarshal(raw, &decoded))
		require.Equal(t, q, decoded)
		require.Equal(t, text, decoded.String())
	})
}

func TestTheCanonicalFormOfAQuantity(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "1": "1", "1.5": "1500m", "0.5": "500m", "1000m": "1", "100k": "100k", "1000k": "1M", "-1": "-1",
		"1024Mi": "1Gi", "1.5Gi": "1536Mi", ".5Gi": "512Mi", "1000Ki": "1000Ki", "0.5Ki": "512", "2048": "2048",
		"1e3": "1e3", "1500e-3": "1500e-3", "1E": "1E", "12E-1": "1200e-3",
		"0.0000000001": "1n", "-0.0000000001": "-1n", "0.1Ki": "102400m",
	} {
		got, err := resources.MustQuantity(text).Canonical()
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	var wrong resources.Quantity
	require.NoError(t, json.Unmarshal([]byte(`"x"`), &wrong))
	_, err := wrong.Canonical()
	require.ErrorContains(t, err, `"x" is not a quantity`)
}
