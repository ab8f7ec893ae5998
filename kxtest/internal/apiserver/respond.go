package apiserver

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// form is the form of a response that the client accepts.
type form struct {
	mediaType string
	as        string // "", Table, PartialObjectMetadata, PartialObjectMetadataList
	version   string // of the group meta.k8s.io: v1 or v1beta1
}

// negotiateForm returns the first supported form of the Accept header: JSON, or a form of
// meta.k8s.io. A YAML response is JSON too, which is valid YAML. hasTable reports whether the
// server makes a Table of the requested objects.
func negotiateForm(accept []string, collection, hasTable bool) (form, error) {
	header := strings.Join(accept, ",")
	if strings.TrimSpace(header) == "" {
		return form{mediaType: "application/json"}, nil
	}
	known := false
	for clause := range strings.SplitSeq(header, ",") {
		mediaType, parameters, _ := strings.Cut(clause, ";")
		f := form{mediaType: strings.TrimSpace(mediaType)}
		switch f.mediaType {
		case "*/*":
			f.mediaType = "application/json"
		case "application/json", "application/yaml":
		default:
			continue
		}
		known = true
		group := "meta.k8s.io"
		for parameter := range strings.SplitSeq(parameters, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			switch name {
			case "as":
				f.as = value
			case "g":
				group = value
			case "v":
				f.version = value
			}
		}
		if f.as == "" {
			return f, nil
		}
		if group == "meta.k8s.io" && (f.version == "v1" || f.version == "v1beta1") {
			switch {
			case f.as == "Table" && hasTable,
				f.as == "PartialObjectMetadata" || f.as == "PartialObjectMetadataList":
				return f, nil
			}
		}
	}
	if known {
		return form{}, api.ErrAcceptForm
	}
	if collection {
		return form{}, api.ErrAcceptCollection
	}
	return form{}, api.ErrAccept
}

// compressFrom is the length in bytes from which the API server compresses a response.
const compressFrom = 128 * 1024

// fail responds with the Status of an error, always as JSON.
func (c *call) fail(w http.ResponseWriter, err error) {
	status := api.StatusOf(err)
	if status.Details != nil && status.Details.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(status.Details.RetryAfterSeconds))
	}
	c.form = form{mediaType: "application/json"}
	c.write(w, status.Code, api.Encode(status))
}

// write responds with a JSON document. It is indented for curl and browsers, and compressed if
// long.
func (c *call) write(w http.ResponseWriter, code int, body []byte) {
	header := w.Header()
	header.Set("Cache-Control", "no-cache, private")
	header.Set("Content-Type", c.form.mediaType)
	if c.pretty() {
		value := jsontext.Value(body)
		if value.Indent(jsontext.WithIndent("  "), jsontext.PreserveRawStrings(true)) == nil {
			body = value
		}
	} else {
		body = append(body, '\n')
	}
	if len(body) > compressFrom && strings.Contains(c.http.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		header.Add("Vary", "Accept-Encoding")
		w.WriteHeader(code)
		zip, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is valid
		_, _ = zip.Write(body)                           // the client may have disconnected
		_ = zip.Close()
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	_, _ = w.Write(body) // the client may have disconnected
}

func (c *call) pretty() bool {
	if c.query.Has("pretty") {
		return queryBool(c.query, "pretty")
	}
	for _, agent := range []string{"curl", "Wget", "Mozilla/5.0"} {
		if strings.HasPrefix(c.http.UserAgent(), agent) {
			return true
		}
	}
	return false
}

// warn adds a Warning header for each text (RFC 7234, section 5.5; code 299).
func warn(w http.ResponseWriter, texts []string) {
	for _, text := range texts {
		w.Header().Add("Warning", "299 - "+quotedString(text))
	}
}

// quotedString returns an HTTP quoted-string (RFC 9110, section 5.6.4).
func quotedString(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ").Replace(text) + `"`
}
