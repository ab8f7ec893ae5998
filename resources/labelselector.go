package resources

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// LabelSelector is objects whose labels fit all of its conditions; an empty one fits all objects.
type LabelSelector struct {
	MatchLabels      map[string]string          `json:"matchLabels,omitzero"`
	MatchExpressions []LabelSelectorRequirement `json:"matchExpressions,omitzero"`
	Unknown          jsontext.Value             `json:",embed"`
}

// LabelSelectorRequirement is a condition on one label.
type LabelSelectorRequirement struct {
	Key string `json:"key"`
	// Operator is "In", "NotIn", "Exists" or "DoesNotExist".
	Operator string         `json:"operator"`
	Values   []string       `json:"values,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// Encode gives the selector as the text that ListOptions take, such as "app=web,tier in (back,front)": labels in the order of their keys, then the expressions
// in theirs. That of an empty one is empty, which in ListOptions means everything. An operator that the API does not have, and values
// where there must be some or none, are an error (meta/v1 LabelSelector).
func (s *LabelSelector) Encode() (string, error) {
	var terms []string
	for _, key := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		terms = append(terms, key+"="+s.MatchLabels[key])
	}
	for _, r := range s.MatchExpressions {
		term, ok := r.encode()
		if !ok {
			return "", fmt.Errorf("label selector: the label %q with operator %q and %d values is no condition", r.Key, r.Operator, len(r.Values))
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, ","), nil
}

func (r *LabelSelectorRequirement) encode() (term string, ok bool) {
	switch r.Operator {
	case "In":
		return r.Key + " in (" + strings.Join(r.Values, ",") + ")", len(r.Values) > 0
	case "NotIn":
		return r.Key + " notin (" + strings.Join(r.Values, ",") + ")", len(r.Values) > 0
	case "Exists":
		return r.Key, len(r.Values) == 0
	case "DoesNotExist":
		return "!" + r.Key, len(r.Values) == 0
	}
	return "", false
}
