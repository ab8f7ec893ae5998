package resources

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Quantity is an amount as the API writes it, such as "100m", "1.5Gi" or 2, kept as the text it came as.
// Two quantities of the same amount may differ as Go values ("1" and "1000m"): compare them with [Quantity.Cmp].
// Its zero value is an absent one, and is written as "0" where it cannot be left out.
//
// The form is that of apimachinery's resource.Quantity: a decimal number and one of the
// suffixes n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or an exponent such as e3.
type Quantity struct {
	// raw is the JSON: a string with its quotes, a number, null, or empty when absent.
	raw string
}

// ParseQuantity gives the quantity of a text such as "100m"; the error says that it is none.
func ParseQuantity(text string) (Quantity, error) {
	if _, err := parseAmount(text); err != nil {
		return Quantity{}, err
	}
	return Quantity{raw: `"` + text + `"`}, nil
}

// MustQuantity is [ParseQuantity] for a text that is known to be right; it panics on one that is not.
func MustQuantity(text string) Quantity {
	q, err := ParseQuantity(text)
	if err != nil {
		panic("resources: " + err.Error())
	}
	return q
}

// String gives the text as it came, without quotes; empty when absent.
func (q Quantity) String() string {
	switch jsontext.Value(q.raw).Kind() {
	case '"':
		return unquote(q.raw)
	case '0':
		return q.raw
	}
	return ""
}

// Value gives the amount in whole units, such as bytes or cores, rounded up as the API does.
// An amount beyond int64 is cut off at its ends. The error says that the text is no quantity.
func (q Quantity) Value() (int64, error) { return q.scaled(1) }

// MilliValue gives the amount in thousandths, such as millicores, rounded up as the API does.
// An amount beyond int64 is cut off at its ends. The error says that the text is no quantity.
func (q Quantity) MilliValue() (int64, error) { return q.scaled(1000) }

// Cmp compares two amounts: -1 when q is the smaller, 0 when they are equal, +1 when q is the larger.
// The error says which text is no quantity.
func (q Quantity) Cmp(other Quantity) (int, error) {
	a, err := q.amount()
	if err != nil {
		return 0, err
	}
	b, err := other.amount()
	if err != nil {
		return 0, err
	}
	return a.Cmp(b), nil
}

// MarshalJSON gives the quantity as it came.
func (q Quantity) MarshalJSON() ([]byte, error) { return rawOr(q.raw, `"0"`), nil }

// UnmarshalJSON takes a string, a number or null, which [Quantity.Value] looks into later.
func (q *Quantity) UnmarshalJSON(b []byte) error {
	switch jsontext.Value(b).Kind() {
	case '"', '0', 'n':
		q.raw = string(b)
		return nil
	}
	return errors.New("a quantity must be a JSON string or number")
}

// amount gives the exact amount; an absent quantity is 0.
func (q Quantity) amount() (*big.Rat, error) {
	text := q.String()
	if text == "" && jsontext.Value(q.raw).Kind() != '"' {
		return new(big.Rat), nil
	}
	return parseAmount(text)
}

func (q Quantity) scaled(by int64) (int64, error) {
	r, err := q.amount()
	if err != nil {
		return 0, err
	}
	r.Mul(r, new(big.Rat).SetInt64(by))
	// Away from zero: 100m is 1 core and -100m is -1.
	n, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	n.Add(n, big.NewInt(int64(rest.Sign())))
	switch {
	case n.IsInt64():
		return n.Int64(), nil
	case n.Sign() < 0:
		return math.MinInt64, nil
	}
	return math.MaxInt64, nil
}

// suffixes are the powers of two and ten that may follow a quantity's number.
var suffixes = map[string]struct{ base, exponent int64 }{
	"": {10, 0}, "n": {10, -9}, "u": {10, -6}, "m": {10, -3},
	"k": {10, 3}, "M": {10, 6}, "G": {10, 9}, "T": {10, 12}, "P": {10, 15}, "E": {10, 18},
	"Ki": {2, 10}, "Mi": {2, 20}, "Gi": {2, 30}, "Ti": {2, 40}, "Pi": {2, 50}, "Ei": {2, 60},
}

// maxExponent bounds what "1e9" may say, so that a short text cannot ask for a number that fills the memory.
const maxExponent = 100

// parseAmount reads sign, digits with at most one point, and a suffix or exponent.
func parseAmount(text string) (*big.Rat, error) {
	bad := func(why string) (*big.Rat, error) {
		return nil, fmt.Errorf("%q is not a quantity such as \"100m\" or \"1.5Gi\": %s", text, why)
	}
	signless := strings.TrimLeft(text, "+-")
	if len(text)-len(signless) > 1 {
		return bad("more than one sign")
	}
	end := strings.IndexFunc(signless, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		end = len(signless)
	}
	number, suffix := signless[:end], signless[end:]
	switch {
	case strings.Trim(number, ".") == "":
		return bad("it has no number")
	case strings.Count(number, ".") > 1:
		return bad("more than one point")
	case len(number) > maxExponent:
		return bad("too many digits")
	}
	scale, ok := suffixes[suffix]
	if !ok {
		exponent, err := strconv.ParseInt(strings.TrimLeft(suffix, "eE"), 10, 64)
		switch {
		case err != nil || len(suffix) < 2 || strings.IndexAny(suffix[1:2], "eE") == 0 || (suffix[0] != 'e' && suffix[0] != 'E'):
			return bad(fmt.Sprintf("it has no suffix %q", suffix))
		case exponent > maxExponent || exponent < -maxExponent:
			return bad("its exponent is out of range")
		}
		scale.base, scale.exponent = 10, exponent
	}
	amount, ok := new(big.Rat).SetString(strings.TrimSuffix("0"+number, "."))
	if !ok {
		return bad("its number cannot be read")
	}
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(scale.base), big.NewInt(max(scale.exponent, -scale.exponent)), nil))
	if scale.exponent < 0 {
		power.Inv(power)
	}
	amount.Mul(amount, power)
	if text[0] == '-' {
		amount.Neg(amount)
	}
	return amount, nil
}
