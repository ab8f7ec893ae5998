package kxtest

import (
	"bytes"
	_ "embed"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// columnsJSON holds the column definitions of each resource, as Kubernetes 1.35 answers them.
//
//go:embed columns.json
var columnsJSON []byte

var columns = sync.OnceValue(func() map[string]jsontext.Value {
	var byResource map[string]jsontext.Value
	if err := json.Unmarshal(columnsJSON, &byResource); err != nil {
		panic("kxtest: columns.json: " + err.Error()) // the file is a part of the program
	}
	for resource, definitions := range byResource {
		if err := definitions.Compact(); err != nil {
			panic("kxtest: columns.json: " + err.Error())
		}
		byResource[resource] = definitions
	}
	return byResource
})

// includeObject is what a Table's rows have of their objects: Metadata unless the client says Object or None.
func (c *call) includeObject() (string, error) {
	include := c.query.Get("includeObject")
	switch include {
	case "":
		return "Metadata", nil
	case "Metadata", "Object", "None":
		return include, nil
	default:
		return "", badRequest("Unable to convert to Table as requested: includeObject: Invalid value: " + strconv.Quote(include) +
			": must be 'Metadata', 'Object', 'None', or empty")
	}
}

// tableList is a page as a Table.
func tableList(k *kind, f form, p page, include string) []byte {
	entries := make([]*entry, len(p.items))
	for i, item := range p.items {
		entries[i] = item.entry
	}
	return table(k, f, p.listMeta(), entries, include, true)
}

// tableOne is one object as a Table; a watch sends the columns once.
func tableOne(k *kind, f form, e *entry, include string, withColumns bool) []byte {
	meta := encode(map[string]string{"resourceVersion": e.version()})
	return table(k, f, meta, []*entry{e}, include, withColumns)
}

func table(k *kind, f form, meta []byte, entries []*entry, include string, withColumns bool) []byte {
	var b bytes.Buffer
	b.WriteString(`{"metadata":`)
	b.Write(meta)
	b.WriteString(`,"columnDefinitions":`)
	if withColumns {
		b.Write(columns()[k.resource])
	} else {
		b.WriteString("null")
	}
	b.WriteString(`,"rows":[`)
	for i, e := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"cells":`)
		b.Write(encode(cells(k, e.object)))
		if k == podKind {
			b.WriteString(rowConditions[text(e.object, "status", "phase")])
		}
		b.WriteString(`,"object":`)
		switch include {
		case "None":
			b.WriteString("null")
		case "Object":
			b.Write(typed(k.apiVersion(), k.name, e.body()))
		default:
			b.Write(partial(f, e))
		}
		b.WriteByte('}')
	}
	b.WriteString(`]}`)
	return typed("meta.k8s.io/"+f.version, "Table", b.Bytes())
}

// rowConditions say of a pod's row, by its phase, that it has ended.
var rowConditions = map[string]string{
	"Succeeded": `,"conditions":[{"type":"Completed","status":"True","reason":"Succeeded","message":"The pod has completed successfully."}]`,
	"Failed":    `,"conditions":[{"type":"Completed","status":"True","reason":"Failed","message":"The pod failed."}]`,
}

// cells are one object's row, in the order of its columns.
func cells(k *kind, o map[string]any) []any {
	name, age := text(o, "metadata", "name"), ageOf(text(o, "metadata", "creationTimestamp"))
	switch k.resource {
	case "pods":
		return podCells(o, name, age)
	case "namespaces":
		return []any{name, text(o, "status", "phase"), age}
	case "nodes":
		return nodeCells(o, name, age)
	case "events":
		return eventCells(o, name)
	case "configmaps":
		return []any{name, len(fields(o, "data")) + len(fields(o, "binaryData")), age}
	case "secrets":
		return []any{name, text(o, "type"), len(fields(o, "data")), age}
	case "jobs":
		return jobCells(o, name, age)
	case "deployments", "statefulsets", "replicasets", "daemonsets":
		return workloadCells(k.resource, o, name, age)
	}
	return []any{name, age}
}
