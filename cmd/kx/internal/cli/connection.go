package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// connectionFlags are those of every command: which cluster, as whom, where in it.
type connectionFlags struct {
	kubeconfig.Options
	plugins pluginList

	timeout   seconds
	verbosity int
}

// rareFlags are those of connectionFlags that stand in kx --help alone, and not in the help of each command.
var rareFlags = []string{
	"cluster", "user", "server", "certificate-authority", "insecure-skip-tls-verify", "tls-server-name",
	"token", "client-certificate", "client-key", "allow-exec-plugin", "as-group", "as-uid", "as-user-extra",
}

func (c *connectionFlags) register(root *cobra.Command) {
	f := root.PersistentFlags()
	f.SortFlags, root.Flags().SortFlags = false, false // what belongs together stands together
	f.StringVar(&c.Path, "kubeconfig", "", "the kubeconfig `FILE` to use, in place of those that $KUBECONFIG lists and of ~/.kube/config")
	f.StringVar(&c.Context, "context", "", "the `NAME` of the kubeconfig context to use, in place of the current one")
	f.StringVar(&c.Cluster, "cluster", "", "the `NAME` of the kubeconfig cluster to use, in place of the context's")
	f.StringVar(&c.User, "user", "", "the `NAME` of the kubeconfig user to use, in place of the context's")
	f.StringVarP(&c.Namespace, "namespace", "n", "", "the namespace `NAME`, in place of the context's")
	o := &c.Override
	f.StringVarP(&o.Server, "server", "s", "", "the `URL` of the API server, in place of the cluster's")
	f.StringVar(&o.CAFile, "certificate-authority", "", "the `FILE` with the authorities that may sign the server's certificate, in place of the cluster's")
	f.BoolVar(&o.Insecure, "insecure-skip-tls-verify", false, "take any certificate of the server: whoever is in between can read and change everything")
	f.StringVar(&o.TLSServerName, "tls-server-name", "", "the `NAME` that the server's certificate must hold, in place of the host in its URL")
	f.StringVar(&o.Token, "token", "", "the bearer `TOKEN` to send, in place of all of the user's credentials; other users of this machine can see it")
	f.StringVar(&o.CertFile, "client-certificate", "", "the `FILE` with the client certificate, in place of the user's")
	f.StringVar(&o.KeyFile, "client-key", "", "the `FILE` with the client certificate's key, in place of the user's")
	f.Var(&c.plugins, "allow-exec-plugin", "let only the credential plugin of this name or path run, or none; may come several times. Without it a kubeconfig may run any program")
	f.StringVar(&o.Impersonate.User, "as", "", "the `USER` to act as, such as system:serviceaccount:NAMESPACE:NAME")
	f.StringArrayVar(&o.Impersonate.Groups, "as-group", nil, "a `GROUP` to act in; may come several times")
	f.StringVar(&o.Impersonate.UID, "as-uid", "", "the `UID` to act with")
	f.Var((*extraFields)(&o.Impersonate.Extra), "as-user-extra", "an extra field to act with; may come several times, with one key too")
	f.Var(&c.timeout, "request-timeout", "how long the server may keep one request waiting, such as 30s or 2m, or in seconds; 0 is no limit")
	f.IntVarP(&c.verbosity, "v", "v", 0, "log to stderr what is sent: from `LEVEL` 6 each request, 7 its headers too, 8 its body too; credentials are left out")
	mustRegister(root.RegisterFlagCompletionFunc("context", c.completeContexts))
	mustRegister(root.RegisterFlagCompletionFunc("cluster", c.completeClusters))
	mustRegister(root.RegisterFlagCompletionFunc("user", c.completeUsers))
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if !cmd.HasParent() {
			help(cmd, args)
			return
		}
		for _, name := range rareFlags {
			f.Lookup(name).Hidden = true
		}
		help(cmd, args)
		fmt.Fprintln(cmd.OutOrStdout(), "\nMore flags say which server to use, and as whom: see kx --help.")
	})
}

// config loads the configuration that the flags select.
func (k *kx) config() (*kubeconfig.Config, error) { return kubeconfig.Load(k.connection.Options) }

// connect makes the client that the flags select; warnings of the configuration and of the server go to stderr.
func (k *kx) connect() (*transport.Client, error) {
	cfg, err := k.config()
	if err != nil {
		return nil, err
	}
	return k.client(cfg, time.Duration(k.connection.timeout))
}

