package transport

import "github.com/kx-k8s/kx/transport/internal/text"

// AnswerError reports a successful answer (2xx) that does not answer the request: another kind,
// another object, a Status that reports a failure, or text that cannot be decoded. A proxy may have
// sent it.
type AnswerError struct {
	// Method is the request's, and Target what it asked about, such as "pods web-0".
	Method, Target string
	// Want is the expected answer, and Got what answered. Either is such as "v1 Pod web-0".
	Want, Got string
	// Err is why the answer cannot be decoded. Want and Got are "" then. Else Err is nil.
	Err error
	// OutcomeUnknown is true if the request was a write: it may have been carried out.
	OutcomeUnknown bool
}

func (e *AnswerError) Error() string {
	s := e.Method + " " + e.Target + ": the answer is " + text.Quote([]byte(e.Got), maxQuoted) +
		" and not " + e.Want + "; a proxy may have sent it"
	if e.Err != nil {
		s = e.Method + " " + e.Target + ": the answer cannot be read: " + e.Err.Error() +
			"; a proxy may have sent it"
	}
	if e.OutcomeUnknown {
		s += "; " + outcomeUnknownAdvice
	}
	return s
}

// Unwrap returns Err.
func (e *AnswerError) Unwrap() error { return e.Err }

// Is matches ErrOutcomeUnknown if OutcomeUnknown is set.
func (e *AnswerError) Is(target error) bool {
	return target == ErrOutcomeUnknown && e.OutcomeUnknown
}
