// Package machine is what a container of kxtest is made of: a virtual machine with a file system in memory, a table of processes, and a shell.
//
// Nothing of the host is in it: no program of the host runs, and neither its files nor its environment, users or network are seen. Memory,
// processes and files are bounded, and [Machine.Kill] ends whatever runs within moments.
//
// The shell is an evaluator of its own over mvdan.cc/sh's parser and expansion. The interpreter that comes with them is built to stand for the
// host's shell: `command -v`, `pwd -P`, `[ -t 0 ]` and process substitution ask the host, a function that calls itself without end
// takes the whole program down, and it knows neither signals nor process numbers.
//
// The API: [New], [Machine.Start] with [IO], [Machine.Kill]; of a [Process] Wait, Done, Signal (HUP, INT, KILL, TERM) and Resize, and for a [Program]
// PID, Args, Stdin, Stdout, Stderr, Getenv, Environ, Dir and Size. The two things to know about streams: whoever gives a Stdin whose Read can wait
// has to end that Read once Done is closed, and Done waits for what was written to be taken, except after [Machine.Kill].
package machine
