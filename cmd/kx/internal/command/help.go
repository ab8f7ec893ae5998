package command

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Help is what "kx VERB --help" prints below the command's one line and its usage, in this order.
type Help struct {
	Examples []Example
	// Tables are what the arguments or the values of a flag may be.
	Tables []Table
	// FlagGroups divide the flags of a command that has many. Without them the flags stand
	// together.
	FlagGroups []FlagGroup
	ExitStatus []Row
	SeeAlso    []string
	// Background is the text of the command's section in docs/kx.md. The help leaves it out.
	Background string
}

// Example is a command line, and the purpose of it.
type Example struct {
	_                    incomparable
	Purpose, CommandLine string
}

// Table is a list under a heading.
type Table struct {
	Heading string
	Rows    []Row
}

// Row is a line of two columns.
type Row struct {
	_          incomparable
	Name, Text string
}

// incomparable keeps the compiler from writing functions that compare values, and arrays of each
// length: 4 KB for rows and examples.
type incomparable [0]func()

// FlagGroup lists flags that belong together, by their names.
type FlagGroup struct {
	Heading string
	Flags   []string
	// With is a flag without which the help leaves out the group, or "".
	With string
}

// DefaultExitStatus is the table of the commands that run no remote program.
func DefaultExitStatus(more ...Row) []Row {
	return mergeRows([]Row{
		{Name: "0", Text: "done"},
		{Name: "1", Text: "the operation failed or was interrupted"},
		{Name: "2", Text: "the command line is wrong"},
	}, more)
}

// SessionExitStatus is the table of the commands that stay with a remote program.
func SessionExitStatus(more ...Row) []Row {
	return mergeRows([]Row{
		{Name: "0-255", Text: "that of the remote program; 255 for a larger one"},
		{Name: "2", Text: "the command line is wrong"},
		{Name: "125", Text: "kx failed, or the connection was lost"},
		{Name: "126", Text: "the program is not executable"},
		{Name: "127", Text: "the image has no such program"},
	}, more)
}

// mergeRows adds rows to a table of exit statuses. A row with the name of another row is one more
// meaning of it.
func mergeRows(rows, more []Row) []Row {
	for _, r := range more {
		i := slices.IndexFunc(rows, func(other Row) bool { return other.Name == r.Name })
		if i >= 0 {
			rows[i].Text += ", or " + r.Text
			continue
		}
		rows = append(rows, r)
		for i = len(rows) - 1; i > 0 && firstStatus(rows[i-1]) > firstStatus(r); i-- {
			rows[i-1], rows[i] = rows[i], rows[i-1]
		}
	}
	return rows
}

// firstStatus returns the first exit status of a row.
func firstStatus(r Row) int {
	number, _, _ := strings.Cut(r.Name, "-")
	status, _ := strconv.Atoi(number)
	return status
}

// SetHelp sets the help of cmd.
func (k *Invocation) SetHelp(cmd *cobra.Command, h Help) {
	if k.helps == nil {
		k.helps = map[*cobra.Command]*Help{}
	}
	k.helps[cmd] = &h
	var examples []string
	for _, e := range h.Examples {
		commandLine := strings.ReplaceAll(e.CommandLine, "\n", "\n  ")
		examples = append(examples, "  # "+e.Purpose+"\n  "+commandLine)
	}
	cmd.Example = strings.Join(examples, "\n")
}

// HelpOf returns the help that SetHelp set.
func HelpOf(k *Invocation, cmd *cobra.Command) *Help {
	h := k.helps[cmd]
	if h == nil {
		h = &Help{}
	}
	return h
}

// WriteHelp writes the help of cmd, with lines of at most width columns.
func WriteHelp(k *Invocation, w io.Writer, cmd *cobra.Command, width int) error {
	h := HelpOf(k, cmd)
	p := &helpPage{k: k, width: width}
	p.wrap("", "", cmd.Short)
	p.heading("USAGE")
	p.wrap("  ", "      ", UsageLine(cmd))
	if cmd.Example != "" {
		p.heading("EXAMPLES")
		p.text.WriteString(AsTyped(k, cmd.Example) + "\n")
	}
	commands := subcommands(cmd)
	if len(commands) > 0 {
		p.table("COMMANDS", commands)
	}
	for _, t := range h.Tables {
		p.table(t.Heading, t.Rows)
	}
	p.flags(cmd.LocalNonPersistentFlags(), h.FlagGroups)
	p.heading("GLOBAL FLAGS")
	p.wrap("  ", "  ", `"kx options" lists those of every command, such as -n NAMESPACE`)
	p.table("EXIT STATUS", h.ExitStatus)
	p.heading("SEE ALSO")
	for _, also := range h.SeeAlso {
		p.wrap("  ", "    ", also)
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}

// UsageLine returns the command line of cmd in brief.
func UsageLine(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "kx COMMAND [flags]"
	}
	line := cmd.CommandPath()
	_, arguments, ok := strings.Cut(cmd.Use, " ")
	if ok {
		line += " " + arguments
	} else if cmd.HasSubCommands() {
		line += " COMMAND"
	}
	if !strings.Contains(line, "[flags]") {
		line += " [flags]"
	}
	return line
}

