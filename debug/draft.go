package debug

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// draft is a container while it is put together.
type draft struct {
	pod       *resources.PodOutline
	profile   Profile
	container jsontext.Value
	// from says what put the security settings there, by their paths.
	from map[string]string
	// notices are for the user, should it come to this container.
	notices []string
}

// draft puts the container together, each part on top of those before it.
func (o *Options) draft(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, name string, profile Profile) (*draft, error) {
	d := &draft{pod: pod, profile: profile, from: map[string]string{}}
	base := o.container(name)
	var err error
	if d.container, err = json.Marshal(base); err != nil {
		return nil, err
	}
	if o.Target != "" {
		d.from["targetContainerName"] = "Target"
	}
	for _, add := range []func(*draft) error{o.addEnv, o.addSecurity, o.addMounts, o.addCustom, o.addRunAs} {
		if err := add(d); err != nil {
			return nil, err
		}
	}
	if err := o.addUser(ctx, pods, d); err != nil {
		return nil, err
	}
	d.noticeRoot()
	return d, nil
}

// addSecurity puts in what the profile says, on top of what another container has.
func (o *Options) addSecurity(d *draft) error {
	if o.SecurityContextFrom != "" {
		source, err := sourceOf(d.pod, o.SecurityContextFrom)
		if err != nil {
			return err
		}
		if err := d.put("container "+o.SecurityContextFrom+" of the pod", member("securityContext", source.SecurityContext)); err != nil {
			return err
		}
	}
	if err := d.put("profile "+string(d.profile), member("securityContext", securityContexts[d.profile])); err != nil {
		return err
	}
	if own := d.identity(); d.profile == Sysadmin && holds(own.RunAsNonRoot, identityOf(d.pod).RunAsNonRoot) {
		return d.put("profile sysadmin", jsontext.Value(`{"securityContext":{"runAsNonRoot":false}}`))
	}
	return nil
}

func (o *Options) addCustom(d *draft) error {
	if o.Custom == nil {
		return nil
	}
	before := d.streams()
	if err := d.put("custom", o.Custom.part); err != nil {
		return err
	}
	if o.attaches() && d.streams() != before {
		return errors.New("debug: custom sets stdin, stdinOnce or tty otherwise than the streams that Run attaches ask for: leave them out")
	}
	return nil
}

func (o *Options) addRunAs(d *draft) error {
	if o.RunAs == nil {
		return nil
	}
	return d.put("RunAs", runAs(&o.RunAs.User, o.RunAs.Group))
}

// noticeRoot says where the profile sysadmin departs from what the pod says.
func (d *draft) noticeRoot() {
	pod := identityOf(d.pod)
	if d.from["securityContext.runAsUser"] != "profile sysadmin" {
		return
	}
	switch {
	case pod.RunAsUser != nil && *pod.RunAsUser != 0:
		d.notices = append(d.notices, fmt.Sprintf("the profile sysadmin runs the container as root, where the pod says user %d", *pod.RunAsUser))
	case holds(pod.RunAsNonRoot):
		d.notices = append(d.notices, "the profile sysadmin runs the container as root, where the pod says runAsNonRoot")
	}
}

// put merges a part of a container into the draft, and notes that the settings which it changed are from there.
func (d *draft) put(from string, part jsontext.Value) error {
	if part == nil {
		return nil
	}
	merged, err := merge(d.container, part, "")
	if err != nil {
		return err
	}
	before, after := settings(d.container), settings(merged)
	d.container = merged
	for path := range before {
		if _, still := after[path]; !still {
			delete(d.from, path)
		}
	}
	for path, value := range after {
		switch old, there := before[path]; {
		case there && bytes.Equal(old, value):
		case there && extends(value, old):
			d.from[path] += " and " + from
		default:
			d.from[path] = from
		}
	}
	return nil
}

// settings gives the members of a container's securityContext by their paths.
func settings(container jsontext.Value) map[string]jsontext.Value {
	var c struct {
		SecurityContext jsontext.Value `json:"securityContext"`
	}
	found := map[string]jsontext.Value{}
	if json.Unmarshal(container, &c) == nil {
		flatten(c.SecurityContext, "securityContext", found)
	}
	return found
}

func flatten(value jsontext.Value, path string, found map[string]jsontext.Value) {
	if value == nil {
		return
	}
	var members map[string]jsontext.Value
	if value.Kind() != '{' || json.Unmarshal(value, &members) != nil {
		found[path] = value
		return
	}
	for name, member := range members {
		flatten(member, join(path, name), found)
	}
}

// extends holds for a list that has the elements of another and more behind them.
func extends(list, shorter jsontext.Value) bool {
	head, ok := bytes.CutSuffix(shorter, []byte("]"))
	return ok && len(head) > 1 && bytes.HasPrefix(list, append(bytes.Clone(head), ','))
}

// identity is as much of a securityContext as tells who a container's program runs as.
type identity struct {
	RunAsUser    *int64 `json:"runAsUser"`
	RunAsGroup   *int64 `json:"runAsGroup"`
	RunAsNonRoot *bool  `json:"runAsNonRoot"`
	Privileged   *bool  `json:"privileged"`
}

// secured is what has a securityContext: a container, or a pod's spec.
type secured struct {
	SecurityContext identity `json:"securityContext"`
}

func (d *draft) identity() identity { return identityIn(d.container) }

// identityOf is what the pod says for all its containers.
func identityOf(pod *resources.PodOutline) identity { return identityIn(pod.Spec.Unknown) }

func identityIn(document jsontext.Value) identity {
	var s secured
	if len(document) > 0 {
		_ = json.Unmarshal(document, &s) // what is none of the API's says nothing here
	}
	return s.SecurityContext
}

// streams is how a container's stdin is made.
type streams struct {
	Stdin     bool `json:"stdin"`
	StdinOnce bool `json:"stdinOnce"`
	TTY       bool `json:"tty"`
}

func (d *draft) streams() (s streams) {
	_ = json.Unmarshal(d.container, &s)
	return s
}

// holds gives the first of the values that is set.
func holds(values ...*bool) bool {
	for _, v := range values {
		if v != nil {
			return *v
		}
	}
	return false
}

// runAs gives the part of a container that says who it runs as. What is nil is left as it is.
func runAs(user, group *int64) jsontext.Value {
	var c struct {
		SecurityContext struct {
			RunAsUser  *int64 `json:"runAsUser,omitzero"`
			RunAsGroup *int64 `json:"runAsGroup,omitzero"`
		} `json:"securityContext"`
	}
	c.SecurityContext.RunAsUser, c.SecurityContext.RunAsGroup = user, group
	part, _ := json.Marshal(c) // numbers cannot fail
	return part
}
