package main

import (
	"bytes"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

// manPage is a page in the man macros of roff, man(7).
type manPage struct {
	name string // of the file, such as kx-debug.1
	text *bytes.Buffer
}

// pages returns the page of cmd, and then those of its subcommands.
func pages(k *command.Invocation, cmd *cobra.Command, version, date string) []manPage {
	help := command.HelpOf(k, cmd)
	title := pageTitle(cmd)
	p := &roff{}
	p.plainMacro("TH", strings.ToUpper(title), "1", date, "kx "+version, "kx")
	p.macro("SH", "NAME")
	p.line(title + ` \- ` + escape(strings.ToLower(cmd.Short[:1])+cmd.Short[1:]))
	p.macro("SH", "SYNOPSIS")
	p.text(command.UsageLine(cmd))
	p.macro("SH", "DESCRIPTION")
	p.markdown(help.Background)
	p.commands(cmd)
	for _, table := range help.Tables {
		p.rows(table.Heading, table.Rows)
	}
	p.flags("OPTIONS", cmd.LocalNonPersistentFlags(), help.FlagGroups)
	if !cmd.HasParent() {
		p.flags("OPTIONS OF EVERY COMMAND", cmd.PersistentFlags(), nil)
	}
	p.rows("EXIT STATUS", help.ExitStatus)
	p.macro("SH", "EXAMPLES")
	for i, example := range help.Examples {
		if i > 0 {
			p.macro("PP")
		}
		p.text(example.Purpose + ":")
		p.code(strings.Split(example.CommandLine, "\n"))
	}
	p.macro("SH", "SEE ALSO")
	for _, also := range help.SeeAlso {
		p.text(also)
	}
	all := []manPage{{title + ".1", &p.Buffer}}
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			all = append(all, pages(k, sub, version, date)...)
		}
	}
	return all
}

// pageTitle returns the name of a command's page: kx-debug-ls for "kx debug ls".
func pageTitle(cmd *cobra.Command) string {
	return strings.ReplaceAll(cmd.CommandPath(), " ", "-")
}

// commands lists the subcommands with their pages.
func (p *roff) commands(cmd *cobra.Command) {
	var rows []command.Row
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			rows = append(rows, command.Row{Name: pageTitle(sub) + "(1)", Text: sub.Short})
		}
	}
	p.rows("COMMANDS", rows)
}

// rows writes a section of terms and their meanings, unless it is empty.
func (p *roff) rows(heading string, rows []command.Row) {
	if len(rows) > 0 {
		p.macro("SH", heading)
	}
	for _, row := range rows {
		p.term(row.Name, row.Text)
	}
}

// flags writes a section of flags. A flag without a group comes first.
func (p *roff) flags(heading string, flags *pflag.FlagSet, groups []command.FlagGroup) {
	var all []command.Row
	row := map[string]command.Row{}
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			row[f.Name] = command.FlagRow(f)
			all = append(all, row[f.Name])
		}
	})
	if len(groups) == 0 {
		p.rows(heading, all)
		return
	}
	p.macro("SH", heading)
	for _, group := range groups {
		p.macro("SS", group.Heading)
		for _, name := range group.Flags {
			p.term(row[name].Name, row[name].Text)
		}
	}
}
