package command

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
)

// DurationFlag is a duration such as 30s. A plain number is a number of seconds, as in kubectl.
type DurationFlag time.Duration

// notGiven is the value of a flag whose absence is not zero.
const notGiven DurationFlag = -1

// Set parses the value of the flag.
func (s *DurationFlag) Set(text string) error {
	d, err := time.ParseDuration(text)
	n, notPlain := strconv.ParseUint(text, 10, 31)
	if notPlain == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < 0 {
		return errors.New("must be a time such as 30s or 2m, or a number of seconds")
	}
	*s = DurationFlag(d)
	return nil
}

func (s *DurationFlag) String() string {
	if *s <= 0 {
		return "0" // which the help does not print as the default
	}
	return time.Duration(*s).String()
}

// Type is the placeholder of the value in the help.
func (*DurationFlag) Type() string { return "DURATION" }

// Choice is a flag that takes one of a few words.
type Choice struct {
	Value string
	// Argument is the part after "=", of a word that takes one.
	Argument  string
	allowed   []string
	templates []string // words that take an argument
	// Aliases maps other words to the allowed ones.
	Aliases map[string]string
}

// NewChoice returns a Choice with a default value.
func NewChoice(value string, allowed ...string) Choice {
	return Choice{Value: value, allowed: allowed}
}

// Set checks and stores the value of the flag.
func (c *Choice) Set(word string) error {
	if canonical, ok := c.Aliases[word]; ok {
		word = canonical
	}
	template, argument, _ := strings.Cut(word, "=")
	switch {
	case slices.Contains(c.templates, template) && argument == "":
		return fmt.Errorf("%s needs a value: %s=…", template, template)
	case slices.Contains(c.templates, template):
		c.Value, c.Argument = template, argument
		return nil
	case len(c.templates) > 0 && (strings.HasPrefix(template, "go-template") ||
		strings.HasPrefix(template, "template")):
		return errors.New("kx has no Go templates: use jsonpath=TEMPLATE or custom-columns=…")
	}
	if !slices.Contains(c.allowed, word) {
		return errors.New("must be " + c.words())
	}
	c.Value, c.Argument = word, ""
	return nil
}

// words lists the words of the choice.
func (c *Choice) words() string {
	return printer.JoinWords(slices.Concat(c.allowed, c.templates), "or")
}

func (c *Choice) String() string { return c.Value }

// Type is the placeholder of the value in the help. The flag's usage lists the words.
func (*Choice) Type() string { return "WORD" }

// AddChoice registers c as a flag, and its words for completion. The usage ends with the words.
func AddChoice(cmd *cobra.Command, c *Choice, name, shorthand, usage string) {
	cmd.Flags().VarP(c, name, shorthand, usage+": "+c.words())
	CompleteWith(cmd, name, c.allowed)
}

// AddChoiceOfTable is AddChoice for a flag whose words are a table of the help.
func AddChoiceOfTable(cmd *cobra.Command, c *Choice, name, usage string) {
	cmd.Flags().Var(c, name, usage)
	CompleteWith(cmd, name, c.allowed)
}
