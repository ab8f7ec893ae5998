package command

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
)

// OutputFlags select the format of objects.
type OutputFlags struct {
	Format        Choice
	managedFields bool
}

// Register registers the flags. formats are the formats that the command knows.
func (o *OutputFlags) Register(cmd *cobra.Command, formats ...string) {
	o.Format = NewChoice("", formats...)
	AddChoice(cmd, &o.Format, "output", "o", "output `FORMAT`")
	cmd.Flags().BoolVar(&o.managedFields, "show-managed-fields", false,
		"keep metadata.managedFields")
}

// Printer returns the printer of the chosen format, or nil when none is chosen.
func (o *OutputFlags) Printer(w io.Writer) printer.Printer {
	return printer.New(w, o.Format.Value, o.managedFields)
}
