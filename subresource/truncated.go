package subresource

import "fmt"

// MaxOutput is how many bytes of stdout and of stderr ExecEndpoint.Run keeps.
const MaxOutput = 16 << 20

// TruncatedError reports that a program wrote more than MaxOutput. The program ran to its end, and
// the Result has its code.
type TruncatedError struct {
	// What names the session, such as `exec in pod web-0`.
	What string
	// Stdout and Stderr are how many bytes are missing at the end.
	Stdout, Stderr int64
}

func (e *TruncatedError) Error() string {
	return fmt.Sprintf(
		"%s: the output is cut short after %d bytes a stream, %d of stdout and %d of stderr are "+
			"missing; use Start to get all of it",
		e.What, MaxOutput, e.Stdout, e.Stderr)
}

// firstBytes keeps the first MaxOutput bytes.
type firstBytes struct {
	kept    []byte
	dropped int64
}

func (f *firstBytes) Write(p []byte) (int, error) {
	keep := p[:min(len(p), MaxOutput-len(f.kept))]
	f.kept = append(f.kept, keep...)
	f.dropped += int64(len(p) - len(keep))
	return len(p), nil
}
