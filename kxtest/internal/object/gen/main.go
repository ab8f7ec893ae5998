// Command gen reads a Kubernetes OpenAPI v2 document (`kubectl get --raw /openapi/v2`) on stdin. It
// keeps the kinds that kxtest serves and writes the schema.json that package object embeds.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// kinds are the kinds to keep, with the types that they refer to.
var kinds = []string{
	"v1/Pod", "v1/Namespace", "v1/Node", "v1/Event", "v1/ConfigMap", "v1/Secret",
	"v1/ServiceAccount", "v1/Status", "v1/DeleteOptions",
	"v1/Service", "v1/PersistentVolumeClaim", "v1/Endpoints", "batch/v1/CronJob",
	"discovery.k8s.io/v1/EndpointSlice", "events.k8s.io/v1/Event",
	"apps/v1/Deployment", "apps/v1/StatefulSet", "apps/v1/ReplicaSet", "apps/v1/DaemonSet",
	"batch/v1/Job", "autoscaling/v1/Scale", "policy/v1/Eviction",
	"policy/v1/PodDisruptionBudget",
	"authorization.k8s.io/v1/SelfSubjectAccessReview",
	"authorization.k8s.io/v1/SelfSubjectRulesReview",
	"authentication.k8s.io/v1/SelfSubjectReview", "authentication.k8s.io/v1/TokenRequest",
}

// keyDefaults are the defaults of fields that are list keys. The v2 document omits them, but the
// ownership of a list's items depends on them.
var keyDefaults = map[string]any{
	"core.v1.ContainerPort.protocol":    "TCP",
	"core.v1.ServicePort.protocol":      "TCP",
	"core.v1.LocalObjectReference.name": "",
}

//go:embed gotypes.txt
var goTypesText string

// goTypes maps "zero FIELD" to "omit", "emit" or "null", and "embed FIELD" to a struct.
var goTypes = func() map[string]string {
	facts := map[string]string{}
	for line := range strings.Lines(goTypesText) {
		f := strings.Fields(line)
		switch f[0] {
		case "omit", "emit", "null":
			facts["zero "+f[1]] = f[0]
		case "embed":
			facts["embed "+f[1]] = f[2]
		}
	}
	return facts
}()

type document struct {
	Info        struct{ Version string }
	Definitions map[string]*definition
}

type definition struct {
	Ref                  string                 `json:"$ref"`
	Type                 string                 `json:"type"`
	Format               string                 `json:"format"`
	Properties           map[string]*definition `json:"properties"`
	Items                *definition            `json:"items"`
	AdditionalProperties *definition            `json:"additionalProperties"`
	Kinds                []struct {
		Group, Version, Kind string
	} `json:"x-kubernetes-group-version-kind"`
	ListType      string   `json:"x-kubernetes-list-type"`
	ListMapKeys   []string `json:"x-kubernetes-list-map-keys"`
	MapType       string   `json:"x-kubernetes-map-type"`
	PatchStrategy string   `json:"x-kubernetes-patch-strategy"`
	PatchMergeKey string   `json:"x-kubernetes-patch-merge-key"`
	Required      []string `json:"required"`
	Enum          []string `json:"enum"`
}

// schema and node are the embedded form, which package object decodes.
type schema struct {
	Version string            `json:"version"`
	Kinds   map[string]string `json:"kinds"`
	Types   map[string]*node  `json:"types"`
}

type node struct {
	Zero     string           `json:"zero,omitzero"`  // omit, emit or null; see gotypes.txt
	Embed    string           `json:"embed,omitzero"` // the embedded struct that has the field
	Ref      string           `json:"ref,omitzero"`
	Type     string           `json:"type,omitzero"`
	Format   string           `json:"format,omitzero"`
	Fields   map[string]*node `json:"fields,omitzero"`
	Elem     *node            `json:"elem,omitzero"`
	List     string           `json:"list,omitzero"`
	Keys     []string         `json:"keys,omitzero"`
	Map      string           `json:"map,omitzero"`
	Strategy []string         `json:"strategy,omitzero"`
	MergeKey string           `json:"mergeKey,omitzero"`
	Default  any              `json:"default,omitzero"`
	Required []string         `json:"required,omitzero"`
	Enum     []string         `json:"enum,omitzero"`
}

