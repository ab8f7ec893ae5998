package cli

import "strings"

// labelList is the value of --label-columns: labels with commas between them; repeatable. pflag's
// slices of strings would link encoding/csv, which is 16 KB.
type labelList []string

// Set adds labels.
func (l *labelList) Set(text string) error {
	*l = append(*l, strings.Split(text, ",")...)
	return nil
}

func (l *labelList) String() string { return strings.Join(*l, ",") }

// Type is the placeholder of the value in the help.
func (*labelList) Type() string { return "LABELS" }
