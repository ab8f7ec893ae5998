package subresource

import (
	"context"
	"io"
	"slices"
	"strings"
)

// kubeletLogErrors begin what the kubelet sends, with the code 200, in place of a log that it
// cannot read (kubernetes/kubernetes#107243).
var kubeletLogErrors = []string{"unable to retrieve container logs for ",
	"failed to try resolving symlinks in path ", "failed to open log file "}

// logBody is the body of a log. Its first Read looks for an error of the kubelet.
type logBody struct {
	io.ReadCloser
	// confirm returns an error unless the container itself has written text. It is nil after the
	// first Read.
	confirm func(text string) error
}

func (b *logBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	confirm := b.confirm
	if n == 0 || confirm == nil {
		return n, err
	}
	b.confirm = nil
	text := string(p[:min(n, maxQuotedLog)])
	if isKubeletLogError(text) {
		refused := confirm(text)
		if refused != nil {
			return 0, refused
		}
	}
	return n, err
}

// isKubeletLogError reports whether text begins as an error of the kubelet.
func isKubeletLogError(text string) bool {
	return slices.ContainsFunc(kubeletLogErrors, func(start string) bool {
		return strings.HasPrefix(text, start)
	})
}

// confirm returns an error unless the log has times where they are asked for. A program may print
// the words of the kubelet.
func (e *LogEndpoint) confirm(ctx context.Context, name string, o LogOptions, text string,
	opts []GetOption) error {
	if !o.Timestamps {
		o.Timestamps, o.Follow, o.LimitBytes = true, false, 2*maxTimestamp
		body, err := e.openUnchecked(ctx, name, o, opts...)
		if err != nil {
			return err
		}
		defer body.Close()
		start, err := io.ReadAll(io.LimitReader(body, 2*maxTimestamp))
		_, _, ok := cutTimestamp(start)
		if ok || err != nil {
			return err
		}
	}
	return &LogFormatError{Pod: name, Container: o.Container, Text: text,
		Problem: "the node cannot read it"}
}
