// Command browsershell serves a debug shell of a pod to the browser:
//
//	browsershell [-listen 127.0.0.1:8080] [-origin URL] [-image IMAGE] [-target CONTAINER] POD
//
// It adds a debug container to the pod, and prints the address of a page with a terminal, xterm.js.
// Each connection of the page is one shell in that container. The address contains a token, which
// is new at each start. Whoever has the token may do in the pod what the container may.
//
// The server speaks plain HTTP on a loopback address. To serve others, put a proxy with TLS before
// it, and name the page's origin: -origin https://shell.example.com.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "the address to serve on")
	origin := flag.String("origin", "", "the page's origin, if a proxy is before the server")
	image := flag.String("image", debug.AutoImage, "the debug image, or auto: one the node has")
	target := flag.String("target", "", "the container whose processes the shell sees")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: browsershell [-listen ADDRESS] [-origin URL] "+
			"[-image IMAGE] [-target CONTAINER] POD")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	if err == nil {
		options := debug.Options{Image: *image, Target: *target}
		options.Notice = func(text string) { fmt.Fprintln(os.Stderr, text) }
		err = run(ctx, cfg, *listen, *origin, flag.Arg(0), options, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "browsershell:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg *kubeconfig.Config, listen, origin, pod string, o debug.Options,
	out io.Writer) error {
	client, err := transport.New(cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	if origin == "" {
		origin = "http://" + listener.Addr().String()
	}

	// The container is the image's shell, whose stdin stays open. A second start takes it again.
	pods := resources.New[resources.Pod](client)
	o.TTY, o.OpenStdin, o.Reuse = true, true, true
	res, err := debug.Run(ctx, pods, pod, o)
	if err != nil {
		return err
	}
	s := &shell{
		pods: pods, pod: pod, container: res.Container, origin: origin, token: rand.Text(),
		slots: make(chan struct{}, maxSessions), log: log.Default(),
	}
	fmt.Fprintf(out, "%s/#%s\n", origin, s.token)
	server := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	err = server.Serve(listener)
	if ctx.Err() != nil {
		return nil
	}
	return err
}
