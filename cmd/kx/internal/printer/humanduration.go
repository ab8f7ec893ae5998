package printer

import (
	"fmt"
	"time"
)

// HumanDuration returns a duration as kubectl prints an age: "90s", "3m5s", "45m", "3h5m", "2d4h",
// "400d", "3y5d". A negative one of up to two seconds is "0s", because clocks differ, and any other
// is "<invalid>". The rules are those of k8s.io/apimachinery/pkg/util/duration.
func HumanDuration(d time.Duration) string {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	switch {
	case d <= -2*time.Second:
		return "<invalid>"
	case d < 0:
		return "0s"
	case d < 2*time.Minute:
		return inUnits(d, time.Second, 's', 0, 0)
	case d < 10*time.Minute:
		return inUnits(d, time.Minute, 'm', time.Second, 's')
	case d < 3*time.Hour:
		return inUnits(d, time.Minute, 'm', 0, 0)
	case d < 8*time.Hour:
		return inUnits(d, time.Hour, 'h', time.Minute, 'm')
	case d < 2*day:
		return inUnits(d, time.Hour, 'h', 0, 0)
	case d < 8*day:
		return inUnits(d, day, 'd', time.Hour, 'h')
	case d < 2*year:
		return inUnits(d, day, 'd', 0, 0)
	case d < 8*year:
		return inUnits(d, year, 'y', day, 'd')
	}
	return inUnits(d, year, 'y', 0, 0)
}

// inUnits returns d in one unit, and the rest in a smaller unit, if there is one and it is not 0.
func inUnits(d, unit time.Duration, name rune, smaller time.Duration, nameOfSmaller rune) string {
	text := fmt.Sprintf("%d%c", d/unit, name)
	if smaller > 0 && d%unit >= smaller {
		text += fmt.Sprintf("%d%c", d%unit/smaller, nameOfSmaller)
	}
	return text
}
