package debug

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// keyPause is before each key: a shell that comes back from an interrupted program throws away what was typed meanwhile.
const keyPause = 200 * time.Millisecond

// inputEndsWithin is how long a program has to end with its input.
const inputEndsWithin = 3 * time.Second

// errNoInput says that a container has no stdin that can be ended.
var errNoInput = errors.New("it has no stdin that can be ended")

// endInput ends the stdin of a container of pod: in a terminal by ^C and ^D, and by its end where that is the program's, which takes stdinOnce.
// The error is nil when the container has ended by that, and context.DeadlineExceeded when it has not in time.
func endInput(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string) error {
	ctx, cancel := context.WithTimeout(ctx, inputEndsWithin)
	defer cancel()
	for i := range pod.Spec.EphemeralContainers {
		c := &pod.Spec.EphemeralContainers[i]
		if c.Name != container || !c.Stdin || !c.TTY && !c.StdinOnce {
			continue
		}
		keys := &typist{ctx: ctx}
		if c.TTY {
			keys.keys = "\x03\x04\x04" // bash wants the second ^D where jobs are stopped
		}
		session, err := subresource.Attach(pods).Start(ctx, pod.Metadata.Name, subresource.AttachOptions{Container: container, Stdin: keys, Stdout: io.Discard, TTY: &c.TTY})
		if err != nil {
			return err
		}
		return session.Wait()
	}
	return errNoInput
}

// typist types keys, and then stays, as the end of who is attached to a terminal tells the program nothing; without keys there is an end at once.
type typist struct {
	ctx  context.Context
	keys string
	next int
}

func (t *typist) Read(p []byte) (int, error) {
	if t.keys == "" {
		return 0, io.EOF
	}
	pause := time.Duration(keyPause)
	if t.next == len(t.keys) {
		pause = inputEndsWithin
	}
	select {
	case <-time.After(pause):
	case <-t.ctx.Done():
		return 0, t.ctx.Err()
	}
	n := copy(p, t.keys[t.next:min(t.next+1, len(t.keys))])
	t.next += n
	return n, nil
}
