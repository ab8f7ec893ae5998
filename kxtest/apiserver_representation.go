package kxtest

import (
	"bytes"
	"net/http"
	"strconv"
)

// listMeta writes a list's metadata.
func (p page) listMeta() []byte {
	meta := struct {
		ResourceVersion    string `json:"resourceVersion"`
		Continue           string `json:"continue,omitzero"`
		RemainingItemCount int    `json:"remainingItemCount,omitzero"`
	}{strconv.FormatUint(p.version, 10), p.next, p.remaining}
	return encode(meta)
}

// writeList writes a page in the form that the client asked for.
func (c *call) writeList(w http.ResponseWriter, p page) error {
	var body []byte
	switch c.form.as {
	case "Table":
		include, err := c.includeObject()
		if err != nil {
			return err
		}
		body = tableList(c.kind, c.form, p, include)
	case "PartialObjectMetadata":
		return failure(http.StatusNotAcceptable, "NotAcceptable",
			"you requested PartialObjectMetadata, but the requested object is a list ("+c.kind.goType()+"List)", nil)
	case "PartialObjectMetadataList":
		body = p.encode("meta.k8s.io/"+c.form.version, c.form.as, func(e *entry) []byte { return partial(c.form, e) })
	default:
		body = p.encode(c.kind.apiVersion(), c.kind.name+"List", (*entry).body)
	}
	c.write(w, http.StatusOK, body)
	return nil
}

func (p page) encode(apiVersion, kind string, body func(*entry) []byte) []byte {
	var b bytes.Buffer
	b.WriteString(`{"metadata":`)
	b.Write(p.listMeta())
	b.WriteString(`,"items":[`)
	for i, item := range p.items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(body(item.entry))
	}
	b.WriteString(`]}`)
	return typed(apiVersion, kind, b.Bytes())
}

// partial is an object's metadata alone.
func partial(f form, e *entry) []byte {
	return typed("meta.k8s.io/"+f.version, "PartialObjectMetadata", encodeObject(map[string]any{"metadata": e.object["metadata"]}))
}

// objectBody is one object in the form that the client asked for.
func (c *call) objectBody(e *entry) ([]byte, error) {
	switch c.form.as {
	case "Table":
		include, err := c.includeObject()
		if err != nil {
			return nil, err
		}
		return tableOne(c.kind, c.form, e, include, true), nil
	case "PartialObjectMetadata":
		return partial(c.form, e), nil
	case "PartialObjectMetadataList":
		return nil, failure(http.StatusNotAcceptable, "NotAcceptable",
			"you requested PartialObjectMetadataList, but the requested object is not a list ("+c.kind.goType()+")", nil)
	}
	return typed(c.kind.apiVersion(), c.kind.name, e.body()), nil
}

func (c *call) writeObject(w http.ResponseWriter, code int, e *entry) error {
	if c.subresource == "scale" {
		c.write(w, code, encodeScale(e.object))
		return nil
	}
	body, err := c.objectBody(e)
	if err != nil {
		return err
	}
	c.write(w, code, body)
	return nil
}

