package object

import (
	"fmt"
	"slices"
	"strings"
)

// mergeOrdered merges a list for which the patch has the order of items.
func (t *Type) mergeOrdered(original, patch map[string]any, key, name string) error {
	order, ok := patch[key].([]any)
	if !ok {
		return fmt.Errorf("expected a []interface {}, but received a %s", goType(patch[key]))
	}
	delete(patch, key)
	old, foundOriginal := original[name]
	added, foundPatch := patch[name]
	oldList, ok := old.([]any)
	if foundOriginal && !ok {
		return fmt.Errorf("expected a []interface {}, but received a %s", goType(old))
	}
	patchList, ok := added.([]any)
	if foundPatch && !ok {
		return fmt.Errorf("expected a []interface {}, but received a %s", goType(added))
	}
	field, err := t.patchField(name)
	if err != nil {
		return err
	}
	mergeKey := field.MergeKey
	if err := checkOrder(patchList, order, mergeKey); err != nil {
		return err
	}
	before := slices.Clone(oldList)
	var merged []any
	switch {
	case foundOriginal && !foundPatch:
		merged = oldList
	case !foundOriginal && foundPatch:
		kept, _ := withoutDirectives(patchList)
		merged = kept.([]any)
	case foundOriginal && foundPatch:
		if merged, err = field.mergeList(oldList, patchList, false); err != nil {
			return err
		}
	default:
		return nil
	}
	original[name], err = arrange(merged, order, before, mergeKey)
	delete(patch, name)
	return err
}

// checkOrder requires that the patch lists its items in the order that it requests.
func checkOrder(patchList, order []any, mergeKey string) error {
	if len(order) == 0 || len(patchList) == 0 {
		return nil
	}
	i := 0
	for _, want := range order {
		for i < len(patchList) && mergeKey != "" && At(patchList[i], directive) != nil {
			i++
		}
		if i == len(patchList) {
			return nil
		}
		for _, item := range []any{patchList[i], want} {
			if err := hasMergeKey(item, mergeKey); err != nil {
				return err
			}
		}
		if keyOf(patchList[i], mergeKey) == keyOf(want, mergeKey) {
			i++
		}
	}
	for i < len(patchList) && mergeKey != "" && At(patchList[i], directive) != nil {
		i++
	}
	if i < len(patchList) {
		return fmt.Errorf( //nolint:staticcheck // the server's words, line ends included
			"The order in patch list:\n%v\n doesn't match %s list:\n%v\n",
			patchList,
			strings.TrimSuffix(elementOrder, "/"),
			order,
		)
	}
	return nil
}

// mergeList merges two lists by the strategy of their field.
func (t *Type) mergeList(original, patch []any, deletes bool) ([]any, error) {
	if !t.strategy("merge") && !deletes {
		return patch, nil
	}
	if len(original) == 0 && len(patch) == 0 {
		return original, nil
	}
	kind, err := itemType(original, patch)
	if err != nil {
		return nil, err
	}
	if kind != "map[string]interface {}" {
		if deletes {
			return slices.DeleteFunc(original, func(item any) bool {
				return contains(patch,
					item)
			}), nil
		}
		merged := unique(append(slices.Clone(original), patch...))
		return arrange(merged, patch, original, "")
	}
	if t.MergeKey == "" {
		return nil, fmt.Errorf("cannot merge lists without merge key for %s",
			t.resolve().Elem.structName())
	}
	original, patch, err = specialItems(original, patch, t.MergeKey)
	if err != nil {
		return nil, err
	}
	before := slices.Clone(original)
	for _, item := range patch {
		if err := hasMergeKey(item, t.MergeKey); err != nil {
			return nil, err
		}
		value := item.(map[string]any)
		i := slices.IndexFunc(original, func(o any) bool { return sameKey(o, value, t.MergeKey) })
		if i < 0 {
			original = append(original, value)
			continue
		}
		if original[i], err = t.resolve().Elem.mergeMap(original[i].(map[string]any),
			value); err != nil {
			return nil, err
		}
	}
	return arrange(original, patch, before, t.MergeKey)
}

