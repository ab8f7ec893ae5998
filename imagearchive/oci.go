package imagearchive

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/internal/imagename"
)

// The files of an archive, and their contents but for the digests and sizes. The media types are
// those of https://github.com/opencontainers/image-spec/blob/main/media-types.md.
// Without a history, docker history lists no layer, and counts the layer to the first command of an
// image that is built on top.
const (
	blobFolder = "blobs/sha256/"

	layoutFile = "oci-layout"
	layoutText = `{"imageLayoutVersion":"1.0.0"}`

	configText = `{"created":"1970-01-01T00:00:00Z","architecture":"%s","os":"%s",` +
		`"config":{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],` +
		`"Cmd":%s},"rootfs":{"type":"layers","diff_ids":["%s"]},` +
		`"history":[{"created":"1970-01-01T00:00:00Z","created_by":"kx image pack"}]}`

	manifestText = `{"schemaVersion":2,"mediaType":"` + mediaPrefix + `manifest.v1+json",` +
		`"config":{"mediaType":"` + mediaPrefix + `config.v1+json","digest":"%s","size":%d},` +
		`"layers":[{"mediaType":"` + mediaPrefix + `layer.v1.tar","digest":"%s","size":%d}]}`

	indexFile = "index.json"
	indexText = `{"schemaVersion":2,"mediaType":"` + mediaPrefix + `index.v1+json",` +
		`"manifests":[{"mediaType":"` + mediaPrefix + `manifest.v1+json","digest":"%s","size":%d,` +
		`"annotations":{"io.containerd.image.name":"%s",` +
		`"org.opencontainers.image.ref.name":"%s"}}]}`

	// dockerFile is that of docker save.
	dockerFile = "manifest.json"
	dockerText = `[{"Config":"%s","RepoTags":["%s"],"Layers":["%s"]}]`

	mediaPrefix = "application/vnd.oci.image."
)

// describe returns the files of an archive with an image of one layer.
func describe(image *Image, command []string, layer *blob) ([]*blob, error) {
	cmd, err := json.Marshal(command)
	if err != nil {
		return nil, err // a name that is not in UTF-8
	}
	config := newBlob("", fmt.Sprintf(configText, image.Architecture, image.OS, cmd,
		layer.digest()))
	manifest := newBlob("", fmt.Sprintf(manifestText, config.digest(), config.size,
		layer.digest(), layer.size))
	return []*blob{layer, config, manifest,
		newBlob(indexFile, fmt.Sprintf(indexText, manifest.digest(), manifest.size, image.Name,
			imagename.Parse(image.Name).Tag)),
		newBlob(dockerFile, fmt.Sprintf(dockerText, config.name, image.Name, layer.name)),
		newBlob(layoutFile, layoutText)}, nil
}

// digest returns the digest after which a file is named.
func (b *blob) digest() string { return "sha256:" + strings.TrimPrefix(b.name, blobFolder) }
