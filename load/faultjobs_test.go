package load_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/kx-k8s/kx/internal/faultproxy"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// faultJobs are the jobs whose credential or connection is lost.
func (s *soaking) faultJobs() []job {
	return []job{
		{"a rotated token", s.rotateToken},
		{"a list that is cut off", s.cutList},
		{"a watch that is cut off", s.cutWatch},
		{"a log that is cut off", s.cutLog},
		{"an exec that is cut off", s.cutExec},
		{"a forward that is cut off", s.cutForward},
	}
}

// rotateToken makes a client's token invalid after its first request. The client answers the 401
// with the next token of the file.
func (s *soaking) rotateToken(ctx context.Context, name string) error {
	file := filepath.Join(s.folder, name+"-token")
	defer os.Remove(file)
	rotate := func() error {
		token, err := s.world.server.rotate(name)
		if err != nil {
			return err
		}
		return os.WriteFile(file, []byte(token), 0o600)
	}
	err := rotate()
	if err != nil {
		return err
	}
	cfg := *s.world.cfg
	cfg.TLS.CertFile, cfg.TLS.KeyFile, cfg.TLS.CertData, cfg.TLS.KeyData = "", "", nil, nil
	cfg.BearerToken, cfg.BearerTokenFile = "", file
	var attempts atomic.Int64
	client, err := transport.New(&cfg, transport.WithMetrics(func(m transport.RequestMetrics) {
		attempts.Store(int64(m.Attempts))
	}))
	if err != nil {
		return err
	}
	defer client.Close()
	pods := resources.New[resources.Pod](client)
	_, err = pods.Get(ctx, "shared")
	if err != nil {
		return err
	}
	err = rotate()
	if err != nil {
		return err
	}
	_, err = pods.Get(ctx, "shared")
	if err != nil {
		return err
	}
	if attempts.Load() != 2 {
		return fmt.Errorf("the server took the old token")
	}
	err = rotate()
	if err != nil {
		return err
	}
	got, err := subresource.Exec(pods).Run(ctx, "shared", subresource.ExecOptions{
		Command: []string{"echo", name}})
	if err != nil {
		return err
	}
	return equal(string(got.Stdout), name+"\n")
}

// through calls do with a client whose connection the fault breaks, and fails if it did not.
func (s *soaking) through(protocol string, fault faultproxy.Fault,
	do func(client *transport.Client) error) error {
	upstream, err := faultproxy.NewUpstream(s.world.cfg)
	if err != nil {
		return err
	}
	defer upstream.Close()
	proxy, err := upstream.Start(protocol, &fault)
	if err != nil {
		return err
	}
	defer proxy.Close()
	client, err := transport.New(proxy.Config())
	if err != nil {
		return err
	}
	defer client.Close()
	err = do(client)
	if err != nil {
		return err
	}
	_, hit := proxy.Records()
	if !hit {
		return fmt.Errorf("the connection was not broken")
	}
	return nil
}

func (s *soaking) cutList(ctx context.Context, _ string) error {
	fault := faultproxy.Fault{Stage: faultproxy.Body,
		Effect: faultproxy.Effect{Kind: faultproxy.Truncate}}
	return s.through("h2", fault, func(client *transport.Client) error {
		pod, err := resources.New[resources.Pod](client).Get(ctx, "shared")
		if err != nil {
			return err
		}
		return equal(pod.Metadata.Name, "shared")
	})
}

func (s *soaking) cutWatch(ctx context.Context, name string) error {
	fault := faultproxy.Fault{Match: (*faultproxy.Record).Stream, Stage: faultproxy.Event,
		Effect: faultproxy.Effect{Kind: faultproxy.Reset}}
	return s.through("h2", fault, func(client *transport.Client) error {
		return s.watchFrom(ctx, resources.New[resources.ConfigMap](client), name)
	})
}

func (s *soaking) cutLog(ctx context.Context, name string) error {
	fault := faultproxy.Fault{Match: func(r *faultproxy.Record) bool {
		return strings.HasSuffix(r.URL.Path, "/log")
	}, Stage: faultproxy.Event, Effect: faultproxy.Effect{Kind: faultproxy.Truncate}}
	return s.through("http/1.1", fault, func(client *transport.Client) error {
		return s.followFrom(ctx, resources.New[resources.Pod](client), name)
	})
}

func (s *soaking) cutExec(ctx context.Context, _ string) error {
	return s.through("http/1.1", brokenStream, func(client *transport.Client) error {
		_, err := subresource.Exec(resources.New[resources.Pod](client)).Run(ctx, "shared",
			subresource.ExecOptions{Command: []string{"sh", "-c", "echo one; read -r line"}})
		_, lost := errors.AsType[*subresource.LostError](err)
		if !lost {
			return fmt.Errorf("the exec that was cut off ended with %w", err)
		}
		return nil
	})
}

func (s *soaking) cutForward(ctx context.Context, _ string) error {
	return s.through("http/1.1", brokenStream, func(client *transport.Client) error {
		err := forwardOne(ctx, client, 1, 200_000, newBarrier(1))
		if err == nil {
			return fmt.Errorf("the forward that was cut off brought all bytes")
		}
		return nil
	})
}

// brokenStream breaks a WebSocket after its first data.
var brokenStream = faultproxy.Fault{Match: (*faultproxy.Record).Upgrade, Stage: faultproxy.Stream,
	Effect: faultproxy.Effect{Kind: faultproxy.Reset}}
