package jsonpath

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// filtered returns the items of arrays that a filter accepts.
func (f *finder) filtered(values []jsontext.Value, by *filter) (found []jsontext.Value, err error) {
	arrays, err := f.arrays(values, ", and cannot be filtered")
	if err != nil {
		return nil, err
	}
	for _, array := range arrays {
		for _, item := range children(array) {
			accepted, err := f.accepts(item, by)
			if err != nil {
				return nil, err
			}
			if accepted {
				found = append(found, item)
			}
		}
	}
	return found, nil
}

// accepts reports whether an item has the path of a filter, or passes the comparison.
func (f *finder) accepts(item jsontext.Value, by *filter) (bool, error) {
	lefts, err := f.steps([]jsontext.Value{item}, by.left)
	if by.operator == "" {
		return err == nil && len(lefts) > 0, nil
	}
	if err != nil || len(lefts) == 0 {
		return false, err
	}
	rights, err := f.steps([]jsontext.Value{item}, by.right)
	if err != nil || len(rights) == 0 {
		return false, err
	}
	if len(lefts) > 1 || len(rights) > 1 {
		if f.missing == MissingNothing {
			return false, nil
		}
		return false, f.fail("a filter compares single values, and a path in it leads to %d",
			max(len(lefts), len(rights)))
	}
	accepted, defined := compare(lefts[0], rights[0], by.operator)
	if !defined && f.missing != MissingNothing {
		return false, f.fail("%s and %s cannot be compared by %s", typeName(lefts[0]),
			typeName(rights[0]), by.operator)
	}
	return accepted && defined, nil
}

// compare applies an operator. defined reports whether the types can be compared by it: scalars of
// one type can be equal, strings and numbers are ordered.
func compare(left, right jsontext.Value, operator string) (accepted, defined bool) {
	kind := left.Kind()
	isBool := kind == 't' || kind == 'f'
	rightIsBool := right.Kind() == 't' || right.Kind() == 'f'
	order := 0
	switch {
	case kind == '"' && right.Kind() == '"':
		order = strings.Compare(Text(left), Text(right))
	case kind == '0' && right.Kind() == '0':
		order = CompareNumbers(string(left), string(right))
	case isBool && rightIsBool, kind == 'n' && right.Kind() == 'n':
		if operator != "==" && operator != "!=" {
			return false, false
		}
		order = cmp.Compare(left.Kind(), right.Kind())
	default:
		return false, false
	}
	switch operator {
	case "==":
		return order == 0, true
	case "!=":
		return order != 0, true
	case "<":
		return order < 0, true
	case "<=":
		return order <= 0, true
	case ">":
		return order > 0, true
	}
	return order >= 0, true
}

// CompareNumbers compares two JSON numbers exactly: -1 if a is less than b, 0 if they are equal and
// +1 if a is greater.
func CompareNumbers(a, b string) int {
	x, y := readDecimal(a), readDecimal(b)
	if x.sign != y.sign || x.sign == 0 {
		return cmp.Compare(x.sign, y.sign)
	}
	return x.sign * cmp.Or(cmp.Compare(x.exponent, y.exponent), strings.Compare(x.digits, y.digits))
}

// decimal is the number sign × 0.digits × 10^exponent. The digits have no zeros at either end.
type decimal struct {
	sign     int
	digits   string
	exponent int
}

func readDecimal(literal string) decimal {
	mantissa, negative := strings.CutPrefix(literal, "-")
	exponent := 0
	i := strings.IndexAny(mantissa, "eE")
	if i >= 0 {
		exponent = readExponent(mantissa[i+1:])
		mantissa = mantissa[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent += len(digits) - len(fraction)
	digits = strings.TrimRight(digits, "0")
	switch {
	case digits == "":
		return decimal{}
	case negative:
		return decimal{-1, digits, exponent}
	}
	return decimal{1, digits, exponent}
}

// readExponent reads an exponent. One that is out of range becomes the nearest that is in range.
func readExponent(text string) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err == nil {
		return int(n)
	}
	if strings.HasPrefix(text, "-") {
		return math.MinInt32
	}
	return math.MaxInt32
}
