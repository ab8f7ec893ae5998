package machine

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// Signal is a signal's number on Linux.
type Signal int

// The signals that a caller sends; processes in a machine may send each other any of Linux's first 31.
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

var signalNames = strings.Fields("EXIT HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS")

func (s Signal) String() string {
	if s > 0 && int(s) < len(signalNames) {
		return "SIG" + signalNames[s]
	}
	return "signal " + strconv.Itoa(int(s))
}

// wording is what a shell says of a process that a signal has ended.
func (s Signal) wording() string {
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

// parseSignal reads a signal's name, with or without SIG, or its number; 0 and EXIT are 0.
func parseSignal(name string) (Signal, bool) {
	if n, err := strconv.Atoi(name); err == nil {
		return Signal(n), n >= 0 && n < len(signalNames)
	}
	i := slices.Index(signalNames, strings.TrimPrefix(strings.ToUpper(name), "SIG"))
	return Signal(i), i >= 0
}

// harmless signals do nothing to a process that has not asked for them. A process cannot be stopped here, so the signals that stop are among them.
func (s Signal) harmless() bool {
	return slices.Contains([]Signal{0, sigChild, sigCont, sigStop, sigTstp, sigTtin, sigTtou, sigUrg, sigWinch}, s)
}

// What a process does with a signal: the zero value is the default action.
const (
	handleDefault = iota
	handleIgnore
	handleCatch
)

// signal delivers a signal. As in Linux, the first process of a namespace does not notice one that it has no handler for, except KILL.
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
		close(t.notice)
		t.notice = make(chan struct{})
	case s.harmless() || t.pid == 1 && s != sigPipe:
	default:
		t.terminate(s)
	}
}

func (t *task) terminate(s Signal) {
	t.killedBy = s
	t.cancel()
	close(t.notice)
	t.notice = closedChannel
}

// handle sets what the process does with a signal.
func (t *task) handle(s Signal, how int) {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	t.handling[s] = how
}

// caught takes the oldest caught signal that was not looked at yet, or 0.
func (t *task) caught() Signal {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	if len(t.pending) == 0 {
		return 0
	}
	s := t.pending[0]
	t.pending = t.pending[1:]
	return s
}

// noticed is a channel that is closed when a signal is caught; it is closed already when one waits.
func (t *task) noticed() <-chan struct{} {
	t.ns.mu.Lock()
	defer t.ns.mu.Unlock()
	if len(t.pending) > 0 {
		return closedChannel
	}
	return t.notice
}

// untilNoticed is a context that ends with the process, and when a signal is caught: at once, so that nothing is read that was typed after ^C.
func (t *task) untilNoticed() context.Context { return noticeContext{t.ctx, t.noticed()} }

type noticeContext struct {
	context.Context
	noticed <-chan struct{}
}

func (c noticeContext) Done() <-chan struct{} { return c.noticed }

func (c noticeContext) Err() error {
	if closed(c.noticed) {
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

// resetHandlers is what execve does: what was caught has its default action again.
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
