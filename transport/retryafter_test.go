package transport

import (
	"math"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RFC 9110, 10.2.3: Retry-After is a date or a number of seconds.
func FuzzRetryAfterIsSecondsOrADate(f *testing.F) {
	for _, value := range []string{
		"", "0", "1", " 60 ", "007", "2147483647", "2147483648", "99999999999999999999", "-1", "+1", "1.5", "1e3", "0x10", "1_000",
		"Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 2999 23:59:59 GMT", "Friday, 31-Dec-99 23:59:59 GMT", "Fri Dec 31 23:59:59 1999",
		"٣", "1\x00", "soon",
	} {
		f.Add(value)
	}
	digits := regexp.MustCompile(`^[0-9]+$`)
	f.Fuzz(func(t *testing.T, value string) {
		after, ok := retryAfter(http.Header{"Retry-After": {value}})
		require.GreaterOrEqual(t, after, time.Duration(0))
		value = strings.TrimSpace(value)
		at, err := http.ParseTime(value)
		switch {
		case digits.MatchString(value):
			seconds, _ := new(big.Int).SetString(value, 10)
			if seconds.Cmp(big.NewInt(math.MaxInt32)) > 0 {
				seconds.SetInt64(math.MaxInt32)
			}
			require.True(t, ok)
			require.Equal(t, time.Duration(seconds.Int64())*time.Second, after)
		case err == nil:
			require.True(t, ok)
			require.Less(t, after-max(time.Until(at), 0), time.Hour)
		default:
			require.False(t, ok)
			require.Zero(t, after)
		}
	})
}
