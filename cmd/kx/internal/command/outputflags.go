package command

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/internal/jsonpath"
)

// OutputFlags select the format of objects.
type OutputFlags struct {
	Format        Choice
	managedFields bool
}

// Register registers the flags. formats are the formats that the command knows.
func (o *OutputFlags) Register(cmd *cobra.Command, formats ...string) {
	o.registerFormats(cmd, nil, formats)
}

func (o *OutputFlags) registerFormats(cmd *cobra.Command, templates, formats []string) {
	o.Format = Choice{allowed: formats, templates: templates}
	AddChoice(cmd, &o.Format, "output", "o", "output `FORMAT`")
	cmd.Flags().BoolVar(&o.managedFields, "show-managed-fields", false,
		"keep metadata.managedFields")
}

// RegisterJSONPath is Register with jsonpath=TEMPLATE as a further format.
func (o *OutputFlags) RegisterJSONPath(cmd *cobra.Command, formats ...string) {
	o.registerFormats(cmd, []string{printer.FormatJSONPath}, formats)
}

// RegisterTemplates is Register with the formats that take a template.
func (o *OutputFlags) RegisterTemplates(cmd *cobra.Command, formats ...string) {
	o.registerFormats(cmd, []string{printer.FormatJSONPath, printer.FormatJSONPathFile,
		printer.FormatColumns, printer.FormatColumnsFile}, formats)
	cmd.Flags().Lookup("output").Usage = "output `FORMAT`, as listed above"
}

// TemplatePrinter is Printer for formats that take a template. missing is for jsonpath, and
// noHeaders for custom columns.
func (o *OutputFlags) TemplatePrinter(k *Invocation, missing jsonpath.Missing,
	noHeaders bool) (printer.Printer, error) {
	text := o.Format.Argument
	switch o.Format.Value {
	case printer.FormatJSONPathFile, printer.FormatColumnsFile:
		content, _, err := ReadFile(k, text)
		if err != nil {
			return nil, err
		}
		text = string(content)
	}
	var columns []printer.Column
	var err error
	switch o.Format.Value {
	case printer.FormatJSONPath, printer.FormatJSONPathFile:
		template, err := jsonpath.Parse(text)
		if err != nil {
			return nil, NewUsageError(err)
		}
		return printer.NewJSONPath(k.Out, template, missing), nil
	case printer.FormatColumns:
		columns, err = printer.ParseColumns(text)
	case printer.FormatColumnsFile:
		columns, err = printer.ParseColumnsFile(text)
	default:
		return o.Printer(k.Out), nil
	}
	if err != nil {
		return nil, NewUsageError(fmt.Errorf("-o %s: %w", o.Format.Value, err))
	}
	return printer.NewColumns(k.Out, columns, noHeaders), nil
}

// Printer returns the printer of the chosen format, or nil when none is chosen.
func (o *OutputFlags) Printer(w io.Writer) printer.Printer {
	return printer.New(w, o.Format.Value, o.managedFields)
}
