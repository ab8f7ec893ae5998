package transport

import (
	"fmt"
	"io"
)

// MaxBodyBytes is how many bytes of an answer Fetch reads, after decompression, unless
// Request.MaxBodyBytes says otherwise. The API server accepts objects of 3 MiB.
const MaxBodyBytes = 16 << 20

// AnswerSizeError reports that an answer, or a part of it, exceeds a limit of the client. The
// API server sends no such answer: a proxy or a hostile server does.
type AnswerSizeError struct {
	// Request is the method and the path, or "" for a part of an answer.
	Request string
	// Part is what is too large, such as "an answer" or "an item".
	Part string
	// Limit counts Unit, such as "MiB".
	Limit int
	Unit  string
	// Constant is the name of the limit, such as "transport.MaxBodyBytes".
	Constant string
	// OutcomeUnknown is true if the answer is that of a write, which may have been carried out.
	OutcomeUnknown bool
}

func (e *AnswerSizeError) Error() string {
	s := fmt.Sprintf("the server sent %s of more than %d %s (%s)", e.Part, e.Limit, e.Unit,
		e.Constant)
	if e.Request != "" {
		s = e.Request + ": " + s
	}
	if e.OutcomeUnknown {
		s += "; " + outcomeUnknownAdvice
	}
	return s
}

// Is matches ErrOutcomeUnknown if OutcomeUnknown is set.
func (e *AnswerSizeError) Is(target error) bool {
	return target == ErrOutcomeUnknown && e.OutcomeUnknown
}

// readBody reads the whole body of an answer to req, up to its limit.
func readBody(req *Request, body io.ReadCloser) ([]byte, error) {
	defer body.Close()
	limit := req.MaxBodyBytes
	if limit == 0 {
		limit = MaxBodyBytes
	}
	text, err := io.ReadAll(io.LimitReader(body, int64(limit)+1))
	if len(text) > limit {
		return nil, &AnswerSizeError{Request: req.String(), Part: "an answer", Limit: limit >> 20,
			Unit: "MiB", Constant: "transport.MaxBodyBytes", OutcomeUnknown: !req.idempotent()}
	}
	return text, err
}
