package apiserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

const scaleVersion = "autoscaling/v1"

// scaleOf returns the Scale of a workload.
func scaleOf(o map[string]any) map[string]any {
	meta := map[string]any{}
	for _, name := range []string{"name", "namespace", "uid", "resourceVersion",
		"creationTimestamp"} {
		value := object.At(o, "metadata", name)
		if value != nil {
			meta[name] = value
		}
	}
	replicas, _ := object.Number(o, "spec", "replicas")
	current, _ := object.Number(o, "status", "replicas")
	spec := map[string]any{}
	if replicas != 0 {
		spec["replicas"] = replicas
	}
	return map[string]any{
		"apiVersion": scaleVersion,
		"kind":       "Scale",
		"metadata":   meta,
		"spec":       spec,
		"status": map[string]any{"replicas": current,
			"selector": selectorText(object.Fields(o, "spec", "selector"))},
	}
}

func encodeScale(o map[string]any) []byte {
	return api.Typed(scaleVersion, "Scale", api.EncodeObject(scaleOf(o)))
}

// selectorText formats a LabelSelector as in a query.
func selectorText(selector map[string]any) string {
	var terms []string
	for name, value := range object.Fields(selector, "matchLabels") {
		terms = append(terms, fmt.Sprintf("%s=%s", name, value))
	}
	slices.Sort(terms)
	for _, expression := range object.List(selector, "matchExpressions") {
		key, values := object.Text(expression, "key"), []string{}
		for _, value := range object.List(expression, "values") {
			values = append(values, fmt.Sprint(value))
		}
		slices.Sort(values)
		switch object.Text(expression, "operator") {
		case "In":
			terms = append(terms, key+" in ("+strings.Join(values, ",")+")")
		case "NotIn":
			terms = append(terms, key+" notin ("+strings.Join(values, ",")+")")
		case "Exists":
			terms = append(terms, key)
		case "DoesNotExist":
			terms = append(terms, "!"+key)
		}
	}
	return strings.Join(terms, ",")
}

// replaceScale sets a workload's replicas to those of a Scale.
func replaceScale(k *api.Kind, current map[string]any, engine *object.Write,
	body []byte) (map[string]any, error) {
	scale, err := object.Decode(body)
	if err != nil {
		return nil, api.BadRequest(
			"the object provided is unrecognized (must be of type Scale): couldn't get " +
				"version/kind; json parse error: " + err.Error())
	}
	return setScale(k, current, engine, scale)
}

// patchScale patches a workload's Scale, and sets its replicas to the result.
func patchScale(
	k *api.Kind, current map[string]any, engine *object.Write, contentType string, body []byte,
) (map[string]any, error) {
	// A Scale has no lists, so the merging kinds of patch do the same.
	patched, _, err := engine.ApplyPatch(scaleOf(current), contentType, body)
	if err != nil {
		return nil, err
	}
	scale, ok := patched.(map[string]any)
	if !ok {
		return nil, api.Failure(http.StatusUnprocessableEntity, "Invalid",
			"the server rejected our request due to an error in our request", &api.StatusDetails{})
	}
	return setScale(k, current, engine, scale)
}

func setScale(k *api.Kind, current map[string]any, engine *object.Write,
	scale map[string]any) (map[string]any, error) {
	name := object.Text(current, "metadata", "name")
	got := object.Text(scale, "metadata", "name")
	if got != "" && got != name {
		return nil, api.BadRequest("the name of the object (" + got +
			") does not match the name on the URL (" + name +
			")")
	}
	version := object.Text(scale, "metadata", "resourceVersion")
	if version != "" && version != object.Text(current, "metadata", "resourceVersion") {
		return nil, modified(k, name)
	}
	replicas, _ := object.Number(scale, "spec", "replicas")
	if replicas < 0 {
		message := fmt.Sprintf("Invalid value: %d: must be greater than or equal to 0", replicas)
		return nil, api.Failure(422, "Invalid", "Scale.autoscaling \""+name+
			"\" is invalid: spec.replicas: "+message,
			&api.StatusDetails{
				Name:  name,
				Group: "autoscaling",
				Kind:  "Scale",
				Causes: []api.StatusCause{{Reason: "FieldValueInvalid", Message: message,
					Field: "spec.replicas"}},
			})
	}
	old, _ := object.Number(current, "spec", "replicas")
	if replicas == old {
		return current, nil
	}
	next := object.With(current, replicas, "spec", "replicas")
	if generation, ok := object.Number(current, "metadata", "generation"); ok {
		next = object.With(next, generation+1, "metadata", "generation")
	}
	return object.Lookup(k.APIVersion(), k.Name).Update(current, next,
		object.Manager{Name: engine.Manager, Subresource: "scale", Time: engine.Time}), nil
}

func modified(k *api.Kind, name string) *api.Status {
	return api.Failure(409, "Conflict",
		fmt.Sprintf(
			"Operation cannot be fulfilled on %s %q: the object has been modified; please apply "+
				"your changes to the latest version and try again",
			k.QualifiedName(), name),
		&api.StatusDetails{Name: name, Group: k.Group, Kind: k.Resource})
}
