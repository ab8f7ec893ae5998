//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/kx-k8s/kx/internal/pty"
)

// prompt is what busybox's shell shows to root in its first folder.
const prompt = "/ # "

// enterAfter is the silence after which a person presses Enter. The prompt may be older than the
// attach, and is not shown then.
const enterAfter = 5 * time.Second

// runToPrompt runs a command that opens a shell in a terminal, and ends the shell once it shows a
// prompt. Elapsed is the time until the prompt.
func runToPrompt(ctx context.Context, c command) (report, error) {
	master, slave, err := pty.Open(100, 30)
	if err != nil {
		return report{}, err
	}
	defer master.Close()
	launched, err := newLaunch(ctx, c)
	if err != nil {
		slave.Close()
		return report{}, err
	}
	launched.cmd.Stdin, launched.cmd.Stdout, launched.cmd.Stderr = slave, slave, slave
	launched.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = launched.start()
	slave.Close()
	if err != nil {
		return report{}, err
	}
	seen := make(chan shown, 1)
	go func() { seen <- awaitPrompt(master) }()
	screen := pressEnter(ctx, master, seen)
	if screen.err == nil {
		_, err = master.WriteString("exit\r")
	}
	r, waitErr := launched.wait()
	err = errors.Join(screen.err, err, waitErr)
	if err != nil {
		return r, fmt.Errorf("%s: no prompt: %w: %s", c, err, lastLines(screen.text))
	}
	r.Elapsed = screen.at.Sub(r.Started)
	return r, nil
}

// shown is what a terminal has shown.
type shown struct {
	text string
	at   time.Time
	err  error
}

// awaitPrompt reads the terminal until the prompt, and then on, so that the program does not block.
func awaitPrompt(master *os.File) shown {
	var text strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := master.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			return shown{text.String(), time.Now(), err}
		}
		if strings.Contains(text.String(), prompt) {
			break
		}
	}
	at := time.Now()
	go func() {
		for {
			if _, err := master.Read(buffer); err != nil {
				return
			}
		}
	}()
	return shown{text: text.String(), at: at}
}

// pressEnter presses Enter after each silence, until the terminal shows the prompt.
func pressEnter(ctx context.Context, master *os.File, seen chan shown) shown {
	for {
		select {
		case s := <-seen:
			return s
		case <-time.After(enterAfter):
			_, _ = master.WriteString("\r") // if it fails, so does the read
		case <-ctx.Done():
			return shown{err: context.Cause(ctx)}
		}
	}
}
