package resources

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// PartialObjectMetadata is an object of any kind, reduced to its metadata (meta.k8s.io/v1).
type PartialObjectMetadata struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta     `json:"metadata,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// Meta returns the metadata of x, to read or change.
func (x *PartialObjectMetadata) Meta() *ObjectMeta { return &x.Metadata }

// Metadata returns the API of the same kind with objects that are reduced to their metadata: the
// server sends nothing else
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches). That is
// less to send, to decode and to keep.
//
// Get, List, All, Watch, Patch and Delete answer in that form, and CreateRaw and ReplaceRaw with a
// whole document. Create, Update, Replace and Modify fail with ErrMetadataOnly before anything is
// sent, because they would remove the rest of the object. To change metadata, use Patch.
func Metadata[T any](api *API[T]) *API[PartialObjectMetadata] {
	r := api.requester
	r.metadataOnly = true
	return &API[PartialObjectMetadata]{Endpoint[PartialObjectMetadata]{r}}
}

// ErrMetadataOnly is matched by the error of a write for which an object's metadata is not enough.
var ErrMetadataOnly = errors.New("metadata alone would replace the whole object: use Patch")
