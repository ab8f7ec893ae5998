package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
)

const (
	dryRunClient = "client"
	dryRunServer = "server"
)

// writeFlags are those of the commands that change something.
type writeFlags struct {
	outputFlags
	dryRun     choice
	manager    string
	validation choice
}

// registerDryRun adds what every write has.
func (w *writeFlags) registerDryRun(cmd *cobra.Command) {
	w.dryRun = oneOf("none", "none", dryRunClient, dryRunServer)
	addChoice(cmd, &w.dryRun, "dry-run", "", "change nothing, and let the client or the server say what would come of it")
}

// register adds what every write of a document has; validation is the default, empty for the server's own.
func (w *writeFlags) register(cmd *cobra.Command, validation string) {
	w.registerDryRun(cmd)
	w.registerManager(cmd)
	w.validation = oneOf(validation, "strict", "warn", "ignore")
	w.validation.aliases = map[string]string{"true": "strict", "false": "ignore"}
	addChoice(cmd, &w.validation, "validate", "", "what the server does about fields that it does not know or that come twice")
	cmd.Flags().Lookup("validate").NoOptDefVal = "strict"
	w.outputFlags.register(cmd, formatJSON, formatYAML, formatName)
}

func (w *writeFlags) registerManager(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.manager, "field-manager", "kx", "the `NAME` under which the server notes who owns the fields that are set")
}

// writeOption fits every write of a document.
type writeOption interface {
	resources.CreateOption
	resources.UpdateOption
	resources.PatchOption
}

func (w *writeFlags) options() []writeOption {
	opts := []writeOption{resources.FieldManager(w.manager)}
	switch w.validation.value {
	case "strict":
		opts = append(opts, resources.FieldValidation(resources.Strict))
	case "warn":
		opts = append(opts, resources.FieldValidation(resources.Warn))
	case "ignore":
		opts = append(opts, resources.FieldValidation(resources.Ignore))
	}
	if w.dryRun.value == dryRunServer {
		opts = append(opts, resources.DryRun())
	}
	return opts
}

func (w *writeFlags) createOptions() (opts []resources.CreateOption) {
	for _, o := range w.options() {
		opts = append(opts, o)
	}
	return opts
}

func (w *writeFlags) updateOptions() (opts []resources.UpdateOption) {
	for _, o := range w.options() {
		opts = append(opts, o)
	}
	return opts
}

func (w *writeFlags) patchOptions() (opts []resources.PatchOption) {
	for _, o := range w.options() {
		opts = append(opts, o)
	}
	return opts
}

// suffix marks the message of a write that did not happen.
func (w *writeFlags) suffix() string {
	switch w.dryRun.value {
	case dryRunClient:
		return " (dry run)"
	case dryRunServer:
		return " (server dry run)"
	}
	return ""
}

// report prints what became of one object: a sentence such as "pod/web-0 created", or the object in the form that was asked for.
func (w *writeFlags) report(k *kx, p printer, kind resources.Kind, name, deed string, object *resources.Object) error {
	if p == nil {
		_, err := fmt.Fprintf(k.out, "%s %s%s\n", qualified(kind, name), deed, w.suffix())
		return err
	}
	return p.print(kind, name, object)
}
