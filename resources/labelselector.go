package resources

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// LabelSelector selects the objects that match all its conditions. An empty one selects all
// objects.
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

// Encode returns the selector as text for ListOptions, such as "app=web,tier in (back,front)". It
// has the labels in the order of their keys, then the expressions in their order.
//
// An empty selector is an empty text, which selects everything. Encode fails for an unknown
// operator, and for values that the operator forbids or lacks (meta/v1 LabelSelector).
func (s *LabelSelector) Encode() (string, error) {
	p := plainSelector{MatchLabels: s.MatchLabels}
	for _, r := range s.MatchExpressions {
		p.MatchExpressions = append(p.MatchExpressions, plainRequirement{r.Key, r.Operator,
			r.Values})
	}
	return p.encode()
}

// plainSelector is a LabelSelector for decoding. It keeps 4 KB of models out of programs that only
// decode.
type plainSelector struct {
	MatchLabels      map[string]string  `json:"matchLabels"`
	MatchExpressions []plainRequirement `json:"matchExpressions"`
}

type plainRequirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

func (s *plainSelector) encode() (string, error) {
	var terms []string
	for key, value := range s.MatchLabels {
		terms = append(terms, key+"="+value)
	}
	slices.Sort(terms)
	for i := range s.MatchExpressions {
		r := &s.MatchExpressions[i]
		term, ok := r.encode()
		if !ok {
			return "", fmt.Errorf(
				"label selector: the label %q with operator %q and %d values is not a valid "+
					"condition",
				r.Key, r.Operator, len(r.Values))
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, ","), nil
}

func (r *plainRequirement) encode() (term string, ok bool) {
	switch r.Operator {
	case "In", "NotIn":
		return r.Key + " " + strings.ToLower(r.Operator) + " (" + strings.Join(r.Values, ",") +
			")", len(r.Values) > 0
	case "Exists":
		return r.Key, len(r.Values) == 0
	case "DoesNotExist":
		return "!" + r.Key, len(r.Values) == 0
	}
	return "", false
}
