package apiserver

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// customVerbs are the verbs of custom resources, in the order of the API server's discovery.
var customVerbs = []string{"delete", "deletecollection", "get", "list", "patch", "create", "update",
	"watch"}

var errCustomPatchType = api.Failure(http.StatusUnsupportedMediaType, "UnsupportedMediaType",
	"the body of the request was in an unknown format - accepted media types include: "+
		jsonPatch+", "+mergePatch+", "+applyPatch, nil)

// customGroups returns the groups of CustomResourceDefinition and of custom resources.
func (s *Server) customGroups() (groups []apiGroup) {
	for _, k := range s.Store.Kinds() {
		if k.Custom == nil {
			continue
		}
		version := groupVersion{k.APIVersion(), k.Version}
		i := slices.IndexFunc(groups, func(g apiGroup) bool { return g.Name == k.Group })
		switch {
		case i < 0:
			groups = append(groups, apiGroup{Name: k.Group, Preferred: version,
				Versions: []groupVersion{version}})
		case !slices.Contains(groups[i].Versions, version):
			groups[i].Versions = append(groups[i].Versions, version)
		}
	}
	return groups
}

func (s *Server) hasVersion(group, version string) bool {
	return slices.ContainsFunc(s.groups(), func(g apiGroup) bool {
		return g.Name == group && slices.ContainsFunc(g.Versions, func(v groupVersion) bool {
			return v.Version == version
		})
	})
}

// columnDefinition is a column of a Table.
type columnDefinition struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Format      string `json:"format"`
	Description string `json:"description"`
	Priority    int64  `json:"priority"`
}

const nameDescription = "Name must be unique within a namespace. Is required when creating " +
	"resources, although some resources may allow a client to request the generation of an " +
	"appropriate name automatically. Name is primarily intended for creation idempotence and " +
	"configuration definition. Cannot be updated. More info: " +
	"https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names"

// customColumns encodes the columns of a kind of custom resources.
func customColumns(k *api.Kind) []byte {
	all := []columnDefinition{{Name: "Name", Type: "string", Format: "name",
		Description: nameDescription}}
	for _, c := range k.Columns {
		all = append(all, columnDefinition{c.Name, c.Type, c.Format, c.Description, c.Priority})
	}
	return api.Encode(all)
}

// customCells returns the row of a custom resource.
func customCells(k *api.Kind, o map[string]any, name string) []any {
	row := []any{name}
	for _, c := range k.Columns {
		value := atJSONPath(o, c.JSONPath)
		text, isText := value.(string)
		switch {
		case c.Type == "date":
			value = ageOf(text)
			if text == "" {
				value = nil
			}
		case c.Type == "string" && !isText && value != nil:
			value = string(api.Encode(value))
		}
		row = append(row, value)
	}
	return row
}

// atJSONPath returns the value at a path of names, indices and filters such as
// .status.conditions[?(@.type=="Ready")].status, or nil.
func atJSONPath(value any, path string) any {
	for path != "" {
		inner, rest, isBracket := strings.Cut(path, "]")
		step, isIndexed := strings.CutPrefix(inner, "[")
		if isIndexed && !isBracket {
			return nil
		}
		if !isIndexed {
			path = strings.TrimPrefix(path, ".")
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			value, path = object.At(value, path[:end]), path[end:]
			continue
		}
		path = rest
		condition, isFilter := strings.CutPrefix(step, "?(@.")
		index, err := strconv.Atoi(step)
		items := object.List(value)
		switch {
		case isFilter:
			field, want, _ := strings.Cut(strings.TrimSuffix(condition, ")"), "==")
			i := slices.IndexFunc(items, func(item any) bool {
				return object.Text(item, field) == strings.Trim(want, `"'`)
			})
			value = at(items, i)
		case err == nil:
			value = at(items, index)
		default:
			value = object.At(value, strings.Trim(step, `"'`))
		}
	}
	return value
}

func at(items []any, i int) any {
	if i < 0 || i >= len(items) {
		return nil
	}
	return items[i]
}
