package command

import (
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
)

// The values of --dry-run.
const (
	DryRunNone   = "none"
	DryRunClient = "client"
	DryRunServer = "server"
)

// WriteFlags are the flags of the commands that change objects.
type WriteFlags struct {
	OutputFlags
	DryRun     Choice
	Manager    string
	validation Choice
}

// RegisterDryRun registers --dry-run, which every write has.
func (w *WriteFlags) RegisterDryRun(cmd *cobra.Command) {
	w.DryRun = NewChoice(DryRunNone, DryRunNone, DryRunClient, DryRunServer)
	AddChoice(cmd, &w.DryRun, "dry-run", "", "check only, on `SIDE`")
}

// Register registers the flags of a write that sends an object. validation is the default of
// --validate; "" leaves the choice to the server.
func (w *WriteFlags) Register(cmd *cobra.Command, validation string) {
	w.RegisterDryRun(cmd)
	w.RegisterManager(cmd)
	w.validation = NewChoice(validation, "strict", "warn", "ignore")
	w.validation.Aliases = map[string]string{"true": "strict", "false": "ignore"}
	AddChoice(cmd, &w.validation, "validate", "", "check `FIELDS`")
	cmd.Flags().Lookup("validate").NoOptDefVal = "strict"
	w.OutputFlags.Register(cmd, printer.FormatJSON, printer.FormatYAML, printer.FormatName)
}

// RegisterManager registers --field-manager.
func (w *WriteFlags) RegisterManager(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.Manager, "field-manager", "kx", "`NAME` of the fields' owner")
}

// writeOption fits every write that sends an object.
type writeOption interface {
	resources.CreateOption
	resources.UpdateOption
	resources.PatchOption
}

func (w *WriteFlags) options() []writeOption {
	opts := []writeOption{resources.FieldManager(w.Manager)}
	switch w.validation.Value {
	case "strict":
		opts = append(opts, resources.FieldValidation(resources.Strict))
	case "warn":
		opts = append(opts, resources.FieldValidation(resources.Warn))
	case "ignore":
		opts = append(opts, resources.FieldValidation(resources.Ignore))
	}
	if w.DryRun.Value == DryRunServer {
		opts = append(opts, resources.DryRun())
	}
	return opts
}

// CreateOptions returns the options of a create request.
func (w *WriteFlags) CreateOptions() (opts []resources.CreateOption) {
	for _, o := range w.options() {
		opts = append(opts, o)
	}
	return opts
}

// UpdateOptions returns the options of an update request.
func (w *WriteFlags) UpdateOptions() (opts []resources.UpdateOption) {
	for _, o := range w.options() {
		opts = append(opts, o)
	}
	return opts
}

// PatchOptions returns the options of a patch request.
func (w *WriteFlags) PatchOptions() (opts []resources.PatchOption) {
	for _, o := range w.options() {
		opts = append(opts, o)
	}
	return opts
}

// DryRunSuffix marks the message of a write that changed nothing.
func (w *WriteFlags) DryRunSuffix() string {
	switch w.DryRun.Value {
	case DryRunClient:
		return " (dry run)"
	case DryRunServer:
		return " (server dry run)"
	}
	return ""
}

// Report prints the outcome of one write: "pod/web-0 created", or the object in the chosen format.
func (w *WriteFlags) Report(k *Invocation, p printer.Printer, kind resources.Kind, name,
	verb string, object *resources.Object) error {
	if p == nil {
		return PrintDone(k, "%s %s%s", printer.QualifiedName(kind, name), verb, w.DryRunSuffix())
	}
	return p.Print(kind, name, object)
}
