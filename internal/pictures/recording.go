package main

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// recordedLines returns a session as its recording has it. Before it stand the lines of the script
// up to the command, and after it the last line.
func recordedLines(script string) ([]line, error) {
	shown, recording, err := runScript(script, true, typed...)
	if err != nil {
		return nil, err
	}
	rows := strings.Split(shown, "\n")
	last := rows[len(rows)-1]
	for i, row := range rows {
		if strings.HasPrefix(row, "$ ") {
			rows = rows[:i+1]
			break
		}
	}
	output, err := recordedOutput(recording)
	if err != nil {
		return nil, err
	}
	for row := range strings.SplitSeq(strings.TrimSpace(output), "\r\n") {
		states := strings.Split(row, "\r\x1b[J") // the shell draws the row again
		rows = append(rows, states[len(states)-1])
	}
	return textLines(append(rows, last)), nil
}

// recordedOutput returns the output in an asciicast v3: after the header stand events, which are
// arrays of the time, a code and the data.
func recordedOutput(recording []byte) (string, error) {
	var output strings.Builder
	_, events, _ := bytes.Cut(recording, []byte("\n"))
	for text := range bytes.Lines(events) {
		var event []any
		err := json.Unmarshal(text, &event)
		if err != nil || len(event) != 3 {
			return "", fmt.Errorf("the recording has no event in %q: %w", text, err)
		}
		if event[1] == "o" {
			fmt.Fprint(&output, event[2])
		}
	}
	return output.String(), nil
}
