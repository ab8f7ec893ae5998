package faultproxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// sender sends one answer. HTTP/1.1 and HTTP/2 have one each.
type sender interface {
	// head sends the code and the headers, or only the first half of their bytes.
	head(code int, header http.Header, half bool) error
	// data sends p. If announced is more than len(p), the last chunk or frame is cut off.
	data(p []byte, announced int) error
	end() error
	// breakOff ends the answer by an effect that sends none.
	breakOff(e Effect)
}

var errBroken = errors.New("the fault ended the answer")

// exchange answers one request, with its fault if it has one. After an error the connection is of
// no use.
func (p *Proxy) exchange(ctx context.Context, r *Record, f *Fault, s sender) error {
	if f != nil && f.Stage == Received {
		return p.answer(r, f.Effect, s)
	}
	response, err := p.upstream.transport.RoundTrip(p.upstream.request(ctx, r))
	if err != nil {
		if ctx.Err() == nil { // the client has not cancelled the request
			s.breakOff(Effect{Kind: Reset})
		}
		return err
	}
	defer response.Body.Close()
	p.update(func() { r.Executed = response.StatusCode })
	if f != nil && f.Stage == Forwarded {
		return p.answer(r, f.Effect, s)
	}
	header := response.Header
	if f != nil && f.Stage == Headers {
		_ = s.head(response.StatusCode, header, true)
		return broken(s, f.Effect)
	}
	switch {
	case r.Stream() && f != nil:
		return p.sendStream(r, f, response, s)
	case f != nil && f.Effect.Kind == Endless:
		return p.sendEndless(r, response.StatusCode, header, f.Effect.Text, s)
	case f == nil || r.Stream():
		err := p.sendHead(r, response.StatusCode, header, s)
		if err != nil {
			return err
		}
		return p.copy(r, response.Body, s)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return p.sendFaulty(r, f, response.StatusCode, header, body, s)
}

// answer applies an effect to a request whose answer has not begun.
func (p *Proxy) answer(r *Record, e Effect, s sender) error {
	if e.Kind != Answer {
		return broken(s, e)
	}
	header := e.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	location := header.Get("Location")
	if location != "" {
		header.Set("Location", strings.Replace(location, Elsewhere, p.elsewhere.URL, 1))
	}
	header.Set("Content-Length", strconv.Itoa(len(e.Text)))
	err := p.sendHead(r, e.Code, header, s)
	if err != nil {
		return err
	}
	return p.sendBody(r, []byte(e.Text), len(e.Text), s)
}

func broken(s sender, e Effect) error {
	s.breakOff(e)
	return errBroken
}

func (p *Proxy) sendHead(r *Record, code int, header http.Header, s sender) error {
	p.update(func() { r.Answered = code })
	return s.head(code, header, false)
}

func (p *Proxy) sendBody(r *Record, body []byte, piece int, s sender) error {
	for len(body) > 0 {
		n := min(max(piece, 1), len(body))
		err := s.data(body[:n], n)
		if err != nil {
			return err
		}
		p.update(func() { r.Sent += int64(n) })
		body = body[n:]
	}
	return s.end()
}

// copy sends what the server sends, as it comes.
func (p *Proxy) copy(r *Record, body io.Reader, s sender) error {
	buffer := make([]byte, 16<<10)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			failed := s.data(buffer[:n], n)
			if failed != nil {
				return failed
			}
			p.update(func() { r.Sent += int64(n) })
		}
		switch {
		case errors.Is(err, io.EOF):
			return s.end()
		case err != nil:
			s.breakOff(Effect{Kind: Reset})
			return err
		}
	}
}

// sendFaulty sends an answer that has an end, with a fault in its body.
func (p *Proxy) sendFaulty(r *Record, f *Fault, code int, header http.Header, body []byte,
	s sender) error {
	announced := len(body)
	piece := len(body)
	switch f.Effect.Kind {
	case Alter:
		body = f.Effect.Change(header, body)
		announced, piece = len(body), len(body)
	case Trickle:
		piece = len(body) / 500
	case TooLong:
		announced += 10
	}
	if header.Get("Content-Length") != "" || f.Effect.Kind == TooLong {
		header.Set("Content-Length", strconv.Itoa(announced))
	}
	err := p.sendHead(r, code, header, s)
	if err != nil {
		return err
	}
	switch {
	case f.Effect.Kind == Alter || f.Effect.Kind == Trickle:
		return p.sendBody(r, body, piece, s)
	case f.Effect.Kind == TooLong:
		_ = s.data(body, len(body))
		return broken(s, Effect{Kind: Close})
	case f.Effect.Kind == GoAway:
		_ = s.data(body[:len(body)/2], len(body)/2)
		s.breakOff(f.Effect)
		return p.sendBody(r, body[len(body)/2:], len(body), s)
	}
	cut := len(body) / 2
	if f.Stage == LastByte {
		cut = len(body)
		if header.Get("Content-Length") != "" {
			cut = max(cut-1, 0)
		}
	}
	if f.Effect.Kind.keepsConnection() {
		announced = cut // other streams go on
	}
	_ = s.data(body[:cut], announced)
	p.update(func() { r.Sent += int64(cut) })
	return broken(s, f.Effect)
}

// sendStream sends a stream until the point of its fault.
func (p *Proxy) sendStream(r *Record, f *Fault, response *http.Response, s sender) error {
	err := p.sendHead(r, response.StatusCode, response.Header, s)
	if err != nil {
		return err
	}
	if f.Effect.Kind == Endless {
		return p.repeat(r, f.Effect.Text, s)
	}
	reader := newLineReader(response.Body)
	for first := true; ; first = false {
		line, err := reader.next()
		switch {
		case len(line) == 0:
			_ = s.end()
			return err
		case f.Effect.Kind == Trickle:
			for i := range line {
				_ = s.data(line[i:i+1], 1)
			}
			continue
		case f.Effect.Kind == Alter:
			line = f.Effect.Change(response.Header, line)
		case f.Stage == Body && first:
			return p.cutLine(line, len(line)/2, f, s)
		case f.Stage == LastByte && reader.ended():
			return p.cutLine(line, len(line)-1, f, s)
		}
		failed := s.data(line, len(line))
		if failed != nil {
			return failed
		}
		switch {
		case f.Stage == Event && f.Effect.Kind == GoAway && first:
			s.breakOff(f.Effect)
		case f.Stage == Event && f.Effect.Kind != GoAway:
			return broken(s, f.Effect)
		}
	}
}

// cutLine sends the first bytes of a line, and breaks the stream off.
func (p *Proxy) cutLine(line []byte, cut int, f *Fault, s sender) error {
	announced := len(line)
	if f.Effect.Kind.keepsConnection() {
		announced = cut
	}
	_ = s.data(line[:cut], announced)
	return broken(s, f.Effect)
}

func (p *Proxy) sendEndless(r *Record, code int, header http.Header, text string, s sender) error {
	header.Del("Content-Length")
	err := p.sendHead(r, code, header, s)
	if err != nil {
		return err
	}
	return p.repeat(r, text, s)
}

func (p *Proxy) repeat(r *Record, text string, s sender) error {
	piece := bytes.Repeat([]byte(text), max(1, 16<<10/len(text)))
	for sent := 0; sent < EndlessLimit; sent += len(piece) {
		err := s.data(piece, len(piece))
		if err != nil {
			return err
		}
		p.update(func() { r.Sent += int64(len(piece)) })
	}
	return s.end()
}
