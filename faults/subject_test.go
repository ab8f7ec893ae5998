package faults_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/kx-k8s/kx/internal/faultproxy"
)

// subject is a verb of the command or a call of the library.
type subject struct {
	name string
	needs
	// For a verb: its words, in which NAME is the name of the cell's own object, and its stdin.
	// FOLDER is a new folder, ARCHIVE one of an image, NODE a node, and NAMESPACE the namespace.
	args, stdin string
	// limits are the words that limit a wait for events, for faults that are silent.
	limits string
	// until is the output at which the verb is interrupted.
	until string
	// forward sends data through the port that the verb forwards.
	forward bool
	// lost is the exit status of a failure: 1 if it is 0.
	lost int
	// For a call: what it does.
	call func(c *callOf) (string, error)
	// partial is true if output before a failure is all right: it must be a prefix of the whole.
	partial bool
	// raw is true if the subject prints any answer as it comes.
	raw bool
	// follows is true if the subject outlives an outage of any length: a watch or followed log.
	follows bool
	// tells is true if the output has several parts, and says of each what failed there.
	tells bool
	// checks is true if the subject reads the state after a write of unknown outcome, and may then
	// send the write again.
	checks bool
	// verifies is true if the subject learns from the pod's status, and not from the exit status,
	// what its exec has done.
	verifies bool
	// uploads is true if the subject sends more than the peer of a stream may have to read before
	// its silence is that of a slow one.
	uploads bool
	// cleans is true if the subject deletes its pod at the end, and warns if it cannot.
	cleans bool
}

// attempt is one run of a subject.
type attempt struct {
	world  *world
	proxy  *faultproxy.Proxy
	name   string
	folder string
	silent bool // the fault is silence: the requests have a short limit
	// bug spoils what the subject did, for the tests of the matrix itself.
	bug *bug
}

// outcome is what a run did, as its caller sees it.
type outcome struct {
	out, text string // output, and messages or the error
	code      int
	failed    bool
	typed     bool // the error is of a documented type, or an "error:" line
	unknown   bool // the error says that the write may have happened
	ended     bool // within the limit
}

const (
	// cellLimit is how long a run may take on a busy machine, with a container's start on a busy
	// node. What takes longer hangs.
	cellLimit = 120 * time.Second
	// slowLimit is the same for a cell that waits for the limit for a dead peer.
	slowLimit = 150 * time.Second
	// outageLimit is how long a subject is observed that outlives an outage without an end.
	outageLimit = 4 * time.Second
	// requestLimit limits the requests of a cell whose fault is silence.
	requestLimit = "2s"
)

// run runs the subject until it ends or the limit of its cell expires.
func (s *subject) run(ctx context.Context, a *attempt, limit time.Duration) outcome {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var got outcome
	if s.call != nil {
		got = s.runCall(ctx, a)
	} else {
		got = s.runCommand(ctx, a)
	}
	got.ended = ctx.Err() == nil
	if a.bug != nil && a.bug.spoil != nil {
		a.bug.spoil(&got)
	}
	return got
}

// runCommand runs kx as a process.
func (s *subject) runCommand(ctx context.Context, a *attempt) outcome {
	file := filepath.Join(a.folder, "kubeconfig")
	err := os.WriteFile(file, a.proxy.Kubeconfig(), 0o600)
	if err != nil {
		return outcome{text: err.Error(), failed: true}
	}
	line := strings.NewReplacer("NAMESPACE", a.world.namespace, "NAME", a.name, "NODE", a.world.node,
		"FOLDER", a.folder, "ARCHIVE", a.world.archive).Replace(s.args)
	args := []string{"--kubeconfig", file}
	if a.silent {
		args = append(args, "--request-timeout", requestLimit)
		args = append(args, strings.Fields(s.limits)...)
	}
	args = append(args, splitWords(line)...)
	if a.silent && s.limits != "" {
		// The limits are flags of the verb: they follow it.
		verb := strings.Fields(line)[0]
		args = append([]string{"--kubeconfig", file, "--request-timeout", requestLimit, verb},
			append(strings.Fields(s.limits), splitWords(line)[1:]...)...)
	}
	cmd := exec.CommandContext(ctx, a.world.kxProgram, args...)
	cmd.WaitDelay = time.Second
	cmd.Env = append(os.Environ(), "KX_CONFIG="+os.DevNull, "KX_DEBUG_IMAGE=", "KUBECONFIG=")
	out := &watchedOutput{until: s.until, found: func() { _ = cmd.Process.Signal(syscall.SIGINT) }}
	var messages bytes.Buffer
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(s.stdin, "NAME", a.name))
	cmd.Stdout, cmd.Stderr = out, &messages
	if s.forward {
		out.until = " -> "
		out.found = func() { go forward(cmd, out) }
	}
	err = cmd.Run()
	got := outcome{out: out.text() + readFolder(a.folder), text: messages.String(),
		code: cmd.ProcessState.ExitCode(), failed: err != nil}
	if err != nil && !is[*exec.ExitError](err) {
		got.text += err.Error()
	}
	got.typed = strings.Contains(got.text, "error: ") || s.forward && got.text != ""
	got.unknown = strings.Contains(got.text, "may have happened") ||
		strings.Contains(got.text, "may still run") || strings.Contains(got.text, "may have")
	return got
}

// splitWords splits a line at spaces, except in '…'.
func splitWords(line string) (words []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}

// readFolder returns the files that a verb has written, with their contents.
func readFolder(folder string) (text string) {
	entries, _ := os.ReadDir(folder)
	for _, entry := range entries {
		if entry.Name() == "kubeconfig" || entry.IsDir() {
			continue
		}
		content, _ := os.ReadFile(filepath.Join(folder, entry.Name()))
		text += "\nfile " + entry.Name() + ": " + string(content)
	}
	return text
}
