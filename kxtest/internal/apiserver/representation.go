package apiserver

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// listMeta encodes a list's metadata.
func (p page) listMeta() []byte {
	meta := struct {
		ResourceVersion    string `json:"resourceVersion"`
		Continue           string `json:"continue,omitzero"`
		RemainingItemCount int    `json:"remainingItemCount,omitzero"`
	}{strconv.FormatUint(p.version, 10), p.next, p.remaining}
	return api.Encode(meta)
}

// writeList responds with a page in the negotiated form.
func (c *call) writeList(w http.ResponseWriter, p page) error {
	var body []byte
	switch c.form.as {
	case "Table":
		include, err := c.includeObject()
		if err != nil {
			return err
		}
		body = listTable(c.kind, c.form, p, include)
	case "PartialObjectMetadata":
		return api.Failure(http.StatusNotAcceptable, "NotAcceptable",
			"you requested PartialObjectMetadata, but the requested object is a list ("+
				c.kind.GoType()+"List)", nil)
	case "PartialObjectMetadataList":
		body = p.encode("meta.k8s.io/"+c.form.version, c.form.as,
			func(e *storage.Entry) []byte { return metadataOnly(c.form, e) })
	default:
		body = p.encode(c.kind.APIVersion(), c.kind.Name+"List", (*storage.Entry).Body)
	}
	c.write(w, http.StatusOK, body)
	return nil
}

func (p page) encode(apiVersion, kind string, body func(*storage.Entry) []byte) []byte {
	var b bytes.Buffer
	b.WriteString(`{"metadata":`)
	b.Write(p.listMeta())
	b.WriteString(`,"items":[`)
	for i, item := range p.items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(body(item.Entry))
	}
	b.WriteString(`]}`)
	return api.Typed(apiVersion, kind, b.Bytes())
}

// metadataOnly encodes an object's metadata as a PartialObjectMetadata.
func metadataOnly(f form, e *storage.Entry) []byte {
	return api.Typed("meta.k8s.io/"+f.version, "PartialObjectMetadata",
		api.EncodeObject(map[string]any{"metadata": e.Object["metadata"]}))
}

// objectBody encodes an object in the negotiated form.
func (c *call) objectBody(e *storage.Entry) ([]byte, error) {
	switch c.form.as {
	case "Table":
		include, err := c.includeObject()
		if err != nil {
			return nil, err
		}
		return objectTable(c.kind, c.form, e, include, true), nil
	case "PartialObjectMetadata":
		return metadataOnly(c.form, e), nil
	case "PartialObjectMetadataList":
		return nil, api.Failure(http.StatusNotAcceptable, "NotAcceptable",
			"you requested PartialObjectMetadataList, but the requested object is not a list ("+
				c.kind.GoType()+")",
			nil)
	}
	return api.Typed(c.kind.APIVersion(), c.kind.Name, e.Body()), nil
}

func (c *call) writeObject(w http.ResponseWriter, code int, e *storage.Entry) error {
	if c.subresource == "scale" {
		c.write(w, code, encodeScale(c.kind, e.Object))
		return nil
	}
	body, err := c.objectBody(e)
	if err != nil {
		return err
	}
	c.write(w, code, body)
	return nil
}
