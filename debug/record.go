package debug

import "io"

// recorded gives Stdout and Stderr, and what is written to them to the record as well: not as it comes, but as it is shown.
func (o *Options) recorded() (stdout, stderr io.Writer) {
	stdout, stderr = o.Stdout, o.Stderr
	if o.Record != nil && stdout != nil {
		stdout = io.MultiWriter(stdout, o.Record)
	}
	if o.Record != nil && stderr != nil {
		stderr = io.MultiWriter(stderr, o.Record.Stderr())
	}
	return stdout, stderr
}
