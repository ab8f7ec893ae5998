// Command debugrun adds a debug container to a pod, runs one command in it, and exits with the
// command's status:
//
//	debugrun [-image IMAGE] [-target CONTAINER] POD COMMAND [ARG…]
//	debugrun -target app web-0 ls -l /proc/1/root
//
// The pod needs no shell: the command comes from the debug container's image. With -target, the
// command sees the processes of that container. Exit status 125 means that kx or the container
// failed, and not the command.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	image := flag.String("image", debug.AutoImage, "the image, or auto: one that the node has")
	target := flag.String("target", "", "the container whose processes the command sees")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr,
			"usage: debugrun [-image IMAGE] [-target CONTAINER] POD COMMAND [ARG…]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	code := 0
	if err == nil {
		code, err = run(ctx, cfg, flag.Arg(0), debug.Options{
			Image: *image, Target: *target, Command: flag.Args()[1:],
			Stdout: os.Stdout, Stderr: os.Stderr,
			Notice: func(text string) { fmt.Fprintln(os.Stderr, text) },
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "debugrun:", err)
		code = 125
	}
	os.Exit(code)
}

// run returns the exit code of the container's command.
func run(ctx context.Context, cfg *kubeconfig.Config, pod string, o debug.Options) (int, error) {
	client, err := transport.New(cfg)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	pods := resources.New[resources.Pod](client)
	res, err := debug.Run(ctx, pods, pod, o)
	if err != nil {
		return 0, err
	}
	return res.ExitCode, nil
}