func (k *kx) client(cfg *kubeconfig.Config, timeout time.Duration) (*transport.Client, error) {
	options := []transport.Option{
		transport.WithTimeout(timeout),
		transport.WithLog(k.err, k.connection.verbosity),
		transport.WithWarningHandler(func(w transport.Warning) { k.warn(w.Text) }),
		transport.WithExecStreams(k.pluginInput(), k.err),
	}
	plugins := k.connection.plugins
	if plugins != nil {
		options = append(options, transport.WithAllowedExecPlugins(plugins.commands()...))
	}
	client, err := transport.New(cfg, options...)
	if err != nil {
		return nil, err
	}
	for _, text := range cfg.Warnings {
		client.Warn(transport.Warning{Text: text})
	}
	return client, nil
}

// pluginInput gives a credential plugin the terminal, unless the command itself reads from there, or a shell asks for completions.
func (k *kx) pluginInput() io.Reader {
	stdin := terminalOf(k.in)
	if stdin == nil || k.command == nil || strings.HasPrefix(k.command.Name(), cobra.ShellCompRequestCmd) {
		return nil
	}
	flags := k.command.Flags()
	passed, _ := flags.GetBool("stdin") // a command without the flag reads nothing
	patch, _ := flags.GetString("patch-file")
	var files []string
	f := flags.Lookup("filename")
	if f != nil {
		files = f.Value.(pflag.SliceValue).GetSlice()
	}
	if passed || patch == "-" || slices.Contains(files, "-") {
		return nil
	}
	return stdin
}

// here gives the flags that lead another command to the same namespace of the same cluster.
func (c *connectionFlags) here() string {
	if c.Namespace == "" {
		return c.again()
	}
	return " -n " + quoted(c.Namespace) + c.again()
}

// again gives the flags by which another command comes to the same server as the same user; a token is left for the user to fill in.
func (c *connectionFlags) again() string {
	o, as, text := &c.Override, &c.Override.Impersonate, ""
	token := ""
	if o.Token != "" {
		token = "TOKEN"
	}
	if o.Insecure {
		text = " --insecure-skip-tls-verify"
	}
	for _, flag := range []struct{ name, value string }{
		{"kubeconfig", c.Path}, {"context", c.Context}, {"cluster", c.Cluster}, {"user", c.User}, {"server", o.Server},
		{"certificate-authority", o.CAFile}, {"tls-server-name", o.TLSServerName},
		{"token", token}, {"client-certificate", o.CertFile}, {"client-key", o.KeyFile}, {"as", as.User}, {"as-uid", as.UID},
	} {
		if flag.value != "" {
			text += " --" + flag.name + " " + quoted(flag.value)
		}
	}
	for _, flag := range []struct {
		name   string
		values []string
	}{
		{"as-group", as.Groups}, {"as-user-extra", (*extraFields)(&as.Extra).list()}, {"allow-exec-plugin", c.plugins},
	} {
		for _, value := range flag.values {
			text += " --" + flag.name + " " + quoted(value)
		}
	}
	return text
}

// quoted gives a word as a shell takes it.
func quoted(word string) string {
	harmless := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
	}
	if word != "" && strings.TrimLeftFunc(word, harmless) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// pluginList are the credential plugins that may run: nil is all of them, and the word none alone stands for an empty list.
type pluginList []string

const noPlugin = "none"

func (l *pluginList) Set(command string) error {
	switch {
	case command == "":
		return errors.New("must be the name or path of a program, or none")
	case len(*l) > 0 && command != (*l)[0] && (command == noPlugin || (*l)[0] == noPlugin):
		return errors.New("none and a program exclude each other")
	}
	*l = append(*l, command)
	return nil
}

func (l pluginList) commands() []string {
	if l[0] == noPlugin {
		return nil
	}
	return l
}

func (l *pluginList) String() string { return strings.Join(*l, " ") }

// Type stands in the help for the flag's value.
func (*pluginList) Type() string { return "NAME|PATH" }

// extraFields are what a user has besides name, uid and groups: values by key.
type extraFields map[string][]string

func (e *extraFields) Set(field string) error {
	key, value, ok := strings.Cut(field, "=")
	if !ok || key == "" {
		return errors.New("must be KEY=VALUE")
	}
	if *e == nil {
		*e = extraFields{}
	}
	key = strings.ToLower(key) // as it is sent, so that values of one key keep their order
	(*e)[key] = append((*e)[key], value)
	return nil
}

// list gives the fields as they are set, in the order of their keys.
func (e *extraFields) list() (fields []string) {
	for _, key := range slices.Sorted(maps.Keys(*e)) {
		for _, value := range (*e)[key] {
			fields = append(fields, key+"="+value)
		}
	}
	return fields
}

func (e *extraFields) String() string { return strings.Join(e.list(), " ") }

func (*extraFields) Type() string { return "KEY=VALUE" }
