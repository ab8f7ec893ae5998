package machine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// date prints the time. A format has the letters of strftime(3).
func date(_ context.Context, p *Process) int {
	options, args, ok := p.options("uRI:d:")
	if !ok {
		return 1
	}
	at := now().UTC()
	d := options['d']
	if strings.HasPrefix(d, "@") {
		seconds, err := strconv.ParseInt(d[1:], 10, 64)
		if err != nil {
			p.errorf("invalid date '%s'", d)
			return 1
		}
		at = time.Unix(seconds, 0).UTC()
	}
	format := "%a %b %e %H:%M:%S UTC %Y"
	if options['R'] != "" {
		format = "%a, %d %b %Y %H:%M:%S +0000"
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "+") {
		format = args[0][1:]
	}
	p.printf("%s\n", strftime(format, at))
	return 0
}

func strftime(format string, t time.Time) string {
	layouts := map[byte]string{
		'a': "Mon",
		'A': "Monday",
		'b': "Jan",
		'B': "January",
		'd': "02",
		'e': "_2",
		'H': "15",
		'I': "03",
		'j': "002",
		'm': "01",
		'M': "04",
		'p': "PM",
		'S': "05",
		'T': "15:04:05",
		'F': "2006-01-02",
		'D': "01/02/06",
		'y': "06",
		'Y': "2006",
		'Z': "UTC",
		'z': "-0700",
		'R': "15:04",
		'N': "000000000",
	}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		layout, known := layouts[format[i]]
		switch {
		case known && format[i] == 'N':
			fmt.Fprintf(&b, "%09d", t.Nanosecond())
		case known:
			b.WriteString(t.Format(layout))
		case format[i] == 's':
			b.WriteString(strconv.FormatInt(t.Unix(), 10))
		case format[i] == 'n':
			b.WriteByte('\n')
		case format[i] == '%':
			b.WriteByte('%')
		default:
			b.WriteString(format[i-1 : i+1])
		}
	}
	return b.String()
}
