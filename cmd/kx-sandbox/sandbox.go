package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const usage = "" +
	"usage: kx-sandbox run -- COMMAND [ARG…]       " +
	"run COMMAND with KUBECONFIG set to a fresh sandbox\n" +
	"       kx-sandbox serve [--kubeconfig FILE]   " +
	"serve until SIGINT or SIGTERM\n"

// The exit statuses other than the command's, like env(1).
const (
	exitFailed        = 1
	exitUsage         = 2
	exitNotExecutable = 126
	exitNotFound      = 127
)

// readyLimit is how long the pods may take to be ready. It takes milliseconds.
const readyLimit = 30 * time.Second

// sandbox runs the program and returns its exit status.
func sandbox(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	switch args[0] {
	case "run":
		args := args[1:]
		if len(args) > 0 && args[0] == "--" {
			args = args[1:]
		} else if len(args) > 0 && isHelp(args[0]) {
			fmt.Fprint(stdout, usage)
			return 0
		} else if len(args) > 0 && strings.HasPrefix(args[0], "-") {
			return usageError(stderr, "run has no flag "+args[0]+": put -- before the command")
		}
		if len(args) == 0 {
			return usageError(stderr, "run needs a command")
		}
		return run(args, stdin, stdout, stderr)
	case "serve":
		flags := flag.NewFlagSet("serve", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		path := flags.String("kubeconfig", "", "")
		err := flags.Parse(args[1:])
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stdout, usage)
			return 0
		}
		if err != nil {
			return usageError(stderr, err.Error())
		}
		if flags.NArg() > 0 {
			return usageError(stderr, "serve takes no argument "+flags.Arg(0))
		}
		return serve(*path, stdout, stderr)
	}
	if args[0] == "help" || isHelp(args[0]) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	return usageError(stderr, "unknown command "+strconv.Quote(args[0]))
}

// isHelp reports whether the argument asks for the usage.
func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

func usageError(stderr io.Writer, message string) int {
	fmt.Fprintf(stderr, "kx-sandbox: %s\n%s", message, usage)
	return exitUsage
}

func reportFailure(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "kx-sandbox: %v\n", err)
	return exitFailed
}

// start starts a sandbox whose pods are ready, and writes its kubeconfig, to path or to a temporary
// file. stop closes the server and removes the temporary file.
func start(path string) (server *kxtest.Server, file string, stop func(), err error) {
	server, err = kxtest.New(kxtest.WithSandbox())
	if err != nil {
		return nil, "", nil, err
	}
	folder := ""
	if path == "" {
		if folder, err = os.MkdirTemp("", "kx-sandbox-"); err != nil {
			server.Close()
			return nil, "", nil, err
		}
		path = filepath.Join(folder, "kubeconfig")
	}
	stop = func() {
		server.Close()
		if folder != "" {
			_ = os.RemoveAll(folder) // at worst, a few hundred bytes stay
		}
	}
	if path, err = filepath.Abs(path); err == nil {
		err = server.WriteKubeconfig(path)
	}
	if err == nil {
		err = awaitPods(server)
	}
	if err != nil {
		stop()
		return nil, "", nil, err
	}
	return server, path, stop, nil
}

// awaitPods waits until the pods of a sandbox are ready: a first command may read a log.
func awaitPods(server *kxtest.Server) error {
	client, err := transport.New(server.Config())
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), readyLimit)
	defer cancel()
	pods := resources.New[resources.Pod](client)
	for name, err := range pods.AllNames(ctx, resources.ListOptions{}) {
		if err == nil {
			err = resources.WaitFor(ctx, pods, name, resources.Ready)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// run runs a command against its own sandbox, and returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	_, file, stop, err := start("")
	if err != nil {
		return reportFailure(stderr, err)
	}
	defer stop()
	command := exec.Command(args[0], args[1:]...)
	command.Env = append(os.Environ(), "KUBECONFIG="+file)
	command.Stdin, command.Stdout, command.Stderr = stdin, stdout, stderr

	// A terminal sends SIGINT to the command too, which decides whether to end. SIGTERM reaches
	// this process alone, and run passes it on.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := command.Start(); err != nil {
		fmt.Fprintf(stderr, "kx-sandbox: %v\n", err)
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			return exitNotFound
		}
		return exitNotExecutable
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case s := <-signals:
				if s == syscall.SIGTERM {
					_ = command.Process.Signal(s) // it may have ended already
				}
			case <-done:
				return
			}
		}
	}()
	err = command.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitCode(exit.ProcessState)
	}
	if err != nil {
		return reportFailure(stderr, err)
	}
	return 0
}

// exitCode returns the exit status like a shell: 128 and the number of the signal that ended the
// command.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// serve serves a sandbox until SIGINT or SIGTERM, and prints how to use it.
func serve(path string, stdout, stderr io.Writer) int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	server, file, stop, err := start(path)
	if err != nil {
		return reportFailure(stderr, err)
	}
	defer stop()
	fmt.Fprintf(stderr, "kx-sandbox: serving on %s until Ctrl-C; in another shell:\n", server.URL())
	fmt.Fprintf(stdout, "export KUBECONFIG=%s\n", quoted(file))
	<-signals
	return 0
}

// quoted returns a word in a form that a shell reads back unchanged.
func quoted(word string) string {
	plain := strings.IndexFunc(word, func(r rune) bool {
		return !strings.ContainsRune(
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+:@%", r)
	}) < 0
	if plain {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
