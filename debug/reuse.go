package debug

import (
	"context"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// findReusable returns the last running container of pod that matches the plan, names aside.
// It returns nil if there is none, or if o does not ask for one.
func (o *Options) findReusable(pod *resources.PodOutline, plan *Plan) *Result {
	if !o.Reuse {
		return nil
	}
	// With stdinOnce, the stdin of such a container ended with its first client. Without stdinOnce,
	// it never reads EOF.
	if o.Stdin != nil && !o.TTY {
		o.sendNotice("Adding a new container: without a terminal a container takes stdin once only")
		return nil
	}
	anyProgram := len(o.Command)+len(o.Args) == 0
	for _, c := range slices.Backward(pod.Spec.EphemeralContainers) {
		if pod.Status.Container(c.Name).State.Running == nil || !plan.matches(&c, anyProgram) {
			continue
		}
		res := &Result{Pod: pod.Metadata.Name, Container: c.Name, Object: pod, Adopted: true,
			Reused: true, Shell: anyProgram && o.Stdin != nil && !(c.TTY && c.Stdin)}
		text := "Reusing container " + c.Name + ", which already runs"
		if res.Shell {
			text += ": its program has no terminal, so kx runs sh beside it"
		}
		o.sendNotice(text)
		return res
	}
	return nil
}

// programFields are fields of a container that decide about its program and its start.
// plannedFields do so too, and count if the plan has them.
var (
	programFields = []string{"command", "args", "stdin", "stdinOnce", "tty", "imagePullPolicy"}
	plannedFields = []string{"env", "envFrom", "volumeMounts", "workingDir"}
)

// matches reports whether c is the container of the plan, or with anyProgram whether it differs in
// its program only.
func (p *Plan) matches(c *resources.ContainerOutline, anyProgram bool) bool {
	stored, err := json.Marshal(c)
	planned := []byte(p.Container)
	if anyProgram {
		s, w := decode(stored), decode(p.Container)
		for _, field := range plannedFields {
			if w[field] == nil {
				delete(s, field)
			}
		}
		for _, field := range programFields {
			delete(s, field)
			delete(w, field)
		}
		stored, _ = json.Marshal(s) // was JSON before
		planned, _ = json.Marshal(w)
	}
	return err == nil && subresource.ContainerMatches(stored, planned)
}

// runShell runs sh in the container of res, and completes res once the shell has ended or the
// session was closed.
func (o *Options) runShell(ctx context.Context, pods *podAPI, res *Result) error {
	session, err := subresource.Exec(pods).Start(ctx, res.Pod, subresource.ExecOptions{
		Container: res.Container, Command: []string{"sh"}, Stdin: o.Stdin, Stdout: o.Stdout,
		TTY: true, Record: o.Record,
	})
	if err != nil {
		return err
	}
	if o.Attached != nil {
		o.Attached(session)
	}
	if o.TerminalSize != nil {
		width, height := o.TerminalSize()
		if width > 0 {
			_ = session.Resize(width, height) // fails if the session has ended
		}
	}
	err = session.Wait()
	exit := new(subresource.ExitError)
	switch {
	case errors.Is(err, subresource.ErrSessionClosed):
		res.Running = true
		return nil
	case errors.As(err, &exit):
		res.ExitCode, res.Reason = exit.Code, "Error"
		return nil
	case err == nil:
		res.Reason = "Completed"
	}
	return err
}
