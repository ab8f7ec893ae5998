package subresource

import (
	"io"
	"net/url"
	"strconv"

	"github.com/kx-k8s/kx/resources"
)

// The first byte of each message is its channel
// (https://kubernetes.io/docs/reference/using-api/websockets/; channelClose is from KEP-4006).
const (
	channelStdin  = 0
	channelStdout = 1
	channelStderr = 2
	channelError  = 3
	channelResize = 4
	channelClose  = 255
)

// The versions of the protocol. Version 5 can close stdin. Up to Kubernetes 1.35 the API server
// translates it to SPDY for the node, and passes version 4 through.
const (
	protocolV5 = "v5.channel.k8s.io"
	protocolV4 = "v4.channel.k8s.io"
)

// streams are the caller's streams. The Session returns the pipes.
type streams struct {
	Stdin                             io.Reader
	Stdout, Stderr                    io.Writer
	StdinPipe, StdoutPipe, StderrPipe bool
	TTY, PassThrough                  bool
	Record                            *Recorder
}

func (s *streams) wantsStdin() bool  { return s.Stdin != nil || s.StdinPipe }
func (s *streams) wantsStdout() bool { return s.Stdout != nil || s.StdoutPipe }
func (s *streams) wantsStderr() bool { return s.Stderr != nil || s.StderrPipe }

// protocols returns the versions to offer, the best one first.
func (s *streams) protocols() []string {
	if s.PassThrough {
		return []string{protocolV4}
	}
	return []string{protocolV5, protocolV4}
}

// check finds contradictions. optionsType is the name of the options' type, for the error.
func (s *streams) check(optionsType string) error {
	fail := func(option, problem string) error {
		return &resources.OptionError{Option: optionsType + "." + option, Problem: problem}
	}
	switch {
	case s.Stdin != nil && s.StdinPipe:
		return fail("StdinPipe", "Stdin is set as well: choose one of them")
	case s.Stdout != nil && s.StdoutPipe:
		return fail("StdoutPipe", "Stdout is set as well: choose one of them")
	case s.Stderr != nil && s.StderrPipe:
		return fail("StderrPipe", "Stderr is set as well: choose one of them")
	case s.TTY && s.wantsStderr():
		return fail(
			"TTY", "a terminal has one output: leave Stderr out; its text is part of Stdout")
	case s.PassThrough && (s.wantsStdin() || s.TTY):
		return fail("PassThrough", "it is for sessions without stdin and terminal")
	case !s.wantsStdin() && !s.wantsStdout() && !s.wantsStderr():
		return fail(
			"Stdout", "no stream is asked for: set at least one of Stdin, Stdout and Stderr")
	}
	return nil
}

// serialize returns the two writers. If both are the same, they run one Write at a time, as in
// os/exec: two goroutines may write them.
func serialize(stdout, stderr io.Writer) (io.Writer, io.Writer) {
	if stdout == nil || !sameWriter(stdout, stderr) {
		return stdout, stderr
	}
	both := &serialWriter{stdout, make(chan struct{}, 1)}
	return both, both
}

func sameWriter(a, b any) bool {
	defer func() { _ = recover() }() // the type is not comparable
	return a == b
}

// serialWriter runs one Write at a time.
type serialWriter struct {
	writer  io.Writer
	writing chan struct{} // holds one element during a Write
}

func (t *serialWriter) Write(p []byte) (int, error) {
	t.writing <- struct{}{}
	defer func() { <-t.writing }()
	return t.writer.Write(p)
}

// query returns the request's parameters (core/v1 PodExecOptions and PodAttachOptions).
func (s *streams) query(container string) url.Values {
	q := url.Values{
		"stdin":  {strconv.FormatBool(s.wantsStdin())},
		"stdout": {strconv.FormatBool(s.wantsStdout())},
		"stderr": {strconv.FormatBool(s.wantsStderr() &&
			!s.TTY)}, "tty": {strconv.FormatBool(s.TTY)},
	}
	if container != "" {
		q.Set("container", container)
	}
	return q
}
