package replay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// fixture is a recorded exchange between clients and a server. Its file is HTTP/1.1 (RFC 9112),
// with lines that end in a newline alone, so that people can read and compare it:
//
//	# SCENARIO, a sentence
//	# Kubernetes v1.35.4
//
//	PATCH /api/v1/namespaces/default/pods/web?dryRun=All HTTP/1.1
//	Accept: application/json
//	Content-Length: 37
//	Content-Type: application/merge-patch+json
//
//	{"metadata":{"labels":{"app":"web"}}}
//
//	HTTP/1.1 200 OK
//	…
//
// Content-Length counts the bytes of a body. Blank lines around messages mean nothing.
//
// A response with status 101 has the messages of the upgraded connection instead of a body. Each is
// a line of JSON; a blank line ends them:
//
//	GET /api/v1/namespaces/default/pods/web/exec?command=cat&stdin=true&stdout=true HTTP/1.1
//	Sec-Websocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io
//
//	HTTP/1.1 101 Switching Protocols
//	Sec-Websocket-Protocol: v5.channel.k8s.io
//
//	{"dir":"<","opcode":2,"channel":1}
//	{"dir":">","opcode":2,"channel":0,"text":"hello\n"}
//	{"dir":"<","opcode":2,"channel":1,"text":"hello\n"}
//	…
//	{"dir":"<","opcode":8,"code":1000}
type fixture struct {
	scenario  string
	version   string // of the server, such as "v1.35.4"
	exchanges []*exchange
}

// exchange is a request and its response.
type exchange struct {
	method, uri    string // uri is relative to the server's base path
	requestHeader  http.Header
	requestBody    []byte
	status         int
	responseHeader http.Header
	responseBody   []byte
	// open reports that the client disconnected before the body's end, as it does with a watch.
	open   bool
	frames []*frame // of an upgraded connection, instead of responseBody
}

const (
	versionMark = "Kubernetes "

	// bodyHeader is a header of kxtest. The value open means that the body had not ended.
	bodyHeader = "Kxtest-Body"

	protocolHeader = "Sec-Websocket-Protocol"
)

// The headers that are recorded. The others carry no information, change from day to day, or are
// secret.
var (
	requestHeaders  = []string{"Accept", "Content-Type", protocolHeader}
	responseHeaders = []string{"Content-Type", "Retry-After", protocolHeader, "Warning"}
)

// pick returns the headers with the given names.
func pick(h http.Header, names []string) http.Header {
	picked := http.Header{}
	for _, name := range names {
		values := h.Values(name)
		if len(values) > 0 {
			picked[name] = values
		}
	}
	protocols := picked[protocolHeader]
	if protocols != nil {
		var shown []string
		for protocol := range strings.SplitSeq(strings.Join(protocols, ","), ",") {
			protocol = strings.TrimSpace(protocol)
			// Browsers send their token like this.
			if !strings.HasPrefix(protocol, "base64url.bearer.authorization.") {
				shown = append(shown, protocol)
			}
		}
		picked[protocolHeader] = []string{strings.Join(shown, ", ")}
	}
	return picked
}

// encode returns the content of the fixture's file.
func (f *fixture) encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n# %s%s\n", f.scenario, versionMark, f.version)
	for _, e := range f.exchanges {
		fmt.Fprintf(&b, "\n%s %s HTTP/1.1\n", e.method, e.uri)
		writeMessage(&b, e.requestHeader, e.requestBody, len(e.requestBody) > 0)
		if len(e.requestBody) > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "HTTP/1.1 %d %s\n", e.status, http.StatusText(e.status))
		if e.status == http.StatusSwitchingProtocols {
			writeMessage(&b, e.responseHeader, nil, false)
			for _, f := range e.frames {
				b.Write(append(f.encode(), '\n'))
			}
			continue
		}
		header := e.responseHeader
		if e.open {
			header = header.Clone()
			header.Set(bodyHeader, "open")
		}
		writeMessage(&b, header, e.responseBody, true)
	}
	return b.Bytes()
}

