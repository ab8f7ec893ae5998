package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// connectionFlags are those of every command: which cluster, as whom, where in it.
type connectionFlags struct {
	kubeconfig, context, cluster, user, namespace string

	timeout   seconds
	verbosity int
}

func (c *connectionFlags) register(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&c.kubeconfig, "kubeconfig", "", "the kubeconfig `FILE` to use, in place of those that $KUBECONFIG lists and of ~/.kube/config")
	f.StringVar(&c.context, "context", "", "the `NAME` of the kubeconfig context to use, in place of the current one")
	f.StringVar(&c.cluster, "cluster", "", "the `NAME` of the kubeconfig cluster to use, in place of the context's")
	f.StringVar(&c.user, "user", "", "the `NAME` of the kubeconfig user to use, in place of the context's")
	f.StringVarP(&c.namespace, "namespace", "n", "", "the namespace `NAME`, in place of the context's")
	f.Var(&c.timeout, "request-timeout", "how long the server may keep one request waiting, such as 30s or 2m, or in seconds; 0 is no limit")
	f.IntVarP(&c.verbosity, "v", "v", 0, "log to stderr what is sent: from `LEVEL` 6 each request, 7 its headers too, 8 its body too; credentials are left out")
	mustRegister(root.RegisterFlagCompletionFunc("context", c.completeContexts))
}

// config loads the configuration that the flags select.
func (k *kx) config() (*kubeconfig.Config, error) {
	c := &k.connection
	return kubeconfig.Load(kubeconfig.Options{Path: c.kubeconfig, Context: c.context, Cluster: c.cluster, User: c.user, Namespace: c.namespace})
}

// connect makes the client that the flags select; warnings of the configuration and of the server go to stderr.
func (k *kx) connect() (*transport.Client, error) {
	cfg, err := k.config()
	if err != nil {
		return nil, err
	}
	client, err := transport.New(cfg,
		transport.WithTimeout(time.Duration(k.connection.timeout)),
		transport.WithLog(k.err, k.connection.verbosity),
		transport.WithWarningHandler(func(w transport.Warning) { k.warn(w.Text) }),
	)
	if err != nil {
		return nil, err
	}
	for _, text := range cfg.Warnings {
		client.Warn(transport.Warning{Text: text})
	}
	return client, nil
}

// seconds is a duration that may also be written as a plain number of seconds, as kubectl takes it.
type seconds time.Duration

func (s *seconds) Set(text string) error {
	d, err := time.ParseDuration(text)
	if n, notPlain := strconv.ParseUint(text, 10, 31); notPlain == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < 0 {
		return errors.New("must be a time such as 30s or 2m, or a number of seconds")
	}
	*s = seconds(d)
	return nil
}

func (s *seconds) String() string {
	if *s == 0 {
		return "0"
	}
	return time.Duration(*s).String()
}

func (*seconds) Type() string { return "DURATION" }

// choice is a flag that takes one of a few words.
type choice struct {
	value   string
	allowed []string
	// aliases are other words for some of them.
	aliases map[string]string
}

func oneOf(value string, allowed ...string) choice { return choice{value: value, allowed: allowed} }

func (c *choice) Set(word string) error {
	if canonical, ok := c.aliases[word]; ok {
		word = canonical
	}
	if !slices.Contains(c.allowed, word) {
		return errors.New("must be " + list(c.allowed, "or"))
	}
	c.value = word
	return nil
}

func (c *choice) String() string { return c.value }

// Type stands in the help for the flag's value.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

// addChoice registers c, and its words for completion.
func addChoice(cmd *cobra.Command, c *choice, name, shorthand, usage string) {
	cmd.Flags().VarP(c, name, shorthand, usage)
	completeWith(cmd, name, c.allowed)
}
