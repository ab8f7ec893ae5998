// Package imagearchive packs programs into an archive with a container image, and brings such
// archives to the nodes of a cluster. It needs neither Docker nor a registry.
//
// Pack makes an archive in the layout of the OCI image specification, with the index of docker save
// beside it. "ctr images import" and "docker load" read it.
//
// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
package imagearchive
