package patch

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// DuplicateKeyError reports a key that comes twice in a mapping. It quotes nothing of the text.
type DuplicateKeyError struct {
	Format string // "JSON" or "YAML"
	// Line and Column are those of the later key, from 1. FirstLine is the line of the one before.
	Line, Column, FirstLine int
}

func (e *DuplicateKeyError) Error() string {
	return fmt.Sprintf("invalid %s at line %d, column %d: duplicate key, first on line %d",
		e.Format, e.Line, e.Column, e.FirstLine)
}

// YAMLToJSONAllowDuplicates converts like [YAMLToJSON], but of duplicate keys the last one counts,
// as in kubectl. It calls onDuplicate for each key that comes again. It reads JSON with duplicate
// keys as YAML, which lacks the escapes of UTF-16 surrogates.
func YAMLToJSONAllowDuplicates(text []byte, onDuplicate func(*DuplicateKeyError)) ([]byte, error) {
	value, err := compactJSON(text)
	var syntax *SyntaxError
	format := "YAML"
	switch {
	case err == nil:
		return value, nil
	case !meantAsJSON(text):
	case errors.As(err, &syntax) && syntax.Reason == duplicateName:
		format = "JSON"
		// YAML 1.1 has no escape of the slash.
		text = []byte(strings.NewReplacer(`\\`, `\\`, `\/`, "/").Replace(string(text)))
	default:
		return nil, err
	}
	return convertYAML(text, func(key *yaml.Node, firstLine int) {
		onDuplicate(&DuplicateKeyError{format, key.Line, key.Column, firstLine})
	})
}
