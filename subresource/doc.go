// Package subresource holds the subresources of the API's kinds, one file each.
//
// A subresource is asked for by a function that compiles only for kinds that have it:
//
//	ec := subresource.EphemeralContainers(pods)       // *resources.API[resources.Pod]
//	pod, err := ec.Add(ctx, "web-0", resources.EphemeralContainer{Name: "debugger", Image: "busybox:latest"})
//	subresource.EphemeralContainers(deployments)      // does not compile
//
// Dispatch is the same for a kind and a subresource that are known by name only; there a kind that lacks it is an *UnsupportedError.
//
// # Streams and back-pressure
//
// Exec and Attach give a Session. One socket carries all of it, and one goroutine at a time reads that socket, so what comes is taken in the order
// in which the server sent it: stdout, stderr, the status, and the answers to pings.
//
//   - Output. What came on stdout waits in at most eight blocks of 64 KiB until the caller takes it, and so does what came on stderr. Who reads the
//     socket also writes Stdout and Stderr, in the order in which both came, before it waits for more. Where a Write takes longer than 50 ms, or the
//     rest of what came with its output is as late, that output gets a goroutine of its own for the rest of the session. A pipe is read by the caller.
//     While neither is full, neither holds up the other for longer than that. Once one is full and more comes on it, nothing is read any more, so that
//     the other, the status and the end wait as well; the server, and through it the program, wait too. Nothing is dropped.
//     Closing a pipe gives its output up, and the rest goes on. What is not asked for is not sent.
//   - Input. Each write goes out as messages of at most 32 KiB before it returns, and nothing is kept. Where the program takes no input the write waits;
//     CloseStdin and Resize wait behind it. Output goes on meanwhile.
//   - Pings go out every 5 s, from a goroutine of their own, whatever is read or not. The session is lost when nothing at all has come for 60 s.
//     That clock stands still while nothing is read because a bound is full or a Write takes long, and while the server holds up input, which is while
//     a write waits or more than 64 KiB lie there unread. A consumer or a program that pauses
//     for minutes therefore finds its stream alive and whole.
//   - The end. Wait waits for the status, for the server to close the connection (10 s after the last that came; then that is done for it),
//     and for the last Write to Stdout and Stderr. A pipe that nobody reads holds Wait up only once its bound is full: read pipes to their end, or close
//     them. The end of the context and Close end the session at once; a Write under way is waited for, and what came before is written.
//
// A session takes less than 2 MiB, whatever passes through it, and at most seven goroutines.
//
// PortForward gives a net.Conn for each connection, with a socket of its own and the same pings and bounds. Its protocol has no half-close:
// ForwardedConn.CloseWrite says what that comes to.
package subresource
