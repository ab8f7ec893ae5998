// Package subresource calls the subresources of the API's kinds: ephemeral containers, resize,
// eviction, exec, attach, log, port-forward, scale and status.
//
// A function returns each subresource. A call compiles only for kinds that have that subresource:
//
//	pods := resources.New[resources.Pod](client)
//	ec := subresource.EphemeralContainers(pods)
//	c := resources.EphemeralContainer{Name: "debugger", Image: "busybox"}
//	pod, err := ec.Add(ctx, "web-0", c)
//	o := subresource.ExecOptions{Container: "debugger", Command: []string{"ls"}}
//	res, err := subresource.Exec(pods).Run(ctx, "web-0", o)
//	fmt.Println(string(res.Stdout), res.ExitCode)
//
//	deployments := resources.New[resources.Deployment](client)
//	subresource.EphemeralContainers(deployments) // does not compile
//
// Dispatch looks up a subresource by name, and fails at run time if the kind has none of that name.
//
// # Streams and back-pressure
//
// Start, of Exec and Attach, returns a Session. A session has one socket. One goroutine at a time
// reads the socket, so stdout, stderr, the status and pongs are handled in the order in which the
// server sent them.
//
//   - Output. Up to eight blocks of 64 KiB wait for the caller, for stdout and stderr each. Nothing
//     is dropped: once either is full, the session stops reading the socket, and the program waits.
//     The goroutine that reads the socket also writes Stdout and Stderr. An output gets a goroutine
//     of its own if a Write takes longer than 50 ms. The caller reads pipes. Closing a pipe drops
//     its output.
//   - Input. A Write sends messages of at most 32 KiB before it returns. It blocks while the
//     program reads nothing, and CloseStdin and Resize block behind it. Output goes on meanwhile.
//   - Pings. A goroutine sends one every 5 s. The session is lost if nothing at all arrives for 60
//     s. That limit stops while the session itself does not read: a buffer is full, or a Write is
//     slow. It also stops while the server takes no input. So a reader or a program may pause for
//     minutes.
//   - End. Wait returns once the connection has ended and the last Write has returned. After the
//     status, the session itself closes a connection that is silent for 10 s. A pipe that nobody
//     reads blocks Wait only once its buffer is full: read pipes to EOF, or close them. Close and
//     the end of the context end the session at once, and received output is still written.
//
// A session needs less than 2 MiB and at most seven goroutines.
//
// Dial, of PortForward, returns a *ForwardedConn, which is a net.Conn. Each has a socket of its
// own, and the same pings and bounds. The protocol has no half-close: see ForwardedConn.CloseWrite.
// DialContext makes an http.Client speak to a pod. Package portforward listens on local ports.
package subresource
