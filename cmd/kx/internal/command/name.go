package command

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
)

// PodName reads the only argument of verb: POD or pod/POD.
func PodName(verb string, args []string) (string, error) {
	switch {
	case len(args) == 0:
		return "", Usagef("no pod is given")
	case len(args) > 1:
		return "", Usagef("unexpected argument %q: %s takes one pod", args[1], verb)
	}
	kind, name, err := SplitName(args[0])
	if err == nil && kind != "" && !SameKind(kind, "pods") {
		err = Usagef("%s works on pods, not on %s", verb, kind)
	}
	return name, err
}

// SplitName reads NAME or KIND/NAME.
func SplitName(arg string) (kind, name string, err error) {
	kind, name, qualified := strings.Cut(arg, "/")
	if !qualified {
		kind, name = "", arg
	}
	if name == "" || qualified && kind == "" || strings.Contains(name, "/") {
		return "", "", Usagef("%q is neither NAME nor KIND/NAME", arg)
	}
	return kind, name, nil
}

// SameKind reports whether two words name one kind, such as pod and pods.
func SameKind(a, b string) bool {
	ka, aKnown := resources.Lookup(a)
	kb, bKnown := resources.Lookup(b)
	return strings.EqualFold(a, b) || aKnown && bKnown && ka == kb
}

// NoArgs refuses arguments.
func NoArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return Usagef("unexpected argument %q", args[0])
	}
	return nil
}
