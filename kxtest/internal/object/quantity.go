package object

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// quantity is a resource quantity, as 500m, 1Gi or 1e3: the number and the
// family of suffixes it was written with
// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
type quantity struct {
	value  *big.Rat
	family string // "decimal", "binary" or "exponent"
}

var (
	decimalSuffixes = []string{"n", "u", "m", "", "k", "M", "G", "T", "P", "E"} // 1000^(i-3)
	binarySuffixes  = []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}          // 1024^i
)

func parseQuantity(s string) (quantity, bool) {
	digits := strings.TrimLeft(strings.TrimLeft(s, "+-"), "0123456789.")
	mantissa := s[:len(s)-len(digits)]
	if len(s)-len(strings.TrimLeft(s, "+-")) > 1 || strings.Count(mantissa, ".") > 1 ||
		!strings.ContainsAny(mantissa, "0123456789") {
		return quantity{}, false
	}
	value, ok := new(big.Rat).SetString(strings.TrimSuffix(mantissa, "."))
	if !ok {
		return quantity{}, false
	}
	q := quantity{value: value}
	if i := slices.Index(decimalSuffixes, digits); i >= 0 {
		q.family = "decimal"
		q.value.Mul(q.value, power(1000, i-3))
		return q.rounded(), true
	}
	i := slices.Index(binarySuffixes, digits)
	if i >= 0 {
		q.family = "binary"
		q.value.Mul(q.value, power(1024, i))
		return q.rounded(), true
	}
	if digits[0] != 'e' && digits[0] != 'E' {
		return quantity{}, false
	}
	exponent, err := strconv.Atoi(digits[1:])
	if err != nil || exponent < -99 || exponent > 99 {
		return quantity{}, false
	}
	q.family = "exponent"
	q.value.Mul(q.value, power(10, exponent))
	return q.rounded(), true
}

// rounded rounds away from zero to the smallest unit, a billionth.
func (q quantity) rounded() quantity {
	nanos := new(big.Rat).Mul(q.value, power(1000, 3))
	if !nanos.IsInt() {
		whole, rest := new(big.Int).QuoRem(nanos.Num(), nanos.Denom(), new(big.Int))
		whole.Add(whole, big.NewInt(int64(rest.Sign())))
		q.value = new(big.Rat).Mul(new(big.Rat).SetInt(whole), power(1000, -3))
	}
	return q
}

func power(base int64, exponent int) *big.Rat {
	n := new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(max(exponent, -exponent))), nil)
	r := new(big.Rat).SetInt(n)
	if exponent < 0 {
		r.Inv(r)
	}
	return r
}

// String is the canonical form: no fraction, and the largest suffix that allows it.
func (q quantity) String() string {
	if q.value.Sign() == 0 {
		return "0"
	}
	if q.family == "binary" && q.value.IsInt() && new(big.Rat).Abs(q.value).Cmp(power(1024, 1)) >= 0 {
		return shorten(q.value, 1024, 0, func(i int) string { return binarySuffixes[i] }, len(binarySuffixes))
	}
	suffix := func(i int) string { return decimalSuffixes[i] }
	if q.family == "exponent" {
		suffix = func(i int) string {
			if i == 3 {
				return ""
			}
			return "e" + strconv.Itoa(3*(i-3))
		}
	}
	return shorten(q.value, 1000, -3, suffix, len(decimalSuffixes))
}

func shorten(value *big.Rat, base int64, lowest int, suffix func(int) string, n int) string {
	for i := n - 1; i > 0; i-- {
		scaled := new(big.Rat).Mul(value, power(base, -(i+lowest)))
		if scaled.IsInt() {
			return scaled.Num().String() + suffix(i)
		}
	}
	return new(big.Rat).Mul(value, power(base, -lowest)).Num().String() + suffix(0)
}

func (q quantity) less(other quantity) bool { return q.value.Cmp(other.value) < 0 }
