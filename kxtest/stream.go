package kxtest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// streamOptions are those of an exec or attach.
type streamOptions struct {
	container                  string
	command                    []string
	stdin, stdout, stderr, tty bool
}

// readStreamOptions reads them from the query. A terminal has no stderr of its own.
func readStreamOptions(query url.Values) *streamOptions {
	o := &streamOptions{container: query.Get("container"), command: query["command"],
		stdin: flag(query, "stdin"), stdout: flag(query, "stdout"), stderr: flag(query, "stderr"), tty: flag(query, "tty")}
	return o
}

// chooseContainer finds the container that a request is about: the one that it names, or the only one.
func chooseContainer(pod map[string]any, name string) (string, error) {
	var names []string
	for _, field := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, container := range list(pod, "spec", field) {
			names = append(names, text(container, "name"))
		}
	}
	regular := list(pod, "spec", "containers")
	switch {
	case name != "" && !slices.Contains(names, name):
		return "", badRequest("container " + name + " is not valid for pod " + text(pod, "metadata", "name"))
	case name != "":
		return name, nil
	case len(regular) == 1:
		return text(regular[0], "name"), nil
	}
	return "", badRequest(fmt.Sprintf("a container name must be specified for pod %s, choose one of: %s", text(pod, "metadata", "name"), names))
}

// upgrades reports whether a request asks for a protocol.
func upgrades(header http.Header, protocol string) bool {
	has := func(name, token string) bool {
		for _, part := range strings.Split(strings.Join(header.Values(name), ","), ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
		return false
	}
	return has("Connection", "Upgrade") && (protocol == "" || has("Upgrade", protocol))
}

// stream answers exec and attach: checks first, whose failures are answers, then the session, whose failures are its status.
func (c *call) stream(w http.ResponseWriter) error {
	if err := c.mayStream(); err != nil {
		return err
	}
	stored := c.server.store.get(podKind, c.namespace, c.name)
	if stored == nil {
		return notFound(c.kind, c.name)
	}
	options := readStreamOptions(c.query)
	var err error
	if options.container, err = chooseContainer(stored.object, options.container); err != nil {
		return err
	}
	if text(stored.object, "spec", "nodeName") == "" {
		return badRequest("pod " + c.name + " does not have a host assigned")
	}
	switch {
	case !upgrades(c.http.Header, ""):
		return badRequest("Upgrade request required")
	case !upgrades(c.http.Header, "websocket"):
		return badRequest("kxtest streams over WebSockets only, not over " + c.http.Header.Get("Upgrade"))
	}
	protocol := c.protocol()
	if protocol == "" {
		w.WriteHeader(http.StatusForbidden) // the API server's WebSocket library says no more
		return nil
	}
	found, code, err := c.find(stored.object, options)
	if err != nil && protocol == protocolV4 { // this request goes through to the kubelet, whose answers are plain text
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, err.Error()) // a client that has gone needs no answer
		return nil
	}
	s := upgrade(w, c.http, []string{protocol})
	if s == nil {
		return nil
	}
	defer s.out.closeWith(c.http.Context())()
	defer s.end()
	switch {
	case err != nil:
		s.open(options, func() {})
		s.readers.Go(func() { s.read(inputs{}) })
		s.finish(internalError("unable to upgrade connection: " + err.Error()))
	case c.subresource == "exec":
		s.open(options, func() {})
		c.exec(s, found, options)
	default:
		attach(s, found, options)
	}
	return nil
}

// mayStream refuses a user who may get and not create: from 1.35 on a WebSocket's GET may do no more than the POST of SPDY.
func (c *call) mayStream() error {
	a := c.attributes()
	if c.server.settings.version.atLeast(1, 35) && a.verb != "create" {
		a.verb = "create"
		if !c.user.may(a) {
			return forbidden(c.kind, c.name, "")
		}
	}
	return nil
}

// protocol is the best one that the client offers; "" when there is none.
func (c *call) protocol() string {
	var offered []string
	for part := range strings.SplitSeq(strings.Join(c.http.Header.Values("Sec-WebSocket-Protocol"), ","), ",") {
		offered = append(offered, strings.TrimSpace(part))
	}
	for _, protocol := range c.server.settings.protocols {
		if slices.Contains(offered, protocol) {
			return protocol
		}
	}
	return ""
}

