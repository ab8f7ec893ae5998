package attach

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// keyPause precedes each key: a shell that returns from an interrupted program drops what was typed
// meanwhile.
const keyPause = 200 * time.Millisecond

// EndStdinTimeout is how long a program has to end after its stdin.
const EndStdinTimeout = 3 * time.Second

// ErrNoStdin is EndStdin's error for a container whose stdin cannot be ended.
var ErrNoStdin = errors.New("the container's stdin cannot be ended")

// EndStdin ends the stdin of an ephemeral container and waits for the program to end.
//
//	a terminal   EndStdin sends ^C ^D ^D
//	stdinOnce    EndStdin sends EOF: the runtime closes stdin when the first client disconnects
//	otherwise    EndStdin returns ErrNoStdin
//
// EndStdin returns nil when the program has ended, and context.DeadlineExceeded after
// EndStdinTimeout.
func EndStdin(
	ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline,
	container string,
) error {
	ctx, cancel := context.WithTimeout(ctx, EndStdinTimeout)
	defer cancel()
	for i := range pod.Spec.EphemeralContainers {
		c := &pod.Spec.EphemeralContainers[i]
		if c.Name != container || !c.Stdin || !c.TTY && !c.StdinOnce {
			continue
		}
		stdin := &keySender{ctx: ctx}
		if c.TTY {
			stdin.keys = "\x03\x04\x04" // bash with stopped jobs takes a second ^D
		}
		session, err := subresource.Attach(pods).Start(ctx, pod.Metadata.Name,
			subresource.AttachOptions{
				Container: container, Stdin: stdin, Stdout: io.Discard, TTY: &c.TTY,
			})
		if err != nil {
			return err
		}
		return session.Wait()
	}
	return ErrNoStdin
}

// keySender is a stdin that sends keys with a pause before each, and then stays open:
// a terminal's program does not see a client disconnect. Without keys it is at EOF at once.
type keySender struct {
	ctx  context.Context
	keys string
	next int
}

func (k *keySender) Read(p []byte) (int, error) {
	if k.keys == "" {
		return 0, io.EOF
	}
	pause := time.Duration(keyPause)
	if k.next == len(k.keys) {
		pause = EndStdinTimeout
	}
	select {
	case <-time.After(pause):
	case <-k.ctx.Done():
		return 0, k.ctx.Err()
	}
	n := copy(p, k.keys[k.next:min(k.next+1, len(k.keys))])
	k.next += n
	return n, nil
}
