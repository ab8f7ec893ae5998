package object

import (
	"errors"
	"strconv"
	"strings"
)

// Merge applies a JSON merge patch (RFC 7386) to an object.
func Merge(object, patch map[string]any) map[string]any {
	merged := Copy(object)
	if merged == nil {
		merged = map[string]any{}
	}
	for name, value := range patch {
		part, isObject := value.(map[string]any)
		switch {
		case value == nil:
			delete(merged, name)
		case isObject:
			merged[name] = Merge(Fields(merged[name]), part)
		default:
			merged[name] = copyAny(value)
		}
	}
	return merged
}

// Operation is one operation of a JSON patch (RFC 6902).
type Operation struct {
	Op, Path, From string
	Value          any
}

var errPatch = errors.New("the patch does not apply")

// JSONPatch applies the operations of a JSON patch in order. It is lenient
// where the server is: replace of a field that is not there adds it, copy of
// one adds null, test of one against null succeeds, and indexes may be negative.
// Which operation failed, the server does not say.
func JSONPatch(object map[string]any, operations []Operation) (any, error) {
	root := map[string]any{"": copyAny(object)}
	for _, o := range operations {
		if err := o.apply(root); err != nil {
			return nil, err
		}
	}
	return root[""], nil
}

func (o Operation) apply(root map[string]any) error {
	switch o.Op {
	case "add":
		return change(root, o.Path, add, copyAny(o.Value))
	case "remove":
		return change(root, o.Path, remove, nil)
	case "replace":
		return change(root, o.Path, store, copyAny(o.Value))
	case "test":
		value, err := lookup(root, o.Path)
		if err == nil && !Equal(value, o.Value) {
			err = errPatch
		}
		return err
	case "move", "copy":
		value, err := lookup(root, o.From)
		if err == nil && o.Op == "move" {
			err = change(root, o.From, remove, nil)
		}
		if err != nil {
			return err
		}
		return change(root, o.Path, add, copyAny(value))
	}
	return errPatch
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// lookup is the value at a pointer; nil, without error, for a missing field of
// an object that is there.
func lookup(root map[string]any, pointer string) (any, error) {
	var value any = root
	tokens := strings.Split(pointer, "/")
	if tokens[0] != "" {
		return nil, errPatch
	}
	for i, token := range tokens {
		switch container := value.(type) {
		case map[string]any:
			value = container[unescape.Replace(token)]
		case []any:
			index, err := listIndex(token, len(container))
			if err != nil {
				return nil, err
			}
			value = container[index]
		}
		if i == len(tokens)-1 {
			return value, nil
		}
		switch value.(type) {
		case map[string]any, []any:
		default:
			return nil, errPatch
		}
	}
	return value, nil
}

func listIndex(token string, length int) (int, error) {
	index, err := strconv.Atoi(token)
	if err == nil && index < 0 {
		index += length
	}
	if err != nil || index < 0 || index >= length {
		return 0, errPatch
	}
	return index, nil
}

// edit changes one entry of a container and returns the container.
type edit func(container any, token string, value any) (any, error)

// change edits the entry that the pointer names, in place.
func change(root map[string]any, pointer string, e edit, value any) error {
	cut := strings.LastIndexByte(pointer, '/')
	if cut < 0 { // the whole document
		if pointer != "" {
			return errPatch
		}
		_, err := e(root, "", value)
		return err
	}
	container, err := lookup(root, pointer[:cut])
	if err != nil {
		return err
	}
	edited, err := e(container, unescape.Replace(pointer[cut+1:]), value)
	if err != nil {
		return err
	}
	if _, isList := container.([]any); isList { // it may have another length: store it again
		return change(root, pointer[:cut], store, edited)
	}
	return nil
}

func add(container any, token string, value any) (any, error) {
	l, ok := container.([]any)
	if !ok || token == "-" {
		if ok {
			return append(l, value), nil
		}
		return store(container, token, value)
	}
	index, err := listIndex(token, len(l)+1)
	if err != nil {
		return nil, err
	}
	return append(l[:index:index], append([]any{value}, l[index:]...)...), nil
}

func remove(container any, token string, _ any) (any, error) {
	switch c := container.(type) {
	case map[string]any:
		if _, ok := c[token]; !ok {
			return nil, errPatch
		}
		delete(c, token)
		return c, nil
	case []any:
		index, err := listIndex(token, len(c))
		if err != nil {
			return nil, err
		}
		return append(c[:index:index], c[index+1:]...), nil
	}
	return nil, errPatch
}

func store(container any, token string, value any) (any, error) {
	switch c := container.(type) {
	case map[string]any:
		c[token] = value
		return c, nil
	case []any:
		index, err := listIndex(token, len(c))
		if err != nil {
			return nil, err
		}
		c[index] = value
		return c, nil
	}
	return nil, errPatch
}
