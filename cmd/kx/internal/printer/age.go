package printer

import (
	"strconv"
	"time"
)

// Age returns a duration in its largest unit: "50s", "45m", "30d". After one digit follows the next
// unit: "9m30s", "2d4h".
func Age(d time.Duration) string {
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
