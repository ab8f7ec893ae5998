package debugcmd

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/debug"
)

// setCallbacks sets how kx speaks of an image that AutoImage has found. At a terminal the user
// confirms an image that nothing vouches for. -q does not silence the notice of the chosen image.
func (i *ImageFlags) setCallbacks(o *debug.Options, k *command.Invocation) {
	o.ImageNotice = func(text string) { command.Note(k, "%s", text) }
	in, _ := command.UserTerminal(k)
	if in != nil {
		o.ConfirmImage = newConfirmer(k).confirm
	}
}

// confirmer asks the user, one question at a time.
type confirmer struct {
	mu      sync.Mutex
	k       *command.Invocation
	answers map[string]bool
}

func newConfirmer(k *command.Invocation) *confirmer {
	return &confirmer{k: k, answers: map[string]bool{}}
}

// confirm asks whether to run image, once for each image. The default is no.
func (c *confirmer) confirm(image, why string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, asked := c.answers[image]
	if !asked {
		fmt.Fprintf(c.k.Err, "%s.\nRun %s in the pod? [y/N] ", printer.OneLine(why),
			printer.OneLine(image))
		line := readLine(c.k.In) // EOF means no
		answer = isYes(line)
		c.answers[image] = answer
	}
	return answer
}

// isYes reports whether a line is y or yes.
func isYes(line string) bool {
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return true
	}
	return false
}

// readLine reads one line byte by byte, and leaves the rest of the input to the container's
// program.
func readLine(in io.Reader) string {
	var line strings.Builder
	b := make([]byte, 1)
	for {
		n, err := in.Read(b)
		if n > 0 && b[0] == '\n' || err != nil {
			return line.String()
		}
		line.Write(b[:n])
	}
}
