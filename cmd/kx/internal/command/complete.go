package command

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// Subresources are offered for completion.
var Subresources = []string{"ephemeralcontainers", "resize", "scale", "status"}

const (
	// completionTimeout limits the wait of a user who has pressed Tab. The variable
	// completionVariable sets another limit.
	completionTimeout  = 300 * time.Millisecond
	completionVariable = "KX_COMPLETION_TIMEOUT"

	// maxWord is the length of the longest word that is offered: a kind, a slash and a name. An
	// object's name has 253 characters at most.
	maxWord = 512
)

// IsCompletion reports whether cmd answers a shell that asks for completions.
func IsCompletion(cmd *cobra.Command) bool {
	return strings.HasPrefix(cmd.Name(), cobra.ShellCompRequestCmd)
}

// CompleteWith offers words for a flag.
func CompleteWith(cmd *cobra.Command, flag string, words []string) {
	MustRegister(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words,
		cobra.ShellCompDirectiveNoFileComp)))
}

// MustRegister panics when a completion names no flag. Every test that builds the command finds
// that.
func MustRegister(err error) {
	if err != nil {
		panic(err)
	}
}

// Offer returns those of words that begin with what the user has typed and are none of args. A
// word may have a description after a tab. Offer drops words that a shell would not read as they
// are: the words come from the cluster and from files. A shell adds no space to the only word if
// that ends with a slash or a colon.
func Offer(words, args []string, typed string) (offered []string, _ cobra.ShellCompDirective) {
	for _, word := range words {
		text, description, _ := strings.Cut(word, "\t")
		if !isPlainWord(description) {
			word = text
		}
		if strings.HasPrefix(text, typed) && isPlainWord(text) && !slices.Contains(args, text) {
			offered = append(offered, word)
		}
	}
	directive := cobra.ShellCompDirectiveNoFileComp
	if len(offered) == 1 && strings.HasSuffix(offered[0], "/") {
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	return offered, directive
}

// isPlainWord reports whether every shell takes word literally, and no command as a flag.
func isPlainWord(word string) bool {
	for i := range len(word) {
		c := word[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("._:/@+-,", rune(c)) {
			return false
		}
	}
	return word != "" && word[0] != '-' && len(word) <= maxWord
}

// Ask returns the words that find returns, or nil if it fails or takes longer than the limit.
func Ask(ctx context.Context, k *Invocation,
	find func(context.Context, *transport.Client) ([]string, error)) []string {
	ctx, cancel := context.WithTimeout(ctx, completionLimit())
	defer cancel()
	found := make(chan []string, 1)
	go func() {
		client, err := k.Connect()
		if err != nil {
			found <- nil
			return
		}
		words, err := find(ctx, client)
		if err != nil {
			words = nil
		}
		found <- words
	}()
	select {
	case words := <-found:
		return words
	case <-ctx.Done():
		return nil
	}
}

// completionLimit returns the limit of one completion.
func completionLimit() time.Duration {
	limit, err := time.ParseDuration(os.Getenv(completionVariable))
	if err != nil {
		return completionTimeout
	}
	return limit
}

// CompleteContexts offers the names of contexts.
func (c *Connection) CompleteContexts(_ *cobra.Command, _ []string, word string) ([]string,
	cobra.ShellCompDirective) {
	return c.completeFromContexts(word,
		func(context *kubeconfig.Context) string { return context.Name })
}

// completeClusters offers the names of the clusters of contexts.
func (c *Connection) completeClusters(_ *cobra.Command, _ []string, word string) ([]string,
	cobra.ShellCompDirective) {
	return c.completeFromContexts(word,
		func(context *kubeconfig.Context) string { return context.Cluster })
}

// completeUsers offers the names of the users of contexts.
func (c *Connection) completeUsers(_ *cobra.Command, _ []string, word string) ([]string,
	cobra.ShellCompDirective) {
	return c.completeFromContexts(word,
		func(context *kubeconfig.Context) string { return context.User })
}

// completeFromContexts offers a field of each context, without repetitions.
func (c *Connection) completeFromContexts(word string,
	name func(*kubeconfig.Context) string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if files, err := kubeconfig.Read(c.Path); err == nil {
		for i := range files.Contexts {
			names = append(names, name(&files.Contexts[i]))
		}
	}
	slices.Sort(names)
	return Offer(slices.Compact(names), nil, word)
}
