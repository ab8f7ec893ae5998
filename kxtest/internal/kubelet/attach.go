package kubelet

import (
	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/stream"
)

// attach connects the client to a container's own process. It returns when the process ends or the
// client detaches, by closing its connection or its stdin.
//
// If the container has stdinOnce and no terminal, a closed stdin ends the process's stdin instead,
// as with containerd.
func attach(s *stream.Session, to *startedContainer, o *StreamOptions) {
	a := &attachment{}
	if o.Stdout {
		a.writers[0] = s.Output(stream.ChannelStdout)
	}
	if o.Stderr {
		a.writers[1] = s.Output(stream.ChannelStderr)
	}
	s.Open(o.firstChannel(), func() { to.output.attach(a) })
	defer to.output.detach(a)
	detached := make(chan struct{})
	from := stream.Inputs{Resize: to.process.Resize}
	if o.Stdin && to.stdin != nil {
		from.Stdin = to.stdin
		from.CloseStdin = func() { close(detached) }
		if to.stdinOnce && !to.tty {
			from.CloseStdin = func() { _ = to.stdin.Close() } // never fails
		}
	}
	s.Receive(from)
	select {
	case <-to.process.Done():
	case <-detached:
	case <-s.Disconnected:
		return
	}
	to.output.detach(a)
	s.Finish(&api.Status{Status: "Success"})
}
