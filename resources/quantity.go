package resources

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Quantity is an amount as the API writes it, such as "100m", "1.5Gi" or 2. It keeps its original
// text.
//
// A quantity is a decimal number, and one of the suffixes n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or
// an exponent such as e3
// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
//
// Compare quantities with [Quantity.Cmp]: "1" and "1000m" are the same amount and differ as Go
// values. The zero value is an absent quantity. It is encoded as "0" where it cannot be left out.
type Quantity struct {
	// raw is the JSON: a string with its quotes, a number or null. It is empty when the quantity is
	// absent.
	raw string
}

// ParseQuantity parses a text such as "100m".
func ParseQuantity(text string) (Quantity, error) {
	if _, err := parseAmount(text); err != nil {
		return Quantity{}, err
	}
	return Quantity{raw: `"` + text + `"`}, nil
}

// MustQuantity is [ParseQuantity] for a constant text. It panics if text is no quantity.
func MustQuantity(text string) Quantity {
	q, err := ParseQuantity(text)
	if err != nil {
		panic("resources: " + err.Error())
	}
	return q
}

// String returns the original text without quotes. It is empty when q is absent.
func (q Quantity) String() string {
	switch jsontext.Value(q.raw).Kind() {
	case '"':
		return unquote(q.raw)
	case '0':
		return q.raw
	}
	return ""
}

// Value returns the amount in whole units, such as bytes or cores, rounded away from zero as the
// API does. An amount outside int64 becomes the nearest int64. The error reports a text that is no
// quantity.
func (q Quantity) Value() (int64, error) { return q.scaled(1) }

// MilliValue returns the amount in thousandths, such as millicores, rounded away from zero as the
// API does. An amount outside int64 becomes the nearest int64. The error reports a text that is no
// quantity.
func (q Quantity) MilliValue() (int64, error) { return q.scaled(1000) }

// Cmp returns -1 if q is less than other, 0 if they are equal, and +1 if q is greater.
// The error reports which text is no quantity.
func (q Quantity) Cmp(other Quantity) (int, error) {
	a, err := q.amount()
	if err != nil {
		return 0, err
	}
	b, err := other.amount()
	if err != nil {
		return 0, err
	}
	return a.value.Cmp(b.value), nil
}

// Canonical returns the form in which the API server stores the amount: without a fraction, with
// the largest suffix that allows that. "1024Mi" becomes "1Gi" and "0.5" becomes "500m". The suffix
// stays decimal, binary or an exponent.
func (q Quantity) Canonical() (string, error) {
	a, err := q.amount()
	if err != nil {
		return "", err
	}
	return a.canonical(), nil
}

// MarshalJSON returns the original JSON.
func (q Quantity) MarshalJSON() ([]byte, error) { return rawOr(q.raw, `"0"`), nil }

// UnmarshalJSON accepts a string, a number or null. It does not check the text: [Quantity.Value]
// does.
func (q *Quantity) UnmarshalJSON(b []byte) error {
	switch jsontext.Value(b).Kind() {
	case '"', '0', 'n':
		q.raw = string(b)
		return nil
	}
	return errors.New("a quantity must be a JSON string or number")
}

// amount returns the exact amount. An absent quantity is 0.
func (q Quantity) amount() (amount, error) {
	text := q.String()
	if text == "" && jsontext.Value(q.raw).Kind() != '"' {
		return amount{value: new(big.Rat)}, nil
	}
	return parseAmount(text)
}

func (q Quantity) scaled(by int64) (int64, error) {
	a, err := q.amount()
	if err != nil {
		return 0, err
	}
	n := roundAway(a.value.Mul(a.value, new(big.Rat).SetInt64(by)))
	switch {
	case n.IsInt64():
		return n.Int64(), nil
	case n.Sign() < 0:
		return math.MinInt64, nil
	}
	return math.MaxInt64, nil
}

// notation is how the suffix of a quantity is written.
type notation int

const (
	decimalNotation  notation = iota // n, u, m, none, k, M …
	binaryNotation                   // Ki, Mi …
	exponentNotation                 // e3
)

