package resources

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
)

// conditionsOutline is the part of an object with its conditions.
type conditionsOutline struct {
	Spec struct {
		Completions *int32 `json:"completions"`
		Suspend     bool   `json:"suspend"`
	} `json:"spec"`
	Status struct {
		ObservedGeneration int64              `json:"observedGeneration"`
		Conditions         []conditionOutline `json:"conditions"`
		Phase              string             `json:"phase"`
		Reason             string             `json:"reason"`
		Message            string             `json:"message"`
		Succeeded          int32              `json:"succeeded"`
		Failed             int32              `json:"failed"`

		InitContainers []containerOutcome `json:"initContainerStatuses"`
		Containers     []containerOutcome `json:"containerStatuses"`
	} `json:"status"`
}

type containerOutcome struct {
	Name  string `json:"name"`
	State struct {
		Terminated *struct {
			ExitCode int32  `json:"exitCode"`
			Reason   string `json:"reason"`
			Message  string `json:"message"`
		} `json:"terminated"`
	} `json:"state"`
}

type conditionOutline struct {
	Type               string `json:"type"`
	Status             string `json:"status"`
	Reason             string `json:"reason"`
	Message            string `json:"message"`
	ObservedGeneration int64  `json:"observedGeneration"`
}

// Ready waits for an object's condition Ready, for example of a pod, a node or a custom resource.
// An object under deletion is not ready. A pod in phase Failed or Succeeded fails with a
// *WaitError.
//
// A condition that belongs to an older generation of the object does not count, as in kubectl wait.
func Ready(object *Object) (Progress, error) {
	outline, err := outlineOf(object)
	switch {
	case err != nil:
		return Progress{}, err
	case isKind(object, "v1", "Pod") && outline.Status.Phase == "Succeeded":
		return Progress{}, &WaitError{"PodSucceeded", "the pod has ended with success"}
	case isKind(object, "v1", "Pod") && outline.Status.Phase == "Failed":
		return Progress{}, podFailed(outline)
	case object.Metadata.DeletionTimestamp != nil:
		return Progress{Message: "it is being deleted"}, nil
	}
	return outline.progress(object, "Ready", "True"), nil
}

// ConditionIs waits until an object's condition of this type has this status: "True", "False" or
// "Unknown". As in kubectl wait the case of both does not matter, and a condition that belongs to
// an older generation of the object does not count.
func ConditionIs(conditionType, status string) func(*Object) (Progress, error) {
	return func(object *Object) (Progress, error) {
		outline, err := outlineOf(object)
		if err != nil {
			return Progress{}, err
		}
		return outline.progress(object, conditionType, status), nil
	}
}

// Available waits for an object's condition Available, for example of a Deployment. A condition
// that belongs to an older generation of the object does not count.
func Available(object *Object) (Progress, error) {
	return ConditionIs("Available", "True")(object)
}

// podFailed returns the error of a failed pod, with the reason of the pod or else of its first
// container that has failed.
func podFailed(outline *conditionsOutline) error {
	status := &outline.Status
	message := "the pod has failed" + details(status.Reason, status.Message)
	if status.Reason == "" && status.Message == "" {
		for _, c := range slices.Concat(status.InitContainers, status.Containers) {
			ended := c.State.Terminated
			if ended != nil && ended.ExitCode != 0 {
				message += fmt.Sprintf(": container %s: exit code %d%s", oneLine(c.Name),
					ended.ExitCode, details(ended.Reason, ended.Message))
				break
			}
		}
	}
	return &WaitError{"PodFailed", message}
}

func isKind(object *Object, apiVersion, kind string) bool {
	return object.APIVersion == apiVersion && object.Kind == kind
}

func outlineOf(object *Object) (*conditionsOutline, error) {
	outline := new(conditionsOutline)
	return outline, decodeMembers(object, outline)
}

// decodeMembers decodes members other than the metadata.
func decodeMembers(object *Object, into any) error {
	if len(object.Unknown) == 0 {
		return nil // there are none
	}
	if err := json.Unmarshal(object.Unknown, into); err != nil {
		return fmt.Errorf("its status cannot be read: %w", err)
	}
	return nil
}

// condition returns the condition of a type, in any case, or nil.
func (o *conditionsOutline) condition(name string) *conditionOutline {
	for i := range o.Status.Conditions {
		if strings.EqualFold(o.Status.Conditions[i].Type, name) {
			return &o.Status.Conditions[i]
		}
	}
	return nil
}

// progress reports whether a condition of the object's present generation has a status.
func (o *conditionsOutline) progress(object *Object, name, status string) Progress {
	condition := o.condition(name)
	if condition == nil {
		return Progress{Message: "it has no condition " + name}
	}
	observed := condition.ObservedGeneration
	if observed == 0 {
		observed = o.Status.ObservedGeneration
	}
	if observed != 0 && observed < object.Metadata.Generation {
		return Progress{Message: fmt.Sprintf("condition %s is of generation %d of %d", name,
			observed, object.Metadata.Generation)}
	}
	return Progress{
		Done: strings.EqualFold(condition.Status, status),
		Message: fmt.Sprintf("condition %s is %s%s", name, condition.Status,
			condition.details()),
	}
}

func (c *conditionOutline) details() string { return details(c.Reason, c.Message) }

// details returns a reason and a message of the server, to be appended to a sentence.
func details(reason, message string) (text string) {
	for _, part := range []string{reason, message} {
		if part != "" {
			text += ": " + oneLine(part)
		}
	}
	return text
}

// maxDetail limits a text of the server in a message, in bytes.
const maxDetail = 1 << 10

// oneLine returns a text of the server without control characters, on one line.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "…"
	}
	return text
}
