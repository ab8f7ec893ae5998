package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// checkTimeout limits each request of a check without --request-timeout. A server that does not
// answer is a result.
const checkTimeout = 10 * time.Second

type checkCommand struct {
	*command.Invocation
	role   bool
	format command.Choice
}

func newAuthCheck(k *command.Invocation) *cobra.Command {
	c := &checkCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the connection, the credential and your permissions",
		Args:  command.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&c.role, "role", false, "print the smallest Role that is missing")
	c.format = command.NewChoice("", printer.FormatJSON, printer.FormatYAML)
	command.AddChoice(cmd, &c.format, "output", "o", "output `FORMAT`")
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Print the page", CommandLine: "kx auth check"},
			{Purpose: "Print it as JSON", CommandLine: "kx auth check -n default -o json"},
			{Purpose: "Write the Role to ask an administrator for",
				CommandLine: "kx auth check --role --as jane > role.yaml"},
		},
		ExitStatus: command.DefaultExitStatus(command.Row{Name: "1",
			Text: "a permission or the namespace is missing"}),
		SeeAlso: []string{"kx auth can-i; docs/kx.md"},
		Background: `kx prints one page: the kubeconfig file, the context, the proxy, the credential
and its expiry, the server's answer, and the user that the server sees. In parentheses stands the
flag, the environment variable or the field of the kubeconfig that chose a value. The lines
"settings" and "environment" show the file of kx's own settings, if there is one, and the variables
that change what kx does. Below it lists which of debug, exec, attach, logs and port-forward the
user may do in the namespace. kx prints each problem, and goes on.
It changes nothing. Each answer may take 10 seconds, or the time of --request-timeout.

With -o the page is an object with the members files, context, cluster, user, actingAs, server,
namespace, credential, version, you and tasks. A member that could not be found out has an error in
its place.

With --role kx prints a Role and a RoleBinding with the missing permissions, as YAML, for an
administrator. The Role has the name of the user. Permissions that the user has by a Role of that
name stay in it. With --role a missing permission is no failure.`,
	})
	return cmd
}

func (c *checkCommand) run(ctx context.Context) error {
	if c.role && c.format.Value == printer.FormatJSON {
		return command.Usagef("--role prints YAML: leave -o out")
	}
	cfg, err := c.Config()
	if err != nil {
		return err
	}
	asPage := !c.role && c.format.Value == ""
	if asPage { // before a plugin or the server may block
		if err := printer.WriteTable(c.Out, configRows(&c.Connection, cfg)); err != nil {
			return err
		}
	}
	client, err := c.Client(cfg, c.limit())
	if err != nil {
		return err
	}
	report, err := auth.Check(ctx, client, "")
	switch {
	case asPage: // after an interruption too: the page shows what blocked
		err = errors.Join(c.print(report), err)
	case err != nil:
	case c.role:
		return c.printRole(report)
	default:
		err = printer.WriteDocument(c.Out, c.format.Value, c.page(cfg, report))
	}
	if err == nil && (!report.Allowed() || report.NamespaceErr != nil) {
		err = command.ErrReported
	}
	return err
}

// limit returns the time limit of each request.
func (c *checkCommand) limit() time.Duration {
	if c.Command.Flags().Changed("request-timeout") {
		return time.Duration(c.Connection.Timeout)
	}
	return checkTimeout
}

// print writes the page below the configuration. The next step goes to stderr.
func (c *checkCommand) print(r *auth.Report) error {
	rows := [][]string{row("credential", c.credential(r)), row("answers", c.answers(r))}
	you := c.text(r.UserErr)
	if r.User != nil {
		you = r.User.Username
		if len(r.User.Groups) > 0 {
			you += ", in " + strings.Join(r.User.Groups, ", ")
		}
	}
	namespace := r.Namespace
	if r.NamespaceErr != nil {
		namespace += ", which is not there"
	}
	rows = append(rows, row("you are", you), row("namespace", from(namespace,
		byFlag("--namespace", c.Connection.Namespace))))
	unknown := ""
	for i := range r.Tasks {
		verdict := c.verdict(r, &r.Tasks[i])
		err := r.Tasks[i].Err()
		switch {
		case err == nil || errors.Is(err, auth.ErrNotAsked):
		case verdict == unknown: // a line above has the same reason
			verdict = "unknown"
		default:
			unknown = verdict
		}
		rows = append(rows, row(r.Tasks[i].Name, verdict))
	}
	if err := printer.WriteTable(c.Out, rows); err != nil {
		return err
	}
	if _, _, err := r.Role(); err == nil && !r.Allowed() {
		fmt.Fprintf(c.Err, "\"%s --role\" prints the Role to ask an administrator for\n",
			printer.OneLine(command.AsTyped(c.Invocation, c.Connection.CheckCommand(""))))
	}
	return nil
}

// row returns a line of the page. The width of the names is fixed: the first lines are printed
// before the others are known.
func row(name, value string) []string {
	return []string{fmt.Sprintf("%-12s", name), printer.OneLine(value)}
}

