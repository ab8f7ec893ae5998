package target

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// MaxID is the highest ID of a user or group that the API accepts.
const MaxID = math.MaxInt32

// idTimeout is how long the program id may run in a container.
const idTimeout = 10 * time.Second

// User finds the user and group that a container of a pod runs as.
type User struct {
	Pods *resources.API[resources.PodOutline]
	Pod  string
	Container
	// ContainerSecurity and PodSecurity are the decoded securityContexts of the container and of
	// the pod.
	ContainerSecurity, PodSecurity map[string]any
	// Err is why the program id returned no ID. It is nil unless UID or GID returned nil.
	Err error
}

// UID returns the ID of the user and the source of the ID, as in debug.Setting. It returns nil if
// no source has the ID. See id for the sources.
func (u *User) UID(ctx context.Context) (uid *int64, source string) {
	return u.id(ctx, "runAsUser", "uid", "-u")
}

// GID returns the ID of the group, as UID returns the ID of the user.
func (u *User) GID(ctx context.Context) (gid *int64, source string) {
	return u.id(ctx, "runAsGroup", "gid", "-g")
}

// id returns the ID of the user or the group from the first source that has it:
//
//   - the securityContext of the container, then that of the pod;
//   - the container's status (KEP-3619; older runtimes leave it out);
//   - the program id, which it runs in the container.
func (u *User) id(ctx context.Context, field, inStatus, flag string) (value *int64, source string) {
	if n, ok := u.ContainerSecurity[field].(float64); ok {
		return new(int64(n)), "container " + u.Name + " of the pod"
	}
	if n, ok := u.PodSecurity[field].(float64); ok {
		return new(int64(n)), "the pod"
	}
	source = "the running container " + u.Name
	var status struct {
		User struct {
			Linux map[string]any `json:"linux"`
		} `json:"user"`
	}
	if len(u.Status.Unknown) > 0 && json.Unmarshal(u.Status.Unknown, &status) == nil {
		if n, ok := status.User.Linux[inStatus].(float64); ok {
			return new(int64(n)), source
		}
	}
	if u.Err == nil {
		value, u.Err = u.runID(ctx, flag)
	}
	return value, source
}

// runID runs the program id in the container.
func (u *User) runID(ctx context.Context, flag string) (*int64, error) {
	if u.Status.State.Running == nil {
		return nil, errors.New("the container does not run")
	}
	ctx, cancel := context.WithTimeout(ctx, idTimeout)
	defer cancel()
	res, err := subresource.Exec(u.Pods).Run(ctx, u.Pod, subresource.ExecOptions{Container: u.Name,
		Command: []string{"id", flag}})
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(res.Stdout)), 10, 64)
	if err != nil || res.ExitCode != 0 || n < 0 || n > MaxID {
		return nil, fmt.Errorf("id %s: exit code %d, output %.40q is not an ID", flag,
			res.ExitCode, res.Stdout)
	}
	return &n, nil
}
