package kxtest

// attach connects the client to a container's own process, until that ends or the client detaches: by closing its connection or its stdin. The latter
// ends the stdin of a container with stdinOnce instead, unless it has a terminal (as with containerd).
func attach(s *session, to *run, o *streamOptions) {
	a := &attachment{}
	if o.stdout {
		a.writers[0] = s.output(channelStdout)
	}
	if o.stderr {
		a.writers[1] = s.output(channelStderr)
	}
	s.open(o.firstChannel(), func() { to.output.attach(a) })
	defer to.output.detach(a)
	detached := make(chan struct{})
	from := inputs{resize: to.process.Resize}
	if o.stdin && to.stdin != nil {
		from.stdin = to.stdin
		from.closeStdin = func() { close(detached) }
		if to.stdinOnce && !to.tty {
			from.closeStdin = func() { _ = to.stdin.Close() } // never fails
		}
	}
	s.receive(from)
	select {
	case <-to.process.Done():
	case <-detached:
	case <-s.disconnected:
		return
	}
	to.output.detach(a)
	s.finish(&statusBody{Status: "Success"})
}