func subcommands(cmd *cobra.Command) (rows []Row) {
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			rows = append(rows, Row{Name: sub.Name(), Text: lowerFirst(sub.Short)})
		}
	}
	return rows
}

// lowerFirst turns the first line of a command's help into an entry of a table.
func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// WriteGlobalFlags writes the page of "kx options".
func WriteGlobalFlags(k *Invocation, w io.Writer, root *cobra.Command, width int) error {
	p := &helpPage{k: k, width: width}
	p.wrap("", "", "The flags of every command")
	p.flags(root.PersistentFlags(), globalFlagGroups)
	_, err := io.WriteString(w, p.text.String())
	return err
}

// WriteTables writes a page of help that is about no command.
func WriteTables(k *Invocation, title string, tables []Table, text string) error {
	p := &helpPage{k: k, width: k.HelpWidth}
	p.wrap("", "", title)
	for _, t := range tables {
		p.table(t.Heading, t.Rows)
	}
	if text != "" {
		p.text.WriteByte('\n')
		p.wrap("", "", text)
	}
	_, err := io.WriteString(k.Out, p.text.String())
	return err
}

// helpPage is a page of help.
type helpPage struct {
	k     *Invocation
	text  strings.Builder
	width int
}

func (p *helpPage) heading(text string) { p.text.WriteString("\n" + text + "\n") }

// wrap writes text after prefix. The lines after the first begin with indent.
func (p *helpPage) wrap(prefix, indent, text string) {
	line := prefix
	empty := true
	for word := range strings.FieldsSeq(AsTyped(p.k, text)) {
		switch {
		case empty:
			line += word
		case columns(line)+1+columns(word) > p.width:
			p.text.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent + word
		default:
			line += " " + word
		}
		empty = false
	}
	p.text.WriteString(strings.TrimRight(line, " ") + "\n")
}

func columns(s string) int { return len([]rune(s)) }

// table writes rows of two columns under a heading.
func (p *helpPage) table(heading string, rows []Row) {
	p.heading(heading)
	p.rows("  ", rows)
}

func (p *helpPage) rows(margin string, rows []Row) {
	widest := 0
	for _, r := range rows {
		widest = max(widest, columns(r.Name))
	}
	indent := margin + strings.Repeat(" ", widest+2)
	for _, r := range rows {
		p.wrap(margin+r.Name+strings.Repeat(" ", widest+2-columns(r.Name)), indent, r.Text)
	}
}

// flags writes the flags of set by their groups.
func (p *helpPage) flags(set *pflag.FlagSet, groups []FlagGroup) {
	if len(groups) == 0 {
		groups = []FlagGroup{{Flags: flagNames(set)}}
	}
	first := true
	for _, g := range groups {
		if g.With != "" && !set.Changed(g.With) {
			continue
		}
		var rows []Row
		for _, name := range g.Flags {
			f := set.Lookup(name)
			if f != nil && !f.Hidden {
				rows = append(rows, FlagRow(f))
			}
		}
		if len(rows) == 0 {
			continue
		}
		if first {
			p.heading("FLAGS")
			first = false
		}
		margin := "  "
		if g.Heading != "" {
			p.text.WriteString("  " + g.Heading + ":\n")
			margin = "    "
		}
		p.rows(margin, rows)
	}
}

// flagNames lists the flags of a command, except --help, in the order of their registration.
func flagNames(set *pflag.FlagSet) (names []string) {
	set.SortFlags = false
	set.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			names = append(names, f.Name)
		}
	})
	return names
}

// FlagRow returns the line of a flag: its names and the type of its value, and its purpose.
func FlagRow(f *pflag.Flag) Row {
	typ, text := pflag.UnquoteUsage(f)
	name := "--" + f.Name
	if f.Shorthand == f.Name {
		name = "-" + f.Name
	} else if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if typ != "" {
		name += " " + typ
	}
	if !slices.Contains([]string{"", "false", "0", "[]", "-1", DryRunNone}, f.DefValue) {
		text = fmt.Sprintf("%s (default %s)", text, f.DefValue)
	}
	return Row{Name: name, Text: text}
}
