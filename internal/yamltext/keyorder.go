package yamltext

import (
	"sort"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// SortKeys sorts the keys of node, and of all nodes in it, as kubectl does.
func SortKeys(node *yaml.Node) {
	if node.Kind == yaml.MappingNode && !sort.IsSorted(mapping(node.Content)) {
		sort.Sort(mapping(node.Content))
	}
	for _, child := range node.Content {
		SortKeys(child)
	}
}

// mapping is the content of a mapping: keys and values in turn.
type mapping []*yaml.Node

func (m mapping) Len() int { return len(m) / 2 }

func (m mapping) Less(i, j int) bool { return keyLess(m[2*i].Value, m[2*j].Value) }

func (m mapping) Swap(i, j int) {
	m[2*i], m[2*j] = m[2*j], m[2*i]
	m[2*i+1], m[2*j+1] = m[2*j+1], m[2*i+1]
}

// keyLess reports whether kubectl's YAML has a before b. It orders digits by the number that they
// make, and puts letters after all other characters (go.yaml.in/yaml/v2, which sigs.k8s.io/yaml
// uses). The order of JSON members differs: it is that of the bytes.
func keyLess(a, b string) bool {
	start := commonPrefix(a, b)
	left, _ := utf8.DecodeRuneInString(a[start:])
	right, _ := utf8.DecodeRuneInString(b[start:])
	switch {
	case start == len(a) || start == len(b):
		return len(a) < len(b)
	case unicode.IsLetter(left) && unicode.IsLetter(right):
		return left < right
	case unicode.IsLetter(left) || unicode.IsLetter(right):
		return unicode.IsLetter(right)
	}
	var first int64 // precedes the digits of both
	if left == '0' || right == '0' {
		first = nonZero(a[:start])
	}
	leftNumber, leftDigits := number(first, a[start:])
	rightNumber, rightDigits := number(first, b[start:])
	switch {
	case leftNumber != rightNumber:
		return leftNumber < rightNumber
	case leftDigits != rightDigits:
		return leftDigits < rightDigits
	}
	return left < right
}

// commonPrefix returns the length in bytes of the characters with which both texts begin.
func commonPrefix(a, b string) int {
	for i, c := range a {
		other, size := utf8.DecodeRuneInString(b[i:])
		if size == 0 || other != c {
			return i
		}
	}
	return len(a)
}

// nonZero returns 1 if text ends with digits of which one is not 0.
func nonZero(text string) int64 {
	for i := len(text) - 1; i >= 0 && text[i] >= '0' && text[i] <= '9'; i-- {
		if text[i] != '0' {
			return 1
		}
	}
	return 0
}

// number returns the number of the digits at the start of text, after the digit first, and how many
// there are. A number of more than 64 bits wraps around, as in kubectl.
func number(first int64, text string) (value int64, digits int) {
	value = first
	for _, c := range text {
		if !unicode.IsDigit(c) {
			break
		}
		value, digits = value*10+int64(c-'0'), digits+1
	}
	return value, digits
}
