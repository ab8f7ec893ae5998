package auth

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/transport"
)

// Report is what Check has found out. Of each question that failed it has the error in place of the answer.
type Report struct {
	// Server is the API server's URL, and Namespace where the tasks would be done.
	Server, Namespace string
	// Credential is what the requests are sent with.
	Credential    transport.Credential
	CredentialErr error
	// Version is the server's, such as "v1.35.4". ServerErr is why it is not known; a *transport.StatusError is an answer all the same.
	Version   string
	ServerErr error
	// User is who the server takes the credential for.
	User    *User
	UserErr error
	// NamespaceErr matches transport.ErrNotFound when there is no such namespace. It is nil when there is, and when the user may not look.
	NamespaceErr error
	// Tasks are debug, exec, attach, logs and port-forward, in this order.
	Tasks []Task
}

// Task is something that people do with pods, and what it takes.
type Task struct {
	Name   string
	Access []Access
}

// Access is one thing that a task takes, and what the server said of it. Err is why that is not known.
type Access struct {
	Attributes
	Decision
	Err error
}

// ErrNotAsked stands in a Report for questions that were not asked, since an earlier one had failed.
var ErrNotAsked = errors.New("not asked")

// Check finds out which credential the client uses, whether the server answers, whom it takes one for, and which of debug, exec, attach, logs and port-forward
// one may do in a namespace; an empty one is the client's. It changes nothing. What fails is in the Report, and Check goes on; its own error is that of ctx.
//
// The rules are those that the tasks' own requests are held to: each reads the pod, debug patches pods/ephemeralcontainers, and streams take get and,
// from Kubernetes 1.35 on, create (the feature gate AuthorizePodWebsocketUpgradeCreatePermission). To watch pods is not among them: where that is not
// allowed, package debug reads the pod again and again. To stay with a debug container takes attach as well.
func Check(ctx context.Context, client *transport.Client, namespace string) (*Report, error) {
	r := &Report{Server: client.Server(), Namespace: cmp.Or(namespace, client.Namespace())}
	r.ServerErr = ErrNotAsked // without a credential there is nothing to send
	r.Credential, r.CredentialErr = client.Credential(ctx)
	if r.CredentialErr == nil {
		r.Version, r.ServerErr = version(ctx, client)
	}
	r.Tasks = tasks(r.Namespace, takesCreate(r.Version))
	r.review(ctx, client)
	return r, context.Cause(ctx)
}

// Allowed holds when one may do all that the task takes.
func (t *Task) Allowed() bool {
	for i := range t.Access {
		if !t.Access[i].Allowed {
			return false
		}
	}
	return true
}

// Err is why it is not known whether one may do the task, nil when it is.
func (t *Task) Err() error {
	for i := range t.Access {
		if err := t.Access[i].Err; err != nil {
			return err
		}
	}
	return nil
}

// Allowed holds when one may do all of the tasks.
func (r *Report) Allowed() bool {
	for i := range r.Tasks {
		if !r.Tasks[i].Allowed() {
			return false
		}
	}
	return true
}

// tasks gives what each task takes: to read the pod, and these verbs on a subresource of it. create says whether streams take that verb too.
func tasks(namespace string, create bool) (all []Task) {
	stream := []string{"get"}
	if create {
		stream = append(stream, "create")
	}
	for _, t := range []struct {
		name, subresource string
		verbs             []string
	}{
		{"debug", "ephemeralcontainers", []string{"patch"}},
		{"exec", "exec", stream},
		{"attach", "attach", stream},
		{"logs", "log", []string{"get"}},
		{"port-forward", "portforward", stream},
	} {
		access := make([]Access, 1+len(t.verbs))
		for i := range access {
			a := &access[i].Attributes
			a.Verb, a.Version, a.Resource, a.Namespace = "get", "v1", "pods", namespace
			if i > 0 {
				a.Verb, a.Subresource = t.verbs[i-1], t.subresource
			}
		}
		all = append(all, Task{t.name, access})
	}
	return all
}

// takesCreate holds from Kubernetes 1.35 on, and for a version that cannot be read.
func takesCreate(version string) bool {
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	return err != nil || major != "1" || n >= 35
}

// version asks for the server's.
func version(ctx context.Context, client *transport.Client) (string, error) {
	answer, err := client.Fetch(ctx, &transport.Request{Method: http.MethodGet, Path: []string{"version"}})
	if err != nil {
		return "", err
	}
	var info struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(answer, &info); err != nil || info.GitVersion == "" {
		return "", errors.New("auth: GET /version: the answer is not that of an API server; check the server's URL, and whether a proxy or a login page is in between")
	}
	return info.GitVersion, nil
}

// review asks all that only a server which answers can be asked, at once, and each thing once.
func (r *Report) review(ctx context.Context, client *transport.Client) {
	if r.ServerErr != nil && !errors.Is(r.ServerErr, transport.ErrForbidden) {
		r.UserErr = ErrNotAsked
		for i := range r.Tasks {
			for j := range r.Tasks[i].Access {
				r.Tasks[i].Access[j].Err = r.UserErr
			}
		}
		return
	}
	var asking sync.WaitGroup
	asking.Go(func() { r.User, r.UserErr = WhoAmI(ctx, client) })
	asking.Go(func() {
		_, err := client.Fetch(ctx, &transport.Request{Method: http.MethodGet, Path: []string{"api", "v1", "namespaces", r.Namespace}})
		if errors.Is(err, transport.ErrNotFound) {
			r.NamespaceErr = err
		}
	})
	for i := range r.Tasks {
		for j := range r.Tasks[i].Access {
			a := &r.Tasks[i].Access[j]
			if i == 0 || j > 0 { // to read the pod is the first thing of each task
				asking.Go(func() {
					d, err := CanI(ctx, client, a.Attributes)
					a.Err = err
					if err == nil {
						a.Decision = *d
					}
				})
			}
		}
	}
	asking.Wait()
	for i := range r.Tasks {
		r.Tasks[i].Access[0] = r.Tasks[0].Access[0]
	}
}
