package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"github.com/kx-k8s/kx/subresource"
)

const (
	maxMessage   = 32 << 10         // bytes of a message of the browser; the page sends 16 KiB
	maxSize      = 1000             // columns, and rows
	sessionLimit = 8 * time.Hour    // of a shell
	idleLimit    = 30 * time.Minute // without a key
	writeLimit   = 30 * time.Second // for a browser that does not read
	lingerLimit  = 10 * time.Second // for a shell whose browser is gone
)

// runShell returns when the shell has ended, or the browser is gone.
func (s *shell) runShell(ctx context.Context, conn *websocket.Conn) error {
	limited, cancel := context.WithTimeout(ctx, sessionLimit)
	defer cancel()
	session, err := subresource.Exec(s.pods).Start(limited, s.pod, subresource.ExecOptions{
		Container: s.container, Command: []string{"sh"}, TTY: true,
		StdinPipe: true, Stdout: output{limited, conn},
	})
	if err != nil {
		return err
	}
	defer session.Close()
	left := make(chan error, 1)
	go func() {
		// A Read whose context ends cuts the connection. It must outlive the session: the caller
		// then closes the connection with a reason.
		left <- relayInput(ctx, conn, session)
		// No signal tells a program on a node that its terminal is gone.
		_, _ = session.StdinPipe().Write([]byte("\x03exit\n"))
		time.AfterFunc(lingerLimit, cancel)
	}()
	err = session.Wait()
	select {
	case browser := <-left:
		return fmt.Errorf("the browser has left: %w", browser)
	default:
		return err
	}
}

// relayInput sends keys and sizes of the terminal to the session, until the browser is gone.
func relayInput(ctx context.Context, conn *websocket.Conn, session *subresource.Session) error {
	for {
		readCtx, cancel := context.WithTimeout(ctx, idleLimit)
		kind, message, err := conn.Read(readCtx)
		cancel()
		if err != nil {
			return err
		}
		if kind == websocket.MessageBinary {
			_, err = session.StdinPipe().Write(message)
		} else {
			err = resize(conn, session, message)
		}
		if err != nil {
			return err
		}
	}
}

func resize(conn *websocket.Conn, session *subresource.Session, message []byte) error {
	var size struct{ Columns, Rows int }
	err := json.Unmarshal(message, &size)
	if err != nil || min(size.Columns, size.Rows) < 1 || max(size.Columns, size.Rows) > maxSize {
		_ = conn.Close(websocket.StatusPolicyViolation, "This is no size of a terminal.")
		return fmt.Errorf("no size of a terminal: %.50q", message)
	}
	return session.Resize(size.Columns, size.Rows)
}

// output writes what the shell prints to the browser.
type output struct {
	ctx  context.Context
	conn *websocket.Conn
}

func (o output) Write(p []byte) (int, error) {
	ctx, cancel := context.WithTimeout(o.ctx, writeLimit)
	defer cancel()
	err := o.conn.Write(ctx, websocket.MessageBinary, p)
	if err != nil {
		return 0, err
	}
	return len(p), nil
}
