package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/chooser"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const (
	// exitLeft is the exit status of a shell for a command that ^C has ended (128 and SIGINT).
	exitLeft = 130

	// podPage is how many pods one answer has, and maxPods how many the user chooses from.
	podPage = 500
	maxPods = 20 * podPage
)

// ChooserExitStatus is a row for the commands with a PodChooser.
var ChooserExitStatus = Row{Name: "130", Text: "no pod was chosen"}

// ChooserText belongs to Help.Background of the commands with a PodChooser.
const ChooserText = `Without a pod, and on a terminal, kx lists the pods of the namespace, with -A
of all namespaces, and you choose one. Sick pods come first: those that are not ready, and then
those that have restarted within the last hour. Letters filter the list by name and state. The
arrow keys, ^P and ^N select, and Enter takes. Esc and ^C leave, with exit status 130.`

// PodChooser lets the user choose a pod at the terminal if the command line names none.
type PodChooser struct {
	allNamespaces bool
	// Ended includes the pods that have ended.
	Ended bool
}

// Register registers -A.
func (p *PodChooser) Register(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&p.allNamespaces, "all-namespaces", "A", false,
		"without a pod: choose from all namespaces")
}

// UserTerminal returns stdin and stderr if both are terminals, so that the user can be asked, and
// otherwise nil.
func UserTerminal(k *Invocation) (in, out *os.File) {
	if m, ok := k.Err.(*term.MessageWriter); ok {
		in, out = term.FileOf(k.In), term.FileOf(m.Writer)
	}
	if in == nil || out == nil {
		return nil, nil
	}
	return in, out
}

// Choose returns args, or in place of none the pod that the user chooses. Without a terminal it
// returns none.
func (p *PodChooser) Choose(ctx context.Context, k *Invocation, args []string) ([]string, error) {
	in, out := UserTerminal(k)
	if len(args) > 0 || in == nil || os.Getenv("TERM") == "dumb" {
		return args, p.Refuse(len(args) > 0)
	}
	client, err := k.Connect()
	if err != nil {
		return nil, err
	}
	table := chooser.Table{Prompt: "Pod", Names: 1}
	table.Summary = "pods in namespace " + printer.OneLine(client.Namespace())
	if p.allNamespaces {
		table.Names, table.Summary = 2, "pods in all namespaces"
	}
	table.Kept = table.Names + 2
	if err := p.list(ctx, client, &table); err != nil {
		return nil, fmt.Errorf("no pod is given, and none can be chosen: %w", err)
	}
	if len(table.Rows) == 0 {
		return nil, fmt.Errorf("no pod is given, and there are no %s", table.Summary)
	}
	row, err := chooser.New(table).Run(ctx, k.Terminal, in, out)
	if errors.Is(err, chooser.ErrLeft) {
		k.FailureStatus = exitLeft
		err = ErrReported
	}
	if err != nil {
		return nil, err
	}
	name, of := table.Rows[row][table.Names-1], ""
	if p.allNamespaces {
		k.Connection.Namespace = table.Rows[row][0]
		of = " of namespace " + k.Connection.Namespace
	}
	Notice(k, "Using pod/%s%s", name, of)
	return []string{"pod/" + name}, nil
}

// Refuse returns an error if -A is given and the command line selects pods.
func (p *PodChooser) Refuse(selected bool) error {
	if selected && p.allNamespaces {
		return Usagef("-A is for choosing a pod: give -n NAMESPACE with a name or -l")
	}
	return nil
}

// list reads the pods as the server prints them, the sick ones first.
func (p *PodChooser) list(ctx context.Context, client *transport.Client,
	to *chooser.Table) error {
	kind, _ := resources.Lookup("pods")
	var opts []resources.APIOption
	if p.allNamespaces {
		opts = append(opts, resources.AllNamespaces())
	}
	pods, list := resources.ForKind(client, kind, opts...), resources.ListOptions{Limit: podPage}
	if !p.Ended {
		list.FieldSelector = "status.phase!=Succeeded,status.phase!=Failed"
	}
	to.Header = []string{"NAMESPACE", "NAME", "STATUS", "AGE", "READY", "RESTARTS"}[2-to.Names:]
	var byRank [4][][]string
	for count := 0; count < maxPods; {
		table, err := pods.ListTable(ctx, list)
		if err != nil {
			return err
		}
		rows, err := printer.TableLayout{Namespaces: p.allNamespaces}.Rows(table)
		if err != nil {
			return err
		}
		for _, row := range rows[1:] {
			cells := make([]string, len(to.Header))
			for i, title := range to.Header {
				column := slices.Index(rows[0], title)
				if column >= 0 {
					cells[i] = asciiCell(row[column])
				}
			}
			if cells[to.Names-1] != "" && count < maxPods {
				rank := podRank(cells[to.Names:])
				byRank[rank] = append(byRank[rank], cells)
				count++
			}
		}
		if table.Metadata.Continue == "" || len(table.Rows) == 0 {
			break
		}
		list.Continue = table.Metadata.Continue
		if count >= maxPods {
			to.Summary += ", which has more"
		}
	}
	to.Rows = slices.Concat(byRank[:]...)
	return nil
}

// asciiCell replaces characters that may have no width, or two columns.
func asciiCell(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

// podRank orders pods: 0 is sick, 1 has restarted lately, 2 is well or being deleted, and 3 has
// ended well. state is the server's STATUS, AGE, READY and RESTARTS, such as "Running", "5d", "1/2"
// and "3 (5m ago)".
func podRank(state []string) int {
	status, restarts := state[0], state[3]
	ready, all, _ := strings.Cut(state[2], "/")
	switch {
	case status == "Completed" || status == "Succeeded":
		return 3
	case status == "Terminating":
		return 2
	case status != "Running" || ready != all:
		return 0
	case strings.Contains(restarts, "(") && !strings.ContainsAny(restarts, "hdy"): // minutes ago
		return 1
	}
	return 2
}
