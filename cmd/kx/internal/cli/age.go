package cli

import (
	"strconv"
	"time"
)

// age gives a length of time in its largest unit, and in the next one too while the first has one digit: "50s", "9m30s", "45m", "3h5m", "2d4h", "30d".
func age(d time.Duration) string {
	const names = "dhms"
	units := [...]time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second, 1}
	d = max(d, 0)
	text := ""
	for i := range names {
		n := int(d / units[i])
		d %= units[i]
		if n > 0 || text == "" && names[i] == 's' {
			text += strconv.Itoa(n) + names[i:i+1]
			if len(text) > 2 { // two digits, or two units
				break
			}
		} else if text != "" {
			break
		}
	}
	return text
}
