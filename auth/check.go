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

// Report is the result of Check. Each request that failed has its error in place of its result.
type Report struct {
	// Server is the API server's URL, and Namespace the namespace of the tasks.
	Server, Namespace string
	// Credential is the credential of the requests.
	Credential    transport.Credential
	CredentialErr error
	// Version is the server's version, such as "v1.35.4". ServerErr is why the version is unknown.
	// If ServerErr is a *transport.StatusError, the server did respond.
	Version   string
	ServerErr error
	// User is the user of the credential, as the server sees it.
	User    *User
	UserErr error
	// NamespaceErr matches transport.ErrNotFound where the namespace does not exist. It is nil
	// where the namespace exists, and where the user may not read it.
	NamespaceErr error
	// Tasks are debug, exec, attach, logs and port-forward, in this order.
	Tasks []Task
}

// Task is one use of pods, and the accesses that it needs.
type Task struct {
	Name   string
	Access []Access
}

// Access is one request that a task needs, and the server's decision. Err is why the decision is
// unknown.
type Access struct {
	Attributes
	Decision
	Err error
}

// ErrNotAsked is the error of questions that Check did not send, because an earlier one had
// failed.
var ErrNotAsked = errors.New("not asked")

// Check reports the client's credential, the server's version, the user, and which of debug,
// exec, attach, logs and port-forward the user may do in a namespace. "" is the client's
// namespace. Check changes nothing. Failures are in the Report; Check returns an error only if
// ctx has ended.
//
// A task is allowed if all requests are that it sends:
//
//   - Each task reads the pod.
//   - debug patches pods/ephemeralcontainers. To stay attached, it needs attach as well.
//   - Streams need get and, from Kubernetes 1.35 on, create (feature gate
//     AuthorizePodWebsocketUpgradeCreatePermission).
//   - No task needs to watch pods: without this permission, package debug polls the pod.
func Check(ctx context.Context, client *transport.Client, namespace string) (*Report, error) {
	r := &Report{Server: client.Server(), Namespace: cmp.Or(namespace, client.Namespace())}
	r.ServerErr = ErrNotAsked // without a credential there is nothing to send
	r.Credential, r.CredentialErr = client.Credential(ctx)
	if r.CredentialErr == nil {
		r.Version, r.ServerErr = version(ctx, client)
	}
	r.Tasks = tasks(r.Namespace, streamsNeedCreate(r.Version))
	r.review(ctx, client)
	return r, context.Cause(ctx)
}

// Allowed reports whether the user may do all that the task needs.
func (t *Task) Allowed() bool {
	for i := range t.Access {
		if !t.Access[i].Allowed {
			return false
		}
	}
	return true
}

// Err returns why the task's permissions are unknown, or nil.
func (t *Task) Err() error {
	for i := range t.Access {
		if err := t.Access[i].Err; err != nil {
			return err
		}
	}
	return nil
}

// Allowed reports whether the user may do all tasks.
func (r *Report) Allowed() bool {
	for i := range r.Tasks {
		if !r.Tasks[i].Allowed() {
			return false
		}
	}
	return true
}

// tasks returns the accesses of each task: get of the pod, and verbs on a subresource. needCreate
// reports whether streams need the verb create.
func tasks(namespace string, needCreate bool) (all []Task) {
	stream := []string{"get"}
	if needCreate {
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

// streamsNeedCreate reports whether the version is Kubernetes 1.35 or newer, or cannot be parsed.
func streamsNeedCreate(version string) bool {
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	return err != nil || major != "1" || n >= 35
}

// version returns the server's version.
func version(ctx context.Context, client *transport.Client) (string, error) {
	answer, err := client.Fetch(ctx, &transport.Request{Method: http.MethodGet,
		Path: []string{"version"}})
	if err != nil {
		return "", err
	}
	var info struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(answer, &info); err != nil || info.GitVersion == "" {
		return "", errors.New("auth: GET /version: the response is not an API server's; " +
			"check the server's URL, and for a proxy or login page in front of it")
	}
	return info.GitVersion, nil
}

// review sends the questions of the Report concurrently, each once. It sends none if the server's
// version could not be read, except if that alone is forbidden.
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
		_, err := client.Fetch(ctx, &transport.Request{
			Method: http.MethodGet, Path: []string{"api", "v1", "namespaces", r.Namespace},
		})
		if errors.Is(err, transport.ErrNotFound) {
			r.NamespaceErr = err
		}
	})
	for i := range r.Tasks {
		for j := range r.Tasks[i].Access {
			a := &r.Tasks[i].Access[j]
			if i == 0 || j > 0 { // the first access of each task is the same: get of the pod
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