// specialItems applies the items of a patch that have a directive.
func specialItems(original, patch []any, mergeKey string) ([]any, []any, error) {
	plain, replace := []any{}, false
	for _, item := range patch {
		value := item.(map[string]any)
		d, ok := value[directive]
		switch {
		case !ok:
			plain = append(plain, item)
		case d == "delete":
			if err := hasMergeKey(item, mergeKey); err != nil {
				return nil, nil, err
			}
			original = slices.DeleteFunc(original,
				func(o any) bool { return sameKey(o, value, mergeKey) })
		case d == "replace":
			replace = true
		case d == "merge":
			return nil, nil, fmt.Errorf("merging lists cannot yet be specified in the patch")
		default:
			return nil, nil, fmt.Errorf("unknown patch type: %s in map: %v", d, value)
		}
	}
	if replace {
		return plain, nil, nil
	}
	return original, plain, nil
}

// arrange orders the merged items. The items that the patch names have its order, and the others
// have the server's. A new item precedes the next item of the server's.
func arrange(merged, patchOrder, serverOrder []any, mergeKey string) ([]any, error) {
	if mergeKey != "" {
		for _, l := range [][]any{merged, patchOrder, serverOrder} {
			for _, item := range l {
				if err := hasMergeKey(item, mergeKey); err != nil {
					return nil, err
				}
			}
		}
	}
	index := func(l []any, item any) int {
		return slices.IndexFunc(l, func(o any) bool {
			return keyOf(o, mergeKey) == keyOf(item,
				mergeKey)
		})
	}
	var named, others []any
	for _, item := range merged {
		if index(patchOrder, item) >= 0 {
			named = append(named, item)
		} else {
			others = append(others, item)
		}
	}
	slices.SortStableFunc(named, func(a, b any) int {
		return index(patchOrder,
			a) - index(patchOrder, b)
	})
	slices.SortStableFunc(others, func(a, b any) int {
		return index(serverOrder,
			a) - index(serverOrder, b)
	})
	all := make([]any, 0, len(merged))
	for len(named) > 0 && len(others) > 0 {
		o, n := index(serverOrder, others[0]), index(serverOrder, named[0])
		if o >= 0 && n >= 0 && o < n {
			all, others = append(all, others[0]), others[1:]
		} else {
			all, named = append(all, named[0]), named[1:]
		}
	}
	return append(append(all, others...), named...), nil
}

func hasMergeKey(item any, mergeKey string) error {
	if mergeKey == "" {
		return nil
	}
	value, ok := item.(map[string]any)
	if !ok {
		return fmt.Errorf("expected a map[string]interface {}, but received a %s", goType(item))
	}
	if _, ok := value[mergeKey]; !ok {
		return fmt.Errorf("map: %v does not contain declared merge key: %s", value, mergeKey)
	}
	return nil
}

// keyOf returns the identity of an item: the value of its merge key, or the item itself. Values
// other than scalars are compared by their text.
func keyOf(item any, mergeKey string) any {
	if mergeKey != "" {
		item = At(item, mergeKey)
	}
	switch item.(type) {
	case map[string]any, []any:
		return fmt.Sprint(item)
	}
	return item
}

func sameKey(a, b any, mergeKey string) bool {
	_, ok := Fields(a)[mergeKey]
	return ok && keyOf(a, mergeKey) == keyOf(b, mergeKey)
}

func contains(l []any, item any) bool {
	return slices.ContainsFunc(l, func(o any) bool { return Equal(o, item) })
}

// unique drops repeated scalars. As on the server, the last one keeps its position.
func unique(l []any) []any {
	for i := 0; i < len(l); i++ {
		for j := i + 1; j < len(l); j++ {
			if Equal(l[i], l[j]) {
				l[j] = l[len(l)-1]
				l = l[:len(l)-1]
				j--
			}
		}
	}
	return l
}

func itemType(lists ...[]any) (string, error) {
	kind := ""
	for _, l := range lists {
		for _, item := range l {
			k := goType(item)
			switch {
			case k == "[]interface {}":
				return "", listOfLists
			case kind == "":
				kind = k
			case kind != k:
				return "", fmt.Errorf("list element types are not identical: %v", lists)
			}
		}
	}
	return kind, nil
}
