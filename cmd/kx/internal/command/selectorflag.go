package command

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
)

// SelectorFlag is a selector of labels or of fields. Given twice, both selectors must hold.
type SelectorFlag string

var errNoRequirement = errors.New("has no requirement, and would select every object")

// Set joins text to the selector. Blank text adds nothing, as in kubectl. Commas alone are an
// error: the server takes them for a selector of every object.
func (s *SelectorFlag) Set(text string) error {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil
	case strings.Trim(text, ", \t\n") == "":
		return errNoRequirement
	case *s != "":
		text = string(*s) + "," + text
	}
	*s = SelectorFlag(text)
	return nil
}

func (s *SelectorFlag) String() string { return string(*s) }

// Type is the placeholder of the value in the help.
func (*SelectorFlag) Type() string { return "SELECTOR" }

// RegisterLabelSelector registers --selector.
func RegisterLabelSelector(cmd *cobra.Command, selector *string, usage string) {
	cmd.Flags().VarP((*SelectorFlag)(selector), "selector", "l", usage)
}

// RegisterSelectors registers --selector and --field-selector.
func RegisterSelectors(cmd *cobra.Command, list *resources.ListOptions) {
	RegisterLabelSelector(cmd, &list.LabelSelector,
		"`SELECTOR` of labels, such as app=web,tier!=front")
	cmd.Flags().Var((*SelectorFlag)(&list.FieldSelector), "field-selector",
		"`SELECTOR` of fields")
}
