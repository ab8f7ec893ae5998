package subresource

import (
	"net/url"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// LogOptions name the log to read, and its part (core/v1 PodLogOptions). The zero value is the
// whole log of the pod's only container, up to now.
//
// The field stream of PodLogOptions is missing. Kubernetes 1.35 refuses it unless its alpha feature
// PodLogsQuerySplitStreams is enabled (KEP-3288).
type LogOptions struct {
	// Container may be empty if the pod has one container.
	Container string
	// Follow waits for later lines, until the container ends.
	Follow bool
	// Previous reads the log of the container's run before its last restart. It excludes Follow:
	// that run has ended.
	Previous bool
	// Since leaves out what is older. The server counts whole seconds: kx rounds up. It excludes
	// SinceTime.
	Since time.Duration
	// SinceTime leaves out what was written earlier. The server ignores fractions of a second,
	// Lines and Merge do not.
	SinceTime time.Time
	// Tail starts with that many lines before the end. nil is the whole log, and 0 is no earlier
	// line. The node may count each 16 KiB of a long line as a line of its own.
	Tail *int64
	// Timestamps makes the server start each line with its time in RFC 3339 and a space. Lines and
	// Merge have the times in any case.
	Timestamps bool
	// LimitBytes ends the log after that many bytes, perhaps within a line. 0 is no limit. Lines
	// and Merge count texts and newlines, and no times.
	LimitBytes int64
	// InsecureSkipTLSVerifyBackend allows the API server to read the log from a node whose
	// certificate it cannot verify. Somebody between them could then forge the log.
	InsecureSkipTLSVerifyBackend bool
}

// check fails where options contradict each other, or where the server would refuse them.
func (o *LogOptions) check() error {
	switch {
	case o.Follow && o.Previous:
		return &resources.OptionError{Option: "Previous",
			Problem: "the previous run has ended: leave out Follow"}
	case o.Since < 0:
		return &resources.OptionError{Option: "Since",
			Problem: "the duration is negative: zero means the whole log"}
	case o.Since > 0 && !o.SinceTime.IsZero():
		return &resources.OptionError{Option: "SinceTime",
			Problem: "Since is set as well: leave out one of them"}
	case o.Tail != nil && *o.Tail < 0:
		return &resources.OptionError{Option: "Tail",
			Problem: "the number of lines is negative: nil means the whole log"}
	case o.LimitBytes < 0:
		return &resources.OptionError{Option: "LimitBytes",
			Problem: "the number of bytes is negative: zero means no limit"}
	}
	return nil
}

// query returns the parameters of the request.
func (o *LogOptions) query() url.Values {
	query := url.Values{}
	if o.Container != "" {
		query.Set("container", o.Container)
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"follow", o.Follow},
		{"previous", o.Previous},
		{"timestamps", o.Timestamps},
		{"insecureSkipTLSVerifyBackend", o.InsecureSkipTLSVerifyBackend},
	} {
		if flag.set {
			query.Set(flag.name, "true")
		}
	}
	if o.Since > 0 {
		seconds := (o.Since + time.Second - 1) / time.Second
		query.Set("sinceSeconds", strconv.FormatInt(int64(seconds), 10))
	}
	if !o.SinceTime.IsZero() {
		query.Set("sinceTime", o.SinceTime.UTC().Format(time.RFC3339))
	}
	if o.Tail != nil {
		query.Set("tailLines", strconv.FormatInt(*o.Tail, 10))
	}
	if o.LimitBytes > 0 {
		query.Set("limitBytes", strconv.FormatInt(o.LimitBytes, 10))
	}
	return query
}
