package machine

import (
	"regexp"

	"mvdan.cc/sh/v3/pattern"
)

// matches reports whether the whole of text fits a shell pattern, such as that of a case clause.
// A pattern that cannot be compiled, such as "[", fits only the same text.
func matches(shellPattern, text string) bool {
	expression, err := pattern.Regexp(shellPattern, pattern.EntireString|pattern.NoGlobStar)
	if err != nil {
		return shellPattern == text
	}
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return shellPattern == text
	}
	return compiled.MatchString(text)
}
