package cli

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// seconds is a duration that may also be written as a plain number of seconds, as kubectl takes it.
type seconds time.Duration

func (s *seconds) Set(text string) error {
	d, err := time.ParseDuration(text)
	n, notPlain := strconv.ParseUint(text, 10, 31)
	if notPlain == nil {
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
