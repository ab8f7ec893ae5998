package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

const defaultContainer = "kubectl.kubernetes.io/default-container"

// containerFlags are those of the commands that work in a container that there is.
type containerFlags struct {
	container string
	timeout   seconds
}

func (c *containerFlags) register(k *kx, cmd *cobra.Command) {
	c.timeout = seconds(time.Minute)
	f := cmd.Flags()
	f.StringVarP(&c.container, "container", "c", "", "the `NAME` of the container, in place of the one that the annotation "+defaultContainer+" names, or else the pod's first")
	f.Var(&c.timeout, "pod-running-timeout", "how long to wait until the container runs, such as 30s, or in seconds; 0 is no limit")
	mustRegister(cmd.RegisterFlagCompletionFunc("container", k.completeContainers))
	cmd.ValidArgsFunction = k.completePods
}

// find gives the pod, and the container in it that is meant.
func (c *containerFlags) find(ctx context.Context, s *session, pods *resources.API[resources.PodOutline], name string) (*resources.PodOutline, *container, error) {
	pod, err := pods.Get(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	all := containersOf(pod)
	wanted := cmp.Or(c.container, pod.Metadata.Annotations[defaultContainer])
	for i := range all {
		if all[i].Name == wanted {
			return pod, &all[i], nil
		}
	}
	names := namesOf(all)
	switch {
	case c.container != "":
		return nil, nil, fmt.Errorf("pod %q has no container %q: it has %s", name, c.container, list(names, "and"))
	case len(all) == 0:
		return nil, nil, fmt.Errorf("pod %q has no containers", name)
	case len(all) > 1:
		s.note("Defaulted container %q out of: %s", all[0].Name, strings.Join(names, ", "))
	}
	return pod, &all[0], nil
}

// await waits until the container runs, and gives the pod as it is then. deed is what is to be done there.
func (c *containerFlags) await(ctx context.Context, s *session, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container, deed string) (*resources.PodOutline, error) {
	phase := pod.Status.Phase
	if pod.Status.Ended() {
		return nil, fmt.Errorf("cannot %s in pod %q: it is completed (%s), and none of its containers runs any more", deed, pod.Metadata.Name, phase)
	}
	limit := time.Duration(c.timeout)
	if limit == 0 {
		limit = -1
	}
	progress := s.newProgress(s.quiet)
	pod, err := debug.AwaitRunning(ctx, pods, pod, container, limit, progress.waiting)
	progress.done(err == nil)
	return pod, err
}

// container is one of any kind.
type container struct {
	*resources.ContainerOutline
	kind string // as it stands behind the name; empty for those that the pod is there for
}

// containersOf gives all containers, those first that the pod is there for.
func containersOf(pod *resources.PodOutline) (all []container) {
	suffixes := map[resources.ContainerKind]string{
		resources.KindEphemeralContainer: " (ephem)",
		resources.KindInitContainer:      " (init)",
	}
	for kind, c := range pod.Spec.AllContainers() {
		all = append(all, container{c, suffixes[kind]})
	}
	return all
}

// namesOf gives the names with the kinds.
func namesOf(all []container) (names []string) {
	for _, c := range all {
		names = append(names, c.Name+c.kind)
	}
	return names
}

// podName reads the one argument POD or pod/POD of the command called verb.
func podName(verb string, args []string) (string, error) {
	switch {
	case len(args) == 0:
		return "", usagef("no pod is given")
	case len(args) > 1:
		return "", usagef("unexpected argument %q: %s takes one pod", args[1], verb)
	}
	kind, name, err := splitName(args[0])
	if err == nil && kind != "" && !sameKind(kind, "pods") {
		err = usagef("%s works on pods, not on %s", verb, kind)
	}
	return name, err
}

// completeContainers offers the containers of the pod that is the first argument.
func (k *kx) completeContainers(cmd *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		names = k.containerNames(cmd.Context(), args[:1])
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (k *kx) containerNames(ctx context.Context, args []string) (names []string) {
	ctx, cancel := context.WithTimeout(ctx, completionLimit)
	defer cancel()
	name, err := podName("", args)
	if err != nil {
		return nil
	}
	client, err := k.connect()
	if err != nil {
		return nil
	}
	pod, err := resources.New[resources.PodOutline](client).Get(ctx, name)
	if err != nil {
		return nil
	}
	for _, c := range containersOf(pod) {
		names = append(names, c.Name)
	}
	return names
}
