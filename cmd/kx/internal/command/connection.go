package command

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// Files reads the kubeconfig files and prints their warnings.
func Files(k *Invocation) (*kubeconfig.Files, error) {
	var files *kubeconfig.Files
	err := Interruptibly(k, func() (err error) {
		files, err = kubeconfig.Read(k.Connection.Path)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, text := range files.Warnings {
		k.Warn(text)
	}
	return files, nil
}

// Connection holds the global flags: which cluster, as which user, in which namespace.
type Connection struct {
	kubeconfig.Options
	plugins pluginList

	// Timeout is notGiven without the flag.
	Timeout   DurationFlag
	verbosity int
	// warningsAreErrors says that a warning of the server makes kx fail.
	warningsAreErrors bool
}

// globalFlagGroups are the groups of "kx options".
var globalFlagGroups = []FlagGroup{
	{Heading: "Cluster", Flags: []string{
		"kubeconfig", "context", "cluster", "namespace",
		"server", "certificate-authority", "insecure-skip-tls-verify", "tls-server-name",
	}},
	{Heading: "User", Flags: []string{
		"user", "token", "client-certificate", "client-key", "allow-exec-plugin",
		"as", "as-group", "as-uid", "as-user-extra",
	}},
	{Heading: "Requests", Flags: []string{"request-timeout", "warnings-as-errors", "v"}},
}

// Register registers the global flags.
func (c *Connection) Register(root *cobra.Command) {
	f := root.PersistentFlags()
	f.SortFlags = false
	f.StringVar(&c.Path, "kubeconfig", "", "`FILE` in place of $KUBECONFIG and ~/.kube/config")
	f.StringVar(&c.Context, "context", "", "`NAME` of the kubeconfig context")
	f.StringVar(&c.Cluster, "cluster", "", "`NAME` of the kubeconfig cluster")
	f.StringVar(&c.User, "user", "", "`NAME` of the kubeconfig user")
	f.StringVarP(&c.Namespace, "namespace", "n", "", "`NAME` of the namespace")
	o := &c.Override
	f.StringVarP(&o.Server, "server", "s", "", "`URL` of the API server")
	f.StringVar(&o.CAFile, "certificate-authority", "", "`FILE` with the server's authorities")
	f.BoolVar(&o.Insecure, "insecure-skip-tls-verify", false, "accept any certificate (unsafe)")
	f.StringVar(&o.TLSServerName, "tls-server-name", "", "`NAME` in the server's certificate")
	f.StringVar(&o.Token, "token", "", "bearer `TOKEN`; local users can see it")
	f.StringVar(&o.CertFile, "client-certificate", "", "`FILE` with the client certificate")
	f.StringVar(&o.KeyFile, "client-key", "", "`FILE` with the certificate's key")
	f.Var(&c.plugins, "allow-exec-plugin", "allow only these plugins, or none")
	f.StringVar(&o.Impersonate.User, "as", "", "`USER` to impersonate")
	f.StringArrayVar(&o.Impersonate.Groups, "as-group", nil, "`GROUP` to impersonate; repeatable")
	f.StringVar(&o.Impersonate.UID, "as-uid", "", "`UID` to impersonate")
	f.Var((*extraFields)(&o.Impersonate.Extra), "as-user-extra",
		"extra field to impersonate; repeatable")
	c.Timeout = notGiven
	f.Var(&c.Timeout, "request-timeout",
		"limit of each request; 0: none (default: 70s of silence)")
	f.BoolVar(&c.warningsAreErrors, "warnings-as-errors", false,
		"fail if the server sends a warning")
	f.IntVarP(&c.verbosity, "v", "v", 0, "log requests at `LEVEL` 6, headers 7, bodies 8")
	MustRegister(root.RegisterFlagCompletionFunc("context", c.CompleteContexts))
	MustRegister(root.RegisterFlagCompletionFunc("cluster", c.completeClusters))
	MustRegister(root.RegisterFlagCompletionFunc("user", c.completeUsers))
}

// Config loads the configuration that the global flags select.
func (k *Invocation) Config() (*kubeconfig.Config, error) {
	var cfg *kubeconfig.Config
	err := Interruptibly(k, func() (err error) {
		cfg, err = kubeconfig.Load(k.Connection.Options)
		return err
	})
	if err != nil {
		return nil, err
	}
	return cfg, nil
}

// Connect returns a client for the cluster that the global flags select. Warnings of the
// configuration and of the server go to stderr.
func (k *Invocation) Connect() (*transport.Client, error) {
	cfg, err := k.Config()
	if err != nil {
		return nil, err
	}
	return k.Client(cfg, time.Duration(k.Connection.Timeout))
}

// Client returns a client of the cluster in cfg. timeout limits each request, unless it is below
// zero.
func (k *Invocation) Client(cfg *kubeconfig.Config, timeout time.Duration) (*transport.Client,
	error) {
	options := []transport.Option{
		transport.WithLog(k.Err, k.Connection.verbosity),
		transport.WithWarningHandler(func(w transport.Warning) {
			k.serverWarnings.Add(1)
			k.Warn(w.Text)
		}),
		transport.WithExecStreams(k.pluginInput(), ProgramErr(k)),
	}
	if timeout >= 0 {
		options = append(options, transport.WithTimeout(timeout))
	}
	if k.DialContext != nil {
		options = append(options, transport.WithDialContext(k.DialContext))
	}
	plugins := k.Connection.plugins
	if plugins != nil {
		options = append(options, transport.WithAllowedExecPlugins(plugins.commands()...))
	}
	var client *transport.Client
	err := Interruptibly(k, func() (err error) {
		client, err = transport.New(cfg, options...)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, text := range cfg.Warnings {
		client.Warn(transport.Warning{Text: text})
	}
	k.serverWarnings.Store(0) // those were of the configuration
	return client, nil
}

// pluginInput returns the terminal that a credential plugin may read from. It returns nil when the
// command itself reads stdin, and when a shell asks for completions.
func (k *Invocation) pluginInput() io.Reader {
	stdin := term.FileOf(k.In)
	if stdin == nil || k.Command == nil || IsCompletion(k.Command) {
		return nil
	}
	flags := k.Command.Flags()
	readsStdin, _ := flags.GetBool("stdin") // false for a command without that flag
	patch, _ := flags.GetString("patch-file")
	files, _ := flags.GetStringArray("filename")
	file, _ := flags.GetString("filename") // of a command that takes one
	if readsStdin || patch == "-" || file == "-" || slices.Contains(files, "-") {
		return nil
	}
	return stdin
}

// pluginList lists the credential plugins that may run. A nil list allows all of them, and the word
// "none" allows no plugin.
type pluginList []string

const noPlugin = "none"

func (l *pluginList) Set(command string) error {
	switch {
	case command == "":
		return errors.New("must be a program's name or path, or none")
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

// Type is the placeholder of the value in the help.
func (*pluginList) Type() string { return "PLUGIN" }

// extraFields are the extra fields of a user: values by key.
type extraFields map[string][]string

func (e *extraFields) Set(field string) error {
	key, value, ok := strings.Cut(field, "=")
	if !ok || key == "" {
		return errors.New("must be KEY=VALUE")
	}
	if *e == nil {
		*e = extraFields{}
	}
	key = strings.ToLower(key) // as it is sent; values of one key keep their order
	(*e)[key] = append((*e)[key], value)
	return nil
}

// list returns the fields as KEY=VALUE, sorted by key.
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