// find is the kubelet's part: it finds a container that runs, or says with which code it does not.
func (c *call) find(pod map[string]any, o *streamOptions) (found *run, code int, err error) {
	if o.tty {
		o.stderr = false
	}
	if !o.stdin && !o.stdout && !o.stderr {
		return nil, http.StatusBadRequest, fmt.Errorf("you must specify at least 1 of stdin, stdout, stderr")
	}
	found = c.server.node.runtime.running(pod, o.container)
	switch {
	case found != nil:
		return found, 0, nil
	case c.subresource == "exec":
		return nil, http.StatusInternalServerError, fmt.Errorf("container not found (%q)", o.container)
	}
	return nil, http.StatusInternalServerError, fmt.Errorf("container %s not found in pod %s_%s", o.container, c.name, c.namespace)
}

// exec runs a command in a container until it ends. When the client goes before, a command without terminal finds the end of its stdin; it is not
// killed, and neither is one with a terminal, which does not even notice (as with containerd).
func (c *call) exec(s *session, in *run, o *streamOptions) {
	streams := machine.IO{TTY: o.tty}
	if o.stdout {
		streams.Stdout = s.output(channelStdout)
	}
	if o.stderr {
		streams.Stderr = s.output(channelStderr)
	}
	to := inputs{}
	endStdin := func() {}
	if o.stdin {
		reader, writer := io.Pipe()
		streams.Stdin, to.stdin = reader, writer
		endStdin = func() { _ = reader.Close() } // never fails
		if !o.tty {
			to.closeStdin = func() { _ = writer.Close() } // never fails
		}
	}
	process, err := in.machine.Start(o.command, streams)
	if err != nil {
		endStdin()
		s.readers.Go(func() { s.read(inputs{}) })
		s.finish(s.execFailure(o.command, err))
		return
	}
	c.server.running.Go(func() {
		<-process.Done()
		endStdin()
	})
	to.resize = process.Resize
	s.readers.Go(func() { s.read(to) })
	select {
	case <-process.Done():
		s.finish(s.exit(o.command, process.Wait()))
	case <-s.lost:
	}
}

// exit is the status for an exit code: the API server words it for v5, and the container runtime for v4.
func (s *session) exit(command []string, code int) *statusBody {
	if code == 0 {
		return &statusBody{Status: "Success"}
	}
	message := fmt.Sprintf("command terminated with exit code %d", code)
	if s.protocol == protocolV4 {
		message = fmt.Sprintf("error executing command %v, exit code %d", command, code)
	}
	return &statusBody{Status: "Failure", Reason: "NonZeroExitCode", Message: "command terminated with non-zero exit code: " + message,
		Details: &statusDetails{Causes: []statusCause{{Reason: "ExitCode", Message: strconv.Itoa(code)}}}}
}

// execFailure is the status for a command that did not start.
func (s *session) execFailure(command []string, err error) *statusBody {
	message := "args must not be empty: unknown"
	if len(command) > 0 {
		message = startFailure(command[0], err)
	}
	status := internalError("error executing command in container: failed to exec in container: failed to start exec " + strconv.Quote(newContainerID()) + ": OCI runtime exec failed: exec failed: " + message)
	if s.protocol == protocolV5 { // the API server wraps the runtime's status into its own
		status = internalError(status.Message)
	}
	return status
}

// internalError is a status for the end of a stream.
func internalError(message string) *statusBody {
	return &statusBody{Status: "Failure", Reason: "InternalError", Message: "Internal error occurred: " + message,
		Details: &statusDetails{Causes: []statusCause{{Message: message}}}, Code: http.StatusInternalServerError}
}

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
	s.open(o, func() { to.output.attach(a) })
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
	s.readers.Go(func() { s.read(from) })
	select {
	case <-to.process.Done():
	case <-detached:
	case <-s.lost:
		return
	}
	to.output.detach(a)
	s.finish(&statusBody{Status: "Success"})
}