func main() {
	output := flag.String("o", "", "file to write; standard output when empty")
	flag.Parse()
	if err := run(os.Stdin, *output); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(input io.Reader, output string) error {
	var doc document
	if err := json.UnmarshalRead(input, &doc, json.MatchCaseInsensitiveNames(true)); err != nil {
		return fmt.Errorf("read the OpenAPI v2 document: %w", err)
	}
	out := schema{Version: doc.Info.Version, Kinds: map[string]string{}, Types: map[string]*node{}}
	for name, def := range doc.Definitions {
		for _, k := range def.Kinds {
			id := path.Join(k.Group, k.Version, k.Kind)
			if slices.Contains(kinds, id) {
				out.Kinds[id] = shortName(name)
				doc.keep(&out, name)
			}
		}
	}
	for _, id := range kinds {
		if out.Kinds[id] == "" {
			return fmt.Errorf("the document has no kind %s", id)
		}
	}
	text, err := out.encode()
	if err != nil {
		return err
	}
	if output == "" {
		_, err = os.Stdout.Write(text)
		return err
	}
	return os.WriteFile(output, text, 0o644)
}

// encode returns the schema as JSON with one kind or type a line, so that changes to different
// types merge.
func (s schema) encode() ([]byte, error) {
	kinds, err := encodeLines(s.Kinds)
	if err != nil {
		return nil, err
	}
	types, err := encodeLines(s.Types)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "{\"version\":%q,\"kinds\":{%s},\"types\":{%s}}\n", s.Version, kinds,
		types), nil
}

// encodeLines returns the members of a JSON object in order, one a line.
func encodeLines[T any](members map[string]T) ([]byte, error) {
	var b bytes.Buffer
	for i, name := range slices.Sorted(maps.Keys(members)) {
		value, err := json.Marshal(members[name], json.Deterministic(true))
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n%q:%s", name, value)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// shortName returns "core.v1.Pod" for "io.k8s.api.core.v1.Pod".
func shortName(name string) string {
	parts := strings.Split(strings.TrimPrefix(name, "#/definitions/"), ".")
	return strings.Join(parts[max(0, len(parts)-3):], ".")
}

func (doc *document) keep(out *schema, name string) {
	short := shortName(name)
	if out.Types[short] != nil {
		return
	}
	def := doc.Definitions[strings.TrimPrefix(name, "#/definitions/")]
	out.Types[short] = &node{} // ends the recursion of types that contain themselves
	out.Types[short] = doc.trim(out, def, short)
}

func (doc *document) trim(out *schema, def *definition, at string) *node {
	n := &node{
		Type: def.Type, Format: def.Format, List: def.ListType, Keys: def.ListMapKeys,
		Map: def.MapType, MergeKey: def.PatchMergeKey, Default: keyDefaults[at],
		Required: def.Required, Enum: def.Enum,
	}
	if def.PatchStrategy != "" {
		n.Strategy = strings.Split(def.PatchStrategy, ",")
	}
	if def.Ref != "" {
		n.Ref = shortName(def.Ref)
		doc.keep(out, def.Ref)
	}
	if def.Items != nil {
		n.Elem = doc.trim(out, def.Items, "")
	}
	if def.AdditionalProperties != nil {
		n.Elem = doc.trim(out, def.AdditionalProperties, "")
	}
	for name, field := range def.Properties {
		if n.Fields == nil {
			n.Fields = map[string]*node{}
		}
		f := doc.trim(out, field, at+"."+name)
		f.Zero, f.Embed = goTypes["zero "+at+"."+name], goTypes["embed "+at+"."+name]
		n.Fields[name] = f
	}
	return n
}
