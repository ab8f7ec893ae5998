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
func scaleOf(k *api.Kind, o map[string]any) map[string]any {
	meta := map[string]any{}
	for _, name := range []string{"name", "namespace", "uid", "resourceVersion",
		"creationTimestamp"} {
		value := object.At(o, "metadata", name)
		if value != nil {
			meta[name] = value
		}
	}
	paths := scalePaths(k)
	replicas, _ := object.Number(o, paths.Replicas...)
	current, _ := object.Number(o, paths.StatusReplicas...)
	spec := map[string]any{}
	if replicas != 0 {
		spec["replicas"] = replicas
	}
	status := map[string]any{"replicas": current}
	if k.Custom == nil {
		status["selector"] = selectorText(object.Fields(o, "spec", "selector"))
	} else if object.Text(o, paths.Selector...) != "" {
		status["selector"] = object.Text(o, paths.Selector...)
	}
	return map[string]any{
		"apiVersion": scaleVersion,
		"kind":       "Scale",
		"metadata":   meta,
		"spec":       spec,
		"status":     status,
	}
}

// scalePaths returns where an object of the kind has the fields of its Scale.
func scalePaths(k *api.Kind) *api.ScalePaths {
	if k.Scale != nil {
		return k.Scale
	}
	return &api.ScalePaths{Replicas: []string{"spec", "replicas"},
		StatusReplicas: []string{"status", "replicas"}}
}

func encodeScale(k *api.Kind, o map[string]any) []byte {
	return api.Typed(scaleVersion, "Scale", api.EncodeObject(scaleOf(k, o)))
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
	patched, _, err := engine.ApplyPatch(scaleOf(k, current), contentType, body)
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
	paths := scalePaths(k)
	if replicas < 0 && k.Custom == nil {
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
	old, _ := object.Number(current, paths.Replicas...)
	if replicas == old {
		return current, nil
	}
	next := object.With(current, replicas, paths.Replicas...)
	if generation, ok := object.Number(current, "metadata", "generation"); ok {
		next = object.With(next, generation+1, "metadata", "generation")
	}
	manager := object.Manager{Name: engine.Manager, Subresource: "scale", Time: engine.Time}
	if k.Custom != nil {
		return k.Custom.Type.Update(current, next, manager), k.Custom.Check(engine, current, next)
	}
	return object.Lookup(k.APIVersion(), k.Name).Update(current, next, manager), nil
}

func modified(k *api.Kind, name string) *api.Status {
	return api.Failure(409, "Conflict",
		fmt.Sprintf(
			"Operation cannot be fulfilled on %s %q: the object has been modified; please apply "+
				"your changes to the latest version and try again",
			k.QualifiedName(), name),
		&api.StatusDetails{Name: name, Group: k.Group, Kind: k.Resource})
}