// amount is an exact amount, and the notation that it was written in.
type amount struct {
	value    *big.Rat
	notation notation
}

var (
	// decimalSuffixes stand for 1000^(i-3), for the index i.
	decimalSuffixes = []string{"n", "u", "m", "", "k", "M", "G", "T", "P", "E"}
	// binarySuffixes stand for 1024^i.
	binarySuffixes = []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
)

// maxExponent bounds the digits and the exponent of a quantity: "1e999999999" would otherwise fill
// the memory.
const maxExponent = 100

// parseAmount parses an optional sign, digits with at most one point, and a suffix or an exponent.
func parseAmount(text string) (amount, error) {
	bad := func(why string) (amount, error) {
		return amount{}, fmt.Errorf("%q is not a quantity such as \"100m\" or \"1.5Gi\": %s", text,
			why)
	}
	unsigned := strings.TrimLeft(text, "+-")
	if len(text)-len(unsigned) > 1 {
		return bad("more than one sign")
	}
	suffix := strings.TrimLeft(unsigned, "0123456789.")
	number := strings.TrimSuffix(unsigned, suffix)
	switch {
	case strings.Trim(number, ".") == "":
		return bad("it has no number")
	case strings.Count(number, ".") > 1:
		return bad("more than one point")
	case len(number) > maxExponent:
		return bad("too many digits")
	}
	value, ok := new(big.Rat).SetString(strings.TrimSuffix("0"+number, "."))
	if !ok {
		return bad("its number cannot be read")
	}
	if text[0] == '-' {
		value.Neg(value)
	}
	decimal := slices.Index(decimalSuffixes, suffix)
	if decimal >= 0 {
		return amount{value.Mul(value, power(1000, decimal-3)), decimalNotation}, nil
	}
	binary := slices.Index(binarySuffixes, suffix)
	if binary > 0 {
		return amount{value.Mul(value, power(1024, binary)), binaryNotation}, nil
	}
	digits := strings.TrimLeft(suffix, "eE")
	exponent, err := strconv.Atoi(digits)
	switch {
	case err != nil || len(suffix)-len(digits) != 1:
		return bad(fmt.Sprintf("it has no suffix %q", suffix))
	case exponent > maxExponent || exponent < -maxExponent:
		return bad("its exponent is out of range")
	}
	return amount{value.Mul(value, power(10, exponent)), exponentNotation}, nil
}

// canonical is Quantity.Canonical. The smallest unit of the API is a billionth.
func (a amount) canonical() string {
	nanos := roundAway(new(big.Rat).Mul(a.value, power(1000, 3)))
	value := new(big.Rat).Mul(new(big.Rat).SetInt(nanos), power(1000, -3))
	if value.Sign() == 0 {
		return "0"
	}
	if a.notation == binaryNotation && value.IsInt() &&
		new(big.Rat).Abs(value).Cmp(power(1024, 1)) >= 0 {
		return shortest(value, 1024, 0, binarySuffixes)
	}
	suffixes := decimalSuffixes
	if a.notation == exponentNotation {
		suffixes = []string{"e-9", "e-6", "e-3", "", "e3", "e6", "e9", "e12", "e15", "e18"}
	}
	return shortest(value, 1000, -3, suffixes)
}

// shortest writes value as an integer with the largest suffix that allows one. suffixes[i] stands
// for base^(i+lowest).
func shortest(value *big.Rat, base int64, lowest int, suffixes []string) string {
	for i, suffix := range slices.Backward(suffixes) {
		scaled := new(big.Rat).Mul(value, power(base, -(i+lowest)))
		if scaled.IsInt() {
			return scaled.Num().String() + suffix
		}
	}
	return value.RatString() // not reached: value is a multiple of the smallest unit
}

// roundAway rounds to an integer, away from zero.
func roundAway(r *big.Rat) *big.Int {
	n, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	return n.Add(n, big.NewInt(int64(rest.Sign())))
}

func power(base int64, exponent int) *big.Rat {
	n := new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(max(exponent, -exponent))), nil)
	r := new(big.Rat).SetInt(n)
	if exponent < 0 {
		r.Inv(r)
	}
	return r
}
