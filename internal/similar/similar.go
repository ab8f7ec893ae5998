// Package similar finds the words that a mistyped word may stand for.
package similar

import "slices"

// maxDistance is how many mistakes a word may have. A short word may have one.
const maxDistance = 2

// To returns the candidates with the fewest mistakes in word, in their order, without duplicates.
// A mistake is a wrong, missing or additional byte, or two neighbors that are exchanged. To returns
// nil if each candidate has more mistakes than a typing error explains.
func To(word string, candidates ...string) (closest []string) {
	least := maxDistance
	if len(word) <= 4 {
		least = 1
	}
	for _, candidate := range candidates {
		if max(len(word), len(candidate)) > maxLength {
			continue
		}
		found := distance(word, candidate)
		if found < least {
			least, closest = found, nil
		}
		if found == least && !slices.Contains(closest, candidate) {
			closest = append(closest, candidate)
		}
	}
	return closest
}

// maxLength bounds the work for one pair of words. It is the length of a DNS label.
const maxLength = 63

// distance returns the optimal string alignment distance of two words.
func distance(a, b string) int {
	var before, last [maxLength + 1]int
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		next := [maxLength + 1]int{i + 1}
		for j := range len(b) {
			wrong := last[j]
			if a[i] != b[j] {
				wrong++
			}
			next[j+1] = min(wrong, last[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, last = last, next
	}
	return last[len(b)]
}
