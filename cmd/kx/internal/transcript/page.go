package transcript

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/printable"
)

// maxPage is how large the text and the events of a page may be together, in bytes.
const maxPage = 64 << 20

var errTooLarge = errors.New("its page would be larger than 64 MiB")

// layout is the page, packed. It has placeholder where the title, the table, the text and the
// events belong, in this order. TestThePackedPageHasItsSources makes it of the files in web.
//
//go:embed page.html.gz
var layout string

const placeholder = "@@"

// escapeHTML escapes text between tags, and escapeJSON a value of JSON within a script element.
var (
	escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;")
	escapeJSON = strings.NewReplacer("<", `\u003c`, "\u2028", `\u2028`, "\u2029", `\u2029`)
)

// WritePage appends to w a web page that replays a transcript, whose file has a name. The page has
// the events as JSON, a script that is a terminal, and the text for readers and searches without a
// script.
func WritePage(w *bytes.Buffer, r *Reader, name string) error {
	var plain text
	var events strings.Builder
	h := &r.Header
	var end time.Duration
	exit := ""
	event := Event{Code: "r", Data: fmt.Sprintf("%dx%d", h.Term.Columns, h.Term.Rows)}
	for err := error(nil); !errors.Is(err, io.EOF); event, err = r.Next() {
		if err != nil {
			return err
		}
		if plain.html.Len()+len(plain.line)+events.Len() > maxPage {
			return errTooLarge
		}
		end = event.Time
		switch event.Code {
		case "x":
			exit = event.Data
			continue
		case "o":
			plain.add(event.Data)
		case "r":
		default:
			continue
		}
		quoted, _ := jsontext.AppendQuote(nil, event.Data) // U+FFFD replaces invalid UTF-8
		fmt.Fprintf(&events, ",\n[%d,%q,%s]", event.Time.Milliseconds(), event.Code,
			escapeJSON.Replace(string(quoted)))
	}
	plain.endLine()
	digest := sha256.Sum256(r.text)
	start := ""
	if h.Timestamp > 0 {
		start = time.Unix(h.Timestamp, 0).UTC().Format(time.RFC3339)
	}
	rows := ""
	for _, row := range [][2]string{
		{"Command", h.Command}, {"Started", start}, {"Duration", end.String()},
		{"Exit status", exit}, {"Transcript", name},
		{"SHA-256", hex.EncodeToString(digest[:])},
	} {
		if row[1] != "" {
			rows += "<dt>" + row[0] + "<dd>" + escapeHTML.Replace(printable.Text(row[1])) + "\n"
		}
	}
	title := h.Title
	if title == "" {
		title = name
	}
	unpacked, err := gzip.NewReader(strings.NewReader(layout))
	if err != nil {
		return err
	}
	page, err := io.ReadAll(unpacked)
	for _, part := range []string{escapeHTML.Replace(printable.Text(title)), rows,
		plain.html.String(), fmt.Sprintf(`{"d":%d,"e":[%s]}`, end.Milliseconds(),
			events.String()[1:])} {
		var before []byte
		before, page, _ = bytes.Cut(page, []byte(placeholder))
		w.Write(before)
		w.WriteString(part)
	}
	w.Write(page)
	return err
}
