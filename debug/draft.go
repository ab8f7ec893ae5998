package debug

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// draft is a container while it is put together, as decoded JSON: models of all that it can hold would cost a program 60 KB.
type draft struct {
	pod         *resources.PodOutline
	podSecurity map[string]any // the pod's own securityContext
	profile     Profile
	container   map[string]any
	// from says what put the security settings there, by their paths.
	from map[string]string
	// notices are for the user, should it come to this container.
	notices []string
}

// draft puts the container together, each part on top of those before it.
func (o *Options) draft(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, name string, profile Profile) (*draft, error) {
	d := &draft{pod: pod, profile: profile, from: map[string]string{}}
	base, err := json.Marshal(o.container(name))
	if err != nil {
		return nil, err
	}
	d.podSecurity, d.container = security(decode(pod.Spec.Unknown)), decode(base)
	if o.Target != "" {
		d.from["targetContainerName"] = "Target"
	}
	for _, add := range []func(*draft) error{o.addEnv, o.addSecurity, o.addMounts, o.addCustom} {
		if err := add(d); err != nil {
			return nil, err
		}
	}
	if o.RunAs != nil {
		d.runAs("RunAs", "runAsUser", &o.RunAs.User)
		d.runAs("RunAs", "runAsGroup", o.RunAs.Group)
	}
	o.addUser(ctx, pods, d)
	d.noticeRoot()
	return d, context.Cause(ctx)
}

// encode gives the container as it is sent.
func (d *draft) encode() (jsontext.Value, error) {
	return json.Marshal(d.container, json.Deterministic(true))
}

// addSecurity puts in what the profile says, on top of what another container has.
func (o *Options) addSecurity(d *draft) error {
	if o.SecurityContextFrom != "" {
		lender, err := lenderIn(d.pod, o.SecurityContextFrom)
		if err != nil {
			return err
		}
		d.put("container "+o.SecurityContextFrom+" of the pod", "securityContext", lender["securityContext"])
	}
	text := d.profile.securityContext()
	if text != "" {
		from := "profile " + string(d.profile)
		d.put(from, "securityContext", decode(jsontext.Value(text)))
		if d.profile == Sysadmin && d.nonRoot() {
			d.put(from, "securityContext", map[string]any{"runAsNonRoot": false})
		}
	}
	return nil
}

func (o *Options) addCustom(d *draft) error {
	if o.Custom == nil {
		return nil
	}
	before := d.streams()
	for name, value := range o.Custom.part {
		d.put("custom", name, value)
	}
	if o.attaches() && d.streams() != before {
		return errors.New("debug: custom sets stdin, stdinOnce or tty otherwise than the streams that Run attaches ask for: leave them out")
	}
	return nil
}

func (d *draft) streams() (s [3]any) {
	for i, name := range []string{"stdin", "stdinOnce", "tty"} {
		s[i] = d.container[name] == true
	}
	return s
}

// noticeRoot says where the profile sysadmin departs from what the pod says.
func (d *draft) noticeRoot() {
	from := d.from["securityContext.runAsUser"]
	if from != "profile sysadmin" {
		return
	}
	user, set := id(d.podSecurity, "runAsUser")
	if set && user != 0 || d.podSecurity["runAsNonRoot"] == true {
		d.notice("the profile sysadmin runs the container as root, where the pod says otherwise (runAsUser or runAsNonRoot)")
	}
}

func (d *draft) notice(text string) { d.notices = append(d.notices, text) }

// nonRoot holds for a container that may not run as root, by itself or as the pod says.
func (d *draft) nonRoot() bool {
	if own, ok := security(d.container)["runAsNonRoot"]; ok {
		return own == true
	}
	return d.podSecurity["runAsNonRoot"] == true
}

// runAs sets the user or group, unless it is nil.
func (d *draft) runAs(from, field string, value *int64) {
	if value != nil {
		d.put(from, "securityContext", map[string]any{field: float64(*value)})
	}
}

// security gives the securityContext of a container, or of a pod's spec.
func security(holder map[string]any) map[string]any {
	s, _ := holder["securityContext"].(map[string]any)
	return s
}

// id gives the user or group in a securityContext.
func id(security map[string]any, field string) (int64, bool) {
	n, ok := security[field].(float64)
	return int64(n), ok
}

// decode gives the members of a JSON object. Numbers of the API that matter here are small enough for a float64.
func decode(document jsontext.Value) map[string]any {
	members := map[string]any{}
	if len(document) > 0 {
		_ = json.Unmarshal(document, &members) // all of it was read, or made, before
	}
	return members
}
