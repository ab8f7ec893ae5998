package debug

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// containerBuilder builds a container as decoded JSON. Models of every field would add 60 KB to a
// program.
type containerBuilder struct {
	pod         *resources.PodOutline
	podSecurity map[string]any // the pod's securityContext
	profile     Profile
	container   map[string]any
	// sources are the sources of the security settings, and of the target, by their paths.
	sources map[string]string
	// notices are sent if the plan uses this container.
	notices []string
}

// newContainerBuilder returns a builder that adds the other parts to container. A later part takes
// precedence. pod is where SecurityContextFrom and the like look.
func (o *Options) newContainerBuilder(
	ctx context.Context, pods *podAPI, pod *resources.PodOutline, container map[string]any,
	profile Profile,
) (*containerBuilder, error) {
	b := &containerBuilder{
		pod: pod, profile: profile, sources: map[string]string{},
		podSecurity: securityContext(decode(pod.Spec.Unknown)), container: container,
	}
	if o.Target != "" {
		b.sources["targetContainerName"] = "Target"
	}
	for _, add := range []func(*containerBuilder) error{o.addEnv, o.addSecurityContext, o.addMounts,
		o.addCustom} {
		if err := add(b); err != nil {
			return nil, err
		}
	}
	if o.RunAs != nil {
		b.setID("RunAs", "runAsUser", &o.RunAs.User)
		b.setID("RunAs", "runAsGroup", o.RunAs.Group)
	}
	o.addTargetUser(ctx, pods, b)
	b.warnSysadminRoot()
	return b, context.Cause(ctx)
}

// newEphemeralBuilder returns a builder of an ephemeral container of pod.
func (o *Options) newEphemeralBuilder(
	ctx context.Context, pods *podAPI, pod *resources.PodOutline, name string, profile Profile,
) (*containerBuilder, error) {
	container, err := o.newContainer(name)
	if err != nil {
		return nil, err
	}
	return o.newContainerBuilder(ctx, pods, pod, container, profile)
}

// build returns the plan of the container, with the patch that adds it.
func (b *containerBuilder) build() (*Plan, error) {
	container, err := json.Marshal(b.container, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	plan := &Plan{Container: container, Profile: b.profile}
	for _, path := range slices.Sorted(maps.Keys(b.sources)) {
		plan.Settings = append(plan.Settings, Setting{path, b.sources[path]})
	}
	plan.addPatch, err = newAddPatch(b.pod, container)
	if err != nil {
		return nil, err
	}
	return plan, plan.updatePatch()
}

// addSecurityContext merges the securityContext of SecurityContextFrom, then that of the profile.
func (o *Options) addSecurityContext(b *containerBuilder) error {
	if o.SecurityContextFrom != "" {
		other, err := containerByName(b.pod, o.SecurityContextFrom)
		if err != nil {
			return err
		}
		b.merge("container "+o.SecurityContextFrom+" of the pod", "securityContext",
			other["securityContext"])
	}
	text := b.profile.securityContext()
	if b.profile == General && o.newPod {
		text = "" // nothing to trace, or root sees the node's processes without SYS_PTRACE
	}
	if text != "" {
		source := "profile " + string(b.profile)
		b.merge(source, "securityContext", decode(jsontext.Value(text)))
		if b.profile == Sysadmin && b.mustBeNonRoot() {
			b.merge(source, "securityContext", map[string]any{"runAsNonRoot": false})
		}
	}
	return nil
}

func (o *Options) addCustom(b *containerBuilder) error {
	if o.Custom == nil {
		return nil
	}
	streams := b.streams()
	for name, value := range o.Custom.fields {
		b.merge("custom", name, value)
	}
	if (o.attaches() || o.WillAttach) && b.streams() != streams {
		return errors.New(
			"debug: custom sets stdin, stdinOnce or tty to another value than attaching needs: " +
				"leave them out")
	}
	return nil
}

// streamFields are the fields of a container that decide how a client attaches.
type streamFields struct{ stdin, stdinOnce, tty bool }

func (b *containerBuilder) streams() streamFields {
	return streamFields{b.container["stdin"] == true, b.container["stdinOnce"] == true,
		b.container["tty"] == true}
}

// warnSysadminRoot adds a warning if the profile sysadmin runs the container as root, although the
// pod's settings name another user.
func (b *containerBuilder) warnSysadminRoot() {
	if b.sources["securityContext.runAsUser"] != "profile sysadmin" {
		return
	}
	user, set := idField(b.podSecurity, "runAsUser")
	if set && user != 0 || b.podSecurity["runAsNonRoot"] == true {
		b.addNotice(
			"Warning: profile sysadmin runs the container as root, although the pod sets " +
				"runAsUser or runAsNonRoot")
	}
}

func (b *containerBuilder) addNotice(text string) { b.notices = append(b.notices, text) }

// mustBeNonRoot reports whether runAsNonRoot applies to the container, from its own securityContext
// or the pod's.
func (b *containerBuilder) mustBeNonRoot() bool {
	if own, ok := securityContext(b.container)["runAsNonRoot"]; ok {
		return own == true
	}
	return b.podSecurity["runAsNonRoot"] == true
}

// setID sets runAsUser or runAsGroup unless value is nil.
func (b *containerBuilder) setID(source, field string, value *int64) {
	if value != nil {
		b.merge(source, "securityContext", map[string]any{field: float64(*value)})
	}
}

// securityContext returns the securityContext of a container or of a pod's spec.
func securityContext(parent map[string]any) map[string]any {
	s, _ := parent["securityContext"].(map[string]any)
	return s
}

// idField returns runAsUser or runAsGroup of a securityContext.
func idField(securityContext map[string]any, field string) (int64, bool) {
	n, ok := securityContext[field].(float64)
	return int64(n), ok
}

// decode returns the members of a JSON object that is known to be valid. float64 represents every
// number that a valid container has.
func decode(document jsontext.Value) map[string]any {
	members := map[string]any{}
	if len(document) > 0 {
		_ = json.Unmarshal(document, &members)
	}
	return members
}