func (c *checkCommand) credential(r *auth.Report) string {
	if r.CredentialErr != nil {
		return c.Describe(r.CredentialErr)
	}
	text := r.Credential.Kind
	if c.Connection.Override.Token != "" {
		text += " of --token"
	}
	where := r.Credential.From
	if where != "" {
		text += " " + where
	}
	end := r.Credential.Expires
	if !end.IsZero() {
		text += ", " + expiry(end, time.Now())
	}
	return text
}

// expiry returns when a credential expires, or has expired.
func expiry(end, now time.Time) string {
	at := end.UTC().Format(time.RFC3339)
	left := end.Sub(now)
	if left > 0 {
		return "expires at " + at + ", in " + roughly(left)
	}
	return "EXPIRED at " + at + ", " + roughly(now.Sub(end)) + " ago"
}

// roughly returns a duration in one unit: "45s", "59m", "23h", "365d".
func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// answers returns whether the server answers. A refusal is an answer.
func (c *checkCommand) answers(r *auth.Report) string {
	err := r.ServerErr
	switch {
	case err == nil:
		return "yes, " + r.Version
	case errors.As(err, new(*transport.StatusError)):
		return "yes, but: " + c.Describe(err)
	case errors.Is(err, auth.ErrNotAsked):
		return c.Describe(err)
	}
	return "no: " + c.Describe(r.ServerErr)
}

// text describes err, or returns "" for nil.
func (c *checkCommand) text(err error) string {
	if err != nil {
		return c.Describe(err)
	}
	return ""
}

// verdict returns whether the user may do a task, and the missing permissions.
func (c *checkCommand) verdict(r *auth.Report, t *auth.Task) string {
	if err := t.Err(); errors.Is(err, auth.ErrNotAsked) {
		return c.Describe(err)
	} else if err != nil {
		return "unknown: " + c.Describe(err)
	}
	missing := missing(t)
	if len(missing) > 0 {
		return "no: you lack " + printer.JoinWords(missing, "and")
	}
	for i := range r.Tasks {
		other := &r.Tasks[i]
		if t.Name == "debug" && other.Name == "attach" && other.Err() == nil && !other.Allowed() {
			return "yes, but not with -i, which attaches"
		}
	}
	return "yes"
}

// missing returns the missing permissions of a task, such as "create pods/exec".
func missing(t *auth.Task) (all []string) {
	for _, a := range t.Access {
		if !a.Allowed && a.Err == nil {
			all = append(all, a.Verb+" "+strings.TrimSuffix(a.Resource+"/"+a.Subresource, "/"))
		}
	}
	return all
}

func (c *checkCommand) printRole(r *auth.Report) error {
	role, binding, err := r.Role()
	if err != nil {
		return err
	}
	if r.NamespaceErr != nil {
		c.Warn(c.Describe(r.NamespaceErr))
	}
	if role == nil {
		fmt.Fprintf(c.Err,
			"There is nothing to ask for: you may debug, exec, attach, read logs and forward "+
				"ports in namespace %q\n", r.Namespace)
		return nil
	}
	if err := printer.WriteDocument(c.Out, printer.FormatYAML, role); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(c.Out, "---"); err != nil {
		return err
	}
	return printer.WriteDocument(c.Out, printer.FormatYAML, binding)
}

// page is the output of -o.
type page struct {
	Files          []string       `json:"files"`
	Context        string         `json:"context,omitzero"`
	Cluster        string         `json:"cluster,omitzero"`
	User           string         `json:"user,omitzero"`
	ActingAs       string         `json:"actingAs,omitzero"`
	Server         string         `json:"server"`
	Namespace      string         `json:"namespace"`
	NamespaceError string         `json:"namespaceError,omitzero"`
	Credential     pageCredential `json:"credential"`
	Version        string         `json:"version,omitzero"`
	Error          string         `json:"error,omitzero"`
	You            pageUser       `json:"you"`
	Tasks          []pageTask     `json:"tasks"`
}

type pageCredential struct {
	Kind    string    `json:"kind,omitzero"`
	From    string    `json:"from,omitzero"`
	Expires time.Time `json:"expires,omitzero"`
	Error   string    `json:"error,omitzero"`
}

type pageUser struct {
	*auth.User
	Error string `json:"error,omitzero"`
}

type pageTask struct {
	Name    string   `json:"name"`
	Allowed bool     `json:"allowed"`
	Missing []string `json:"missing,omitzero"`
	Error   string   `json:"error,omitzero"`
}

func (c *checkCommand) page(cfg *kubeconfig.Config, r *auth.Report) *page {
	p := &page{
		Files: cfg.Source.Files, Context: cfg.Source.Context, Cluster: cfg.Source.Cluster,
		User: cfg.Source.User, ActingAs: cfg.Impersonate.User, Server: cfg.Server,
		Namespace: r.Namespace, NamespaceError: c.text(r.NamespaceErr),
		Credential: pageCredential{
			r.Credential.Kind, r.Credential.From, r.Credential.Expires, c.text(r.CredentialErr),
		},
		Version: r.Version, Error: c.text(r.ServerErr), You: pageUser{r.User, c.text(r.UserErr)},
	}
	for i := range r.Tasks {
		t := &r.Tasks[i]
		p.Tasks = append(p.Tasks, pageTask{t.Name, t.Allowed(), missing(t), c.text(t.Err())})
	}
	return p
}
