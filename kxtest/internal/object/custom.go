package object

import (
	"fmt"
	"maps"
	"strings"
)

// Custom is what the server knows about a kind of custom resources.
type Custom struct {
	Type      *Type // for the ownership of fields
	schema    *Structural
	hasStatus bool // the kind has the status subresource
	// check returns what is wrong with an object besides its schema. It may be nil.
	check func(object map[string]any) []FieldError
}

// NewCustom returns a kind with an openAPIV3Schema.
func NewCustom(apiVersion, kind string, schema map[string]any, hasStatus bool,
	check func(map[string]any) []FieldError) *Custom {
	s := ParseStructural(schema)
	if s == nil {
		s = &Structural{kind: "object", keepsUnknown: true}
	}
	return &Custom{s.rootType(apiVersion, kind), s, hasStatus, check}
}

// create is Create for a custom resource.
func (c *Custom) create(w *Write, body []byte) (map[string]any, error) {
	object, err := c.read(w, body)
	if err != nil {
		return nil, err
	}
	if err := w.setNamespace(object); err != nil {
		return nil, err
	}
	return c.finishCreate(w, object, true)
}

// replace is Replace for a custom resource.
func (c *Custom) replace(w *Write, stored map[string]any, body []byte) (map[string]any, error) {
	object, err := c.read(w, body)
	if err != nil {
		return nil, err
	}
	if err := w.checkIdentity(object); err != nil {
		return nil, err
	}
	if err := w.checkUID(stored, object); err != nil {
		return nil, err
	}
	return c.finishUpdate(w, stored, object, true)
}

// patch is Patch for a custom resource. It has no strategic merge.
func (c *Custom) patch(w *Write, stored map[string]any, contentType string,
	body []byte) (map[string]any, error) {
	if contentType == applyPatchType {
		return c.apply(w, stored, body)
	}
	result, problems, err := w.ApplyPatch(stored, contentType, body)
	if err != nil {
		return nil, err
	}
	object, ok := result.(map[string]any)
	if !ok {
		return nil, badRequest("the patch makes no object")
	}
	unknown, err := c.prune(object)
	if err != nil {
		return nil, err
	}
	problems = append(problems, unknown...)
	if len(problems) > 0 && w.FieldValidation == "Strict" {
		shown, _ := Encode(result)
		return nil, badPatch(string(shown), StrictError(problems))
	}
	w.warn(problems)
	if err := w.checkIdentity(object); err != nil {
		return nil, err
	}
	return c.finishUpdate(w, stored, object, true)
}

// apply is a server-side apply of a custom resource. stored is nil for a new one.
func (c *Custom) apply(w *Write, stored map[string]any, body []byte) (map[string]any, error) {
	configuration, err := Decode(body)
	if err != nil {
		return nil, badRequest("error decoding YAML: error converting YAML to JSON: %v", err)
	}
	unknown, err := c.prune(configuration)
	if err != nil {
		return nil, err
	}
	if len(unknown) > 0 {
		return nil, internal("failed to create typed patch object (%s/%s; %s): %s", w.Namespace,
			w.Name, groupVersionKind(w.APIVersion, w.Kind), unknownInSchema(unknown[0]))
	}
	live := stored
	if live == nil {
		live = map[string]any{}
	}
	object, err := c.Type.Apply(live, configuration, w.manager(), w.Force)
	if err != nil {
		return nil, err
	}
	if stored != nil {
		if err := w.checkIdentity(object); err != nil {
			return nil, err
		}
		return c.finishUpdate(w, stored, object, false)
	}
	ensureFields(object, "metadata")["name"] = w.Name
	if err := w.checkIdentity(object); err != nil {
		return nil, err
	}
	return c.finishCreate(w, object, false)
}

// unknownInSchema returns the server's message for an unknown field of an applied configuration.
func unknownInSchema(problem string) string {
	field := strings.TrimSuffix(strings.TrimPrefix(problem, `unknown field "`), `"`)
	return "." + field + ": field not declared in schema"
}