func writeMessage(b *bytes.Buffer, header http.Header, body []byte, hasBody bool) {
	header = header.Clone()
	if hasBody {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	var text bytes.Buffer
	_ = header.Write(&text) // a Buffer never fails
	b.Write(bytes.ReplaceAll(text.Bytes(), []byte("\r\n"), []byte("\n")))
	b.WriteByte('\n')
	if len(body) > 0 {
		b.Write(body)
		b.WriteByte('\n')
	}
}

// decodeFixture reads a file, which encode or a person wrote. Errors name the request or response.
func decodeFixture(text []byte) (*fixture, error) {
	r := bufio.NewReader(bytes.NewReader(text))
	f := &fixture{}
	if err := f.decodeComments(r); err != nil {
		return nil, err
	}
	for {
		if err := skipBlankLines(r); errors.Is(err, io.EOF) {
			break
		}
		e, err := decodeExchange(r)
		if err != nil {
			return nil, fmt.Errorf("request %d: %w", len(f.exchanges)+1, err)
		}
		f.exchanges = append(f.exchanges, e)
	}
	if len(f.exchanges) == 0 {
		return nil, errors.New("the file has no request")
	}
	return f, nil
}

func (f *fixture) decodeComments(r *bufio.Reader) error {
	for {
		if next, err := r.Peek(1); err != nil || next[0] != '#' {
			break
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("line %q does not end", line)
		}
		line = strings.TrimSpace(strings.TrimPrefix(line, "#"))
		if version, ok := strings.CutPrefix(line, versionMark); ok {
			f.version = version
		} else if f.scenario == "" {
			f.scenario = line
		}
	}
	if f.scenario == "" || f.version == "" {
		return errors.New("the file does not begin with the lines “# SCENARIO” and “# " +
			versionMark + "VERSION”")
	}
	return nil
}

func decodeExchange(r *bufio.Reader) (*exchange, error) {
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil, unexpected(err)
	}
	e := &exchange{method: req.Method, uri: req.RequestURI, requestHeader: pick(req.Header,
		requestHeaders)}
	if e.requestBody, err = readBody(r, req.Body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if err := skipBlankLines(r); err != nil {
		return nil, errors.New("no response")
	}
	resp, err := http.ReadResponse(r, req)
	if err != nil {
		return nil, fmt.Errorf("response: %w", unexpected(err))
	}
	e.status, e.responseHeader = resp.StatusCode, pick(resp.Header, responseHeaders)
	e.open = resp.Header.Get(bodyHeader) == "open"
	if e.status == http.StatusSwitchingProtocols {
		e.frames, err = decodeFrames(r)
		return e, err
	}
	if e.status < 200 || e.status > 599 {
		return nil, fmt.Errorf("response: status %d is neither final (200 to 599) nor 101",
			e.status)
	}
	if resp.ContentLength < 0 {
		return nil, errors.New("response: no Content-Length")
	}
	if e.responseBody, err = readBody(r, resp.Body); err != nil {
		return nil, fmt.Errorf("response body: %w", err)
	}
	return e, nil
}

// decodeFrames reads the messages of an upgraded connection.
func decodeFrames(r *bufio.Reader) (frames []*frame, err error) {
	for err == nil {
		var line []byte
		line, err = r.ReadBytes('\n')
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		f, bad := decodeFrame(line)
		if bad != nil {
			return nil, bad
		}
		frames = append(frames, f)
	}
	return frames, nil // the end of the file ends them too
}

// readBody reads a body and the newline after it, which confirms its length.
func readBody(r *bufio.Reader, body io.ReadCloser) ([]byte, error) {
	defer body.Close()
	content, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("the file ends after %d bytes: Content-Length is too large",
			len(content))
	}
	if len(content) == 0 {
		return nil, nil
	}
	if next, err := r.ReadByte(); err == nil && next != '\n' {
		return nil, fmt.Errorf("the body continues after %d bytes: Content-Length is too small",
			len(content))
	}
	return content, nil
}

// skipBlankLines returns io.EOF at the end of the file.
func skipBlankLines(r *bufio.Reader) error {
	for {
		next, err := r.ReadByte()
		if err != nil {
			return io.EOF
		}
		if next != '\n' && next != '\r' {
			return r.UnreadByte()
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
