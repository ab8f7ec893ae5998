package object

import "github.com/kx-k8s/kx/resources"

// canonicalQuantity returns the form in which the API server stores a quantity. ok is false if text
// is none.
func canonicalQuantity(text string) (canonical string, ok bool) {
	q, err := resources.ParseQuantity(text)
	if err != nil {
		return "", false
	}
	canonical, err = q.Canonical()
	return canonical, err == nil
}

// lessQuantity reports whether both texts are quantities and a is less than b.
func lessQuantity(a, b string) bool {
	x, errX := resources.ParseQuantity(a)
	y, errY := resources.ParseQuantity(b)
	if errX != nil || errY != nil {
		return false
	}
	order, err := x.Cmp(y)
	return err == nil && order < 0
}
