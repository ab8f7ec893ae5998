package machine

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// Signal is the number of a signal on Linux.
type Signal int

// The signals that a caller sends. Processes in a machine may send each other the first 31 of
// Linux.
const (
	HUP  Signal = 1
	INT  Signal = 2
	KILL Signal = 9
	TERM Signal = 15
)

const (
	sigQuit  Signal = 3
	sigPipe  Signal = 13
	sigChild Signal = 17
	sigCont  Signal = 18
	sigStop  Signal = 19
	sigTstp  Signal = 20
	sigTtin  Signal = 21
	sigTtou  Signal = 22
	sigUrg   Signal = 23
	sigWinch Signal = 28
)

var signalNames = strings.Fields(
	"EXIT HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT " +
		"STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS",
)

func (s Signal) String() string {
	if s > 0 && int(s) < len(signalNames) {
		return "SIG" + signalNames[s]
	}
	return "signal " + strconv.Itoa(int(s))
}

// statusText returns what a shell prints about a process that the signal ended.
func (s Signal) statusText() string {
	switch s {
	case HUP:
		return "Hangup"
	case sigQuit:
		return "Quit"
	case KILL:
		return "Killed"
	case TERM:
		return "Terminated"
	}
	return s.String()
}

// parseSignal parses the name of a signal, with or without SIG, or its number. EXIT is 0.
func parseSignal(name string) (Signal, bool) {
	if n, err := strconv.Atoi(name); err == nil {
		return Signal(n), n >= 0 && n < len(signalNames)
	}
	i := slices.Index(signalNames, strings.TrimPrefix(strings.ToUpper(name), "SIG"))
	return Signal(i), i >= 0
}

// ignoredByDefault reports whether a process without a handler ignores the signal. The signals that
// stop a process are among them, because processes cannot stop here.
func (s Signal) ignoredByDefault() bool {
	return slices.Contains([]Signal{0, sigChild, sigCont, sigStop, sigTstp, sigTtin, sigTtou,
		sigUrg, sigWinch}, s)
}

// How a process handles a signal. The zero value is the default action.
const (
	handleDefault = iota
	handleIgnore
	handleCatch
)

// signal delivers a signal. As in Linux, the first process of a namespace ignores a signal without
// a handler, except SIGKILL.
func (t *task) signal(s Signal) {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	t.signalLocked(s)
}

func (t *task) signalLocked(s Signal) {
	handling := t.handling[s]
	switch {
	case t.exited || t.killedBy != 0:
	case s == KILL:
		t.terminate(s)
	case handling == handleIgnore:
	case handling == handleCatch:
		if !slices.Contains(t.pending, s) {
			t.pending = append(t.pending, s)
		}
		close(t.signalArrived)
		t.signalArrived = make(chan struct{})
	case s.ignoredByDefault() || t.pid == 1 && s != sigPipe:
	default:
		t.terminate(s)
	}
}

func (t *task) terminate(s Signal) {
	t.killedBy = s
	t.cancel()
	close(t.signalArrived)
	t.signalArrived = closedChannel
}

// handle sets how the process handles a signal.
func (t *task) handle(s Signal, how int) {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	t.handling[s] = how
}

// takeSignal removes and returns the oldest caught signal, or returns 0.
func (t *task) takeSignal() Signal {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	if len(t.pending) == 0 {
		return 0
	}
	s := t.pending[0]
	t.pending = t.pending[1:]
	return s
}

// signalled returns a channel that is closed once a caught signal is pending.
func (t *task) signalled() <-chan struct{} {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	if len(t.pending) > 0 {
		return closedChannel
	}
	return t.signalArrived
}

// untilSignalled returns a context that ends when a signal is caught, and with the process. A read
// under it stops at once, so that it does not take what is typed after ^C.
func (t *task) untilSignalled() context.Context { return signalContext{t.ctx, t.signalled()} }

type signalContext struct {
	context.Context
	signalled <-chan struct{}
}

func (c signalContext) Done() <-chan struct{} { return c.signalled }

func (c signalContext) Err() error {
	if closed(c.signalled) {
		return context.Canceled
	}
	return nil
}

var closedChannel = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// resetHandlers does what execve(2) does: caught signals get their default action.
func (t *task) resetHandlers() {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	for s, how := range t.handling {
		if how == handleCatch {
			delete(t.handling, s)
		}
	}
	t.pending = nil
}
