package jsonpath

import "github.com/go-json-experiment/json/jsontext"

type stepKind int

const (
	memberStep     stepKind = iota
	wildcardStep            // the members of an object, the items of an array
	descendantStep          // a value and everything in it
	sliceStep
	unionStep
	filterStep
	literalStep // a text or a number in place of the values so far
)

// step leads from values to values.
type step struct {
	kind    stepKind
	name    string // of a member
	slice   slice
	union   [][]step
	filter  filter
	literal jsontext.Value
}

// slice is [start:end:step], or [start] if it is an index. A nil part is left out.
type slice struct {
	start, end, step *int
	isIndex          bool
}

// filter is [?(left operator right)], or [?(left)] without an operator.
type filter struct {
	left, right []step
	operator    string
}
