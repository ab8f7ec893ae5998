//go:build linux

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/kx-k8s/kx/internal/farlink"
)

// farRoundTrip is what the far link adds to each round trip.
const farRoundTrip = 150 * time.Millisecond

// bench measures rows on a cluster.
type bench struct {
	*cluster
	programs map[string]string // files by name
	rounds   int
	server   *url.URL
	// serverName is the name in the server's certificate, and far the address of the relay.
	serverName, far string
	credentials     []string // curl's arguments
	pod, log        string   // pods that run, and that has a large log
	progress        io.Writer
}

// listenFar starts the far link to the server. It ends when the listener is closed.
func (b *bench) listenFar(ctx context.Context) (io.Closer, error) {
	server, err := url.Parse(b.config.Server)
	if err != nil {
		return nil, err
	}
	server.Host = net.JoinHostPort(server.Hostname(), cmp.Or(server.Port(), "443"))
	b.server, b.serverName = server, cmp.Or(b.config.TLS.ServerName, server.Hostname())
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b.far = l.Addr().String()
	go farlink.Relay(l, server.Host, farRoundTrip)
	return l, nil
}

// measureRow measures a row.
func (b *bench) measureRow(ctx context.Context, r row) (measured result, err error) {
	programs, requests, pods := []string{withKx, withKubectl}, []request(nil), []string{b.pod}
	switch {
	case r.freshPod:
		pods, err = b.startPods(ctx, 2*b.rounds)
		defer func() { _ = b.deletePods(context.WithoutCancel(ctx), pods) }()
	case r.unlimited == "":
		programs = append(programs, withCurl)
		requests, err = b.requestsOf(ctx, r)
	}
	if err != nil {
		return measured, fmt.Errorf("row %q: %w", r.name, err)
	}
	measured, err = measure(ctx, r, programs, b.rounds,
		func(ctx context.Context, program string, round int) (usage, error) {
			i := 2 * round
			if program == withKubectl {
				i++
			}
			c := b.command(r, program, pods[i%len(pods)])
			if program == withCurl {
				c = b.curl(r, requests)
			}
			used, _, err := b.run(ctx, r, c)
			return used, err
		})
	measured.pods = b.count
	return measured, err
}

// run runs a command once.
func (b *bench) run(ctx context.Context, r row, c command) (usage, string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, commandLimit,
		fmt.Errorf("it did not end within %s", commandLimit))
	defer cancel()
	var done report
	var stderr string
	var err error
	if r.toPrompt {
		done, err = runToPrompt(ctx, c)
	} else {
		done, stderr, err = c.run(ctx)
	}
	return usage{elapsed: done.Elapsed, cpu: done.CPU, memory: done.Memory}, stderr, err
}

// requestsOf runs a row with kx, and returns its requests, which curl repeats.
func (b *bench) requestsOf(ctx context.Context, r row) ([]request, error) {
	c := b.command(r, withKx, b.pod)
	words := remoteCommand(c.args)
	c.args = append([]string{"-v", "7"}, c.args...)
	_, log, err := b.run(ctx, r, c)
	if err != nil {
		return nil, err
	}
	requests, err := loggedRequests(log, words)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c, err)
	}
	return requests, nil
}

// fillCaches makes kubectl keep the answers of discovery, by the address of the server.
func (b *bench) fillCaches(ctx context.Context) error {
	for _, isFar := range []bool{false, true} {
		r := row{words: "get pods", isFar: isFar}
		if _, _, err := b.run(ctx, r, b.command(r, withKubectl, "")); err != nil {
			return err
		}
	}
	return nil
}

// command returns the command line of kx or kubectl for a row.
func (b *bench) command(r row, program, pod string) command {
	c := command{program: b.programs[program], least: r.least}
	namespace := b.running
	if r.stage != streams {
		namespace = b.listed
	}
	if strings.HasPrefix(r.words, "get pods") {
		c.least *= int64(b.count)
	}
	c.args = []string{"-n", namespace}
	if r.isFar {
		server := *b.server
		server.Host = b.far
		c.args = append(c.args, "-s", server.String(), "--tls-server-name", b.serverName)
	}
	c.args = append(c.args, r.args(pod, b.log, b.image)...)
	return c
}

// curl returns the command line of curl for a row.
func (b *bench) curl(r row, requests []request) command {
	target := b.server.Host
	if r.isFar {
		target = b.far
	}
	args := append([]string{"--connect-to", "::" + target}, b.credentials...)
	host := net.JoinHostPort(b.serverName, b.server.Port())
	return command{program: b.programs[withCurl], args: curlArgs(requests, host, args)}
}
