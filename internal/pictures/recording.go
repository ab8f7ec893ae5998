package main

import (
	"bytes"
	"io"
	"strings"
)

// prompt is that of the shell in a debug container.
const prompt = "/ # "

// typed are the lines that are typed into the session of session.sh.
var typed = []string{
	"ps | head -2", "ls /proc/1/root/etc/orders.yaml", "ls /proc/1/root/etc/orders", "exit",
}

// keySender keeps the output of a terminal, and types a line after each prompt.
type keySender struct {
	output   []byte
	keyboard io.Writer
	lines    []string
	answered int // how much of the output precedes the last line typed
}

func (k *keySender) Write(p []byte) (int, error) {
	k.output = append(k.output, p...)
	next := prompt
	if k.answered > 0 {
		next = "\n" + prompt // the shell may draw its first prompt twice
	}
	if len(k.lines) == 0 || !bytes.Contains(k.output[k.answered:], []byte(next)) {
		return len(p), nil
	}
	_, err := io.WriteString(k.keyboard, k.lines[0]+"\n")
	k.lines, k.answered = k.lines[1:], len(k.output)
	return len(p), err
}

// recordedLines returns a session as kx replays its recording.
func recordedLines(script string) ([]line, error) {
	output, err := runScript(script, true, typed...)
	if err != nil {
		return nil, err
	}
	_, recording, _ := strings.Cut(output, "\n---\n")
	var rows []string
	for row := range strings.SplitSeq(recording, "\n") {
		states := strings.Split(row, "\x1b[J") // the shell draws the row again
		rows = append(rows, states[len(states)-1])
	}
	return textLines(rows), nil
}