// read decodes the body of a POST or PUT.
func (c *Custom) read(w *Write, body []byte) (map[string]any, error) {
	unrecognized := func(fault string) error {
		return badRequest("the object provided is unrecognized (must be of type %s): %s (%s)",
			w.Kind, fault, excerpt(body))
	}
	fault := headFault(body)
	if fault != "" {
		return nil, unrecognized("couldn't get version/kind; json parse error: " + fault)
	}
	object, err := Decode(body)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	for _, name := range []string{"kind", "apiVersion"} {
		if Text(object, name) == "" {
			title := map[string]string{"kind": "Kind"}[name]
			if title == "" {
				title = name
			}
			return nil, unrecognized("Object '" + title + "' is missing in '" + string(body) + "'")
		}
	}
	apiVersion := Text(object, "apiVersion")
	if apiVersion != w.APIVersion {
		return nil, badRequest("the API version in the data (%s) does not match the expected API "+
			"version (%s)", apiVersion, w.APIVersion)
	}
	problems := duplicateFields(body)
	unknown, err := c.prune(object)
	if err != nil {
		return nil, err
	}
	problems = append(problems, unknown...)
	if len(problems) > 0 && w.FieldValidation == "Strict" {
		return nil, badRequest("%s in version %q cannot be handled as a %s: %s", w.Kind,
			w.APIVersion[strings.LastIndexByte(w.APIVersion, '/')+1:], w.Kind,
			StrictError(problems))
	}
	w.warn(problems)
	return object, nil
}

// prune removes unknown fields, and returns a problem for each. It gives the metadata its form.
func (c *Custom) prune(object map[string]any) (problems []string, err error) {
	metadata, unknown, err := c.Type.Fields["metadata"].resolve().Prune(
		Fields(object, "metadata"))
	if err != nil {
		return nil, badRequest("%v", err)
	}
	for _, problem := range unknown {
		problems = append(problems, strings.Replace(problem, `"`, `"metadata.`, 1))
	}
	rest := maps.Clone(object)
	for _, name := range []string{"apiVersion", "kind", "metadata"} {
		delete(rest, name)
	}
	for _, name := range c.schema.prune(rest, nil) {
		problems = append(problems, fmt.Sprintf("unknown field %q", name))
	}
	maps.DeleteFunc(object, func(name string, _ any) bool {
		_, kept := rest[name]
		return !kept && name != "apiVersion" && name != "kind"
	})
	object["metadata"] = metadata
	return problems, nil
}

// finishCreate sets what the server sets in a new object, and validates it.
func (c *Custom) finishCreate(w *Write, object map[string]any, claims bool) (map[string]any,
	error) {
	if c.hasStatus {
		delete(object, "status")
	}
	c.schema.setDefaults(object)
	if claims {
		object = c.Type.Update(nil, object, w.manager())
	}
	clearServerFields(object)
	metadata := ensureFields(object, "metadata")
	metadata["generation"] = int64(1)
	prefix := Text(metadata, "generateName")
	if prefix != "" && Text(metadata, "name") == "" {
		metadata["name"] = generateName(prefix)
	}
	faults := append(validateMetadata("", metadata), c.validate(w, object)...)
	return object, invalid(w.group(), Text(object, "kind"), Text(metadata, "name"), faults)
}

// finishUpdate keeps what the subresource does not change, and validates the rest.
func (c *Custom) finishUpdate(w *Write, stored, object map[string]any, claims bool) (map[string]any,
	error) {
	c.schema.setDefaults(object)
	switch {
	case w.Subresource == "status":
		requested := object
		object = maps.Clone(stored)
		copyField(object, requested, "status")
		metadata := maps.Clone(Fields(stored, "metadata"))
		copyField(metadata, Fields(requested, "metadata"), "managedFields")
		copyField(metadata, Fields(requested, "metadata"), "resourceVersion")
		object["metadata"] = metadata
	case c.hasStatus:
		copyField(object, stored, "status")
	}
	if claims {
		object = c.Type.Update(stored, object, w.manager())
	}
	if err := w.keepServerFields(stored, object); err != nil {
		return nil, err
	}
	if c.changesContent(stored, object) {
		generation, _ := At(stored, "metadata", "generation").(int64)
		ensureFields(object, "metadata")["generation"] = generation + 1
	}
	return object, c.Check(w, stored, object)
}

// changesContent reports whether anything but the metadata and the status differs.
func (c *Custom) changesContent(stored, object map[string]any) bool {
	before, after := maps.Clone(stored), maps.Clone(object)
	for _, o := range []map[string]any{before, after} {
		delete(o, "metadata")
		if c.hasStatus {
			delete(o, "status")
		}
	}
	return !Equal(before, after)
}

// Check validates the next state of a stored object.
func (c *Custom) Check(w *Write, stored, object map[string]any) error {
	faults := append(validateMetadataUpdate(Fields(object, "metadata"),
		Fields(stored, "metadata")), c.validate(w, object)...)
	return invalid(w.group(), Text(object, "kind"), w.Name, faults)
}

func (c *Custom) validate(w *Write, object map[string]any) (faults []FieldError) {
	kind := Text(object, "kind")
	if kind != w.Kind {
		return []FieldError{invalidValue("kind", kind, "must be "+w.Kind)}
	}
	faults = c.schema.validate(object, "")
	if c.check != nil && len(faults) == 0 {
		faults = c.check(object)
	}
	return faults
}
