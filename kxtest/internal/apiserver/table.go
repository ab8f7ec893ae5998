package apiserver

import (
	"bytes"
	_ "embed"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// columnsJSON holds the column definitions of each resource, as Kubernetes 1.35 answers them.
//
//go:embed columns.json
var columnsJSON []byte

var columns = sync.OnceValue(func() map[string]jsontext.Value {
	var byResource map[string]jsontext.Value
	if err := json.Unmarshal(columnsJSON, &byResource); err != nil {
		panic("kxtest: columns.json: " + err.Error()) // the file is part of the program
	}
	for resource, definitions := range byResource {
		if err := definitions.Compact(); err != nil {
			panic("kxtest: columns.json: " + err.Error())
		}
		byResource[resource] = definitions
	}
	return byResource
})

// includeObject returns which part of its object each row has: Metadata (the default), Object or
// None.
func (c *call) includeObject() (string, error) {
	include := c.query.Get("includeObject")
	switch include {
	case "":
		return "Metadata", nil
	case "Metadata", "Object", "None":
		return include, nil
	default:
		return "", api.BadRequest(
			"Unable to convert to Table as requested: includeObject: Invalid value: " +
				strconv.Quote(include) +
				": must be 'Metadata', 'Object', 'None', or empty")
	}
}

// listTable encodes a page as a Table.
func listTable(k *api.Kind, f form, p page, include string) []byte {
	entries := make([]*storage.Entry, len(p.items))
	for i, item := range p.items {
		entries[i] = item.Entry
	}
	return table(k, f, p.listMeta(), entries, include, true)
}

// objectTable encodes an object as a Table. A watch sends the column definitions once.
func objectTable(k *api.Kind, f form, e *storage.Entry, include string, withColumns bool) []byte {
	meta := api.Encode(map[string]string{"resourceVersion": e.ResourceVersion()})
	return table(k, f, meta, []*storage.Entry{e}, include, withColumns)
}

func table(k *api.Kind, f form, meta []byte, entries []*storage.Entry, include string,
	withColumns bool) []byte {
	var b bytes.Buffer
	b.WriteString(`{"metadata":`)
	b.Write(meta)
	b.WriteString(`,"columnDefinitions":`)
	switch {
	case withColumns && k.Custom != nil:
		b.Write(customColumns(k))
	case withColumns:
		b.Write(columns()[k.Resource])
	default:
		b.WriteString("null")
	}
	b.WriteString(`,"rows":[`)
	for i, e := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"cells":`)
		b.Write(api.Encode(cells(k, e.Object)))
		if k == api.PodKind {
			b.WriteString(rowConditions[object.Text(e.Object, "status", "phase")])
		}
		b.WriteString(`,"object":`)
		switch include {
		case "None":
			b.WriteString("null")
		case "Object":
			b.Write(api.Typed(k.APIVersion(), k.Name, e.Body()))
		default:
			b.Write(metadataOnly(f, e))
		}
		b.WriteByte('}')
	}
	b.WriteString(`]}`)
	return api.Typed("meta.k8s.io/"+f.version, "Table", b.Bytes())
}

// rowConditions are the conditions of a pod's row, by the pod's phase.
var rowConditions = map[string]string{
	"Succeeded": `,"conditions":[{"type":"Completed","status":"True","reason":"Succeeded",` +
		`"message":"The pod has completed successfully."}]`,
	"Failed": `,"conditions":[{"type":"Completed","status":"True","reason":"Failed",` +
		`"message":"The pod failed."}]`,
}

// cells returns an object's row, in the order of its columns.
func cells(k *api.Kind, o map[string]any) []any {
	name, age := object.Text(o, "metadata", "name"),
		ageOf(object.Text(o, "metadata", "creationTimestamp"))
	if k.Custom != nil {
		return customCells(k, o, name)
	}
	switch k.Resource {
	case "pods":
		return podCells(o, name, age)
	case "namespaces":
		return []any{name, object.Text(o, "status", "phase"), age}
	case "nodes":
		return nodeCells(o, name, age)
	case "events":
		if k.Stored != nil {
			o = k.ToStored(o)
		}
		return eventCells(o, name)
	case "configmaps":
		return []any{name, len(object.Fields(o, "data")) + len(object.Fields(o, "binaryData")), age}
	case "secrets":
		return []any{name, object.Text(o, "type"), len(object.Fields(o, "data")), age}
	case "jobs":
		return jobCells(o, name, age)
	case "cronjobs":
		return cronJobCells(o, name, age)
	case "services":
		return serviceCells(o, name, age)
	case "persistentvolumeclaims":
		return claimCells(o, name, age)
	case "endpoints":
		return endpointsCells(o, name, age)
	case "endpointslices":
		return endpointSliceCells(o, name, age)
	case "poddisruptionbudgets":
		return budgetCells(o, name, age)
	case "deployments", "statefulsets", "replicasets", "daemonsets":
		return workloadCells(k.Resource, o, name, age)
	}
	return []any{name, age}
}
