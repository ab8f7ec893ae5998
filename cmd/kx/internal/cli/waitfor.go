package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// check is a condition of an object that exists.
type check = func(*resources.Object) (resources.Progress, error)

// waitFor is the value of --for.
type waitFor struct {
	text string
	// event is Added or Deleted in a wait for one of these. Otherwise check is set.
	event resources.WatchEventType
	check check
	// conditionType and status are set for condition=TYPE[=STATUS].
	conditionType, status string
}

var errWaitFor = errors.New("must be create, delete, rollout, condition=TYPE[=STATUS] or " +
	"jsonpath=PATH[=VALUE]")

// Set parses the value of the flag.
func (f *waitFor) Set(text string) error {
	word, rest, _ := strings.Cut(text, "=")
	parsed := waitFor{text: text}
	lower := strings.ToLower(text)
	switch {
	case lower == "create":
		parsed.event = resources.Added
	case lower == "delete":
		parsed.event = resources.Deleted
	case lower == "rollout":
		parsed.check = resources.RolloutDone
	case word == "condition" && rest != "":
		parsed.conditionType, parsed.status, _ = strings.Cut(rest, "=")
		if !strings.Contains(rest, "=") {
			parsed.status = "true"
		}
		if parsed.conditionType == "" || parsed.status == "" {
			return errWaitFor
		}
		parsed.check = resources.ConditionIs(parsed.conditionType, parsed.status)
	case word == "jsonpath" && rest != "":
		path, value, hasValue := cutPath(rest)
		value = strings.Trim(value, `'"`)
		switch {
		case hasValue && value == "":
			return errors.New("has no value after =: leave out = to wait for any value")
		case hasValue:
			parsed.check = resources.JSONPath(path, value)
		default:
			parsed.check = resources.JSONPathExists(path)
		}
		if _, err := parsed.check(&resources.Object{}); err != nil { // the path is wrong
			return err
		}
	default:
		return errWaitFor
	}
	*f = parsed
	return nil
}

func (f *waitFor) String() string { return f.text }

// Type is the placeholder of the value in the help.
func (*waitFor) Type() string { return "CONDITION" }

// complete offers the words that a condition begins with.
func (*waitFor) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"condition=", "create", "delete", "jsonpath=", "rollout"},
		cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// cutPath divides PATH=VALUE at the first = that is in no bracket and no quotes.
func cutPath(text string) (path, value string, found bool) {
	depth, quote := 0, rune(0)
	for i, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case depth > 0 && (r == '\'' || r == '"'):
			quote = r
		case strings.ContainsRune("{[(", r):
			depth++
		case strings.ContainsRune("}])", r):
			depth--
		case r == '=' && depth == 0:
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

// checkOf returns the condition for objects of a kind. A pod that has ended never becomes ready,
// and a Job that has failed never completes: those conditions end a wait at once.
func (f *waitFor) checkOf(kind resources.Kind) check {
	isTrue := strings.EqualFold(f.status, "true")
	name := strings.ToLower(f.conditionType)
	switch {
	case isTrue && name == "ready" && kind.String() == "pods":
		return resources.Ready
	case isTrue && name == "complete" && kind.String() == "jobs.batch":
		return resources.Complete
	case isTrue && name == "failed" && kind.String() == "jobs.batch":
		return resources.Failed
	}
	return f.check
}

// wait waits until o meets the condition.
func (f *waitFor) wait(ctx context.Context, o *object) error {
	if f.event != "" {
		return resources.WaitFor(ctx, o.api, o.name, f.event)
	}
	return resources.WaitFor(ctx, o.api, o.name, f.checkOf(o.kind))
}

// once fails if o does not meet the condition now.
func (f *waitFor) once(ctx context.Context, o *object) error {
	if f.event != "" {
		_, err := o.api.Get(ctx, o.name)
		switch {
		case f.event == resources.Added:
			return err
		case err == nil:
			return fmt.Errorf("%s: the condition is not met: the object exists",
				printer.QualifiedName(o.kind, o.name))
		case errors.Is(err, transport.ErrNotFound):
			return nil
		}
		return err
	}
	condition := f.checkOf(o.kind)
	return resources.WaitFor(ctx, o.api, o.name, func(found *resources.Object) (
		resources.Progress, error) {
		progress, err := condition(found)
		if err == nil && !progress.Done {
			err = fmt.Errorf("the condition is not met: %s", progress.Message)
		}
		return progress, err
	})
}
