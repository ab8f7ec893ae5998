package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// callOf is what a call of the library works with.
type callOf struct {
	ctx        context.Context
	cancel     context.CancelFunc // ends ctx, for calls that run until then
	client     *transport.Client
	pods       *resources.API[resources.Pod]
	configMaps *resources.API[resources.ConfigMap]
	name       string // of the cell's own object
	node       string
	folder     string
	notices    []string
}

// note is a Notice of the library.
func (c *callOf) note(text string) { c.notices = append(c.notices, text) }

// runCall runs a call in this process, with a client of its own.
func (s *subject) runCall(ctx context.Context, a *attempt) outcome {
	limit := cellLimit
	if a.silent {
		limit = 2 * time.Second
	}
	options := []transport.Option{transport.WithTimeout(limit)}
	if a.bug != nil && a.bug.wrap != nil {
		options = append(options, transport.WithRoundTripper(a.bug.wrap))
	}
	client, err := transport.New(a.proxy.Config(), options...)
	if err != nil {
		return outcome{text: err.Error(), failed: true}
	}
	defer client.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &callOf{
		ctx: ctx, cancel: cancel, client: client, name: a.name, folder: a.folder, node: a.world.node,
		pods: resources.New[resources.Pod](client), configMaps: resources.New[resources.ConfigMap](client),
	}
	out, err := s.call(c)
	if err != nil && a.bug != nil && a.bug.spoilErr != nil {
		err = a.bug.spoilErr(err)
	}
	got := outcome{out: out + readFolder(a.folder), text: strings.Join(c.notices, "\n")}
	if err != nil {
		got.text, got.failed, got.code = err.Error(), true, 1
		got.typed = isTyped(err)
		got.unknown = errors.Is(err, transport.ErrOutcomeUnknown) || is[*subresource.LostError](err)
		if !got.typed {
			got.text += fmt.Sprintf(" (%T)", err)
		}
	}
	return got
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// isTyped reports whether a caller can tell by the documented types what has failed.
func isTyped(err error) bool {
	for _, sentinel := range []error{transport.ErrOutcomeUnknown, transport.ErrSilent,
		context.DeadlineExceeded, io.ErrUnexpectedEOF, subresource.ErrBudget, resources.ErrRecreated,
		debug.ErrExitUnknown} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return is[*net.OpError](err) || // of a net.Conn
		is[*transport.StatusError](err) || is[*transport.ConnectionError](err) ||
		is[*transport.TimeoutError](err) || is[*transport.UpgradeError](err) ||
		is[*transport.CloseError](err) || is[*transport.AnswerError](err) ||
		is[*transport.AnswerSizeError](err) || is[*resources.WaitError](err) ||
		is[*resources.WrongKindError](err) || is[*resources.UnknownKindError](err) ||
		is[*resources.PartialDiscoveryError](err) || is[*resources.ModifyError](err) ||
		is[*subresource.LostError](err) || is[*subresource.LogError](err) ||
		is[*subresource.LogGapError](err) || is[*subresource.LogFormatError](err) ||
		is[*subresource.ForwardError](err) || is[*subresource.CommandError](err) ||
		is[*subresource.ExitError](err) || is[*debug.StartError](err) || is[*debug.TargetError](err) ||
		is[*debug.StillRunningError](err)
}
