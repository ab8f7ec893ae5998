package patch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

func TestOnlyTheServerAppliesStrategicAndApply(t *testing.T) {
	for want, p := range map[string]patch.Patch{
		"strategic patch: only the server can apply it": patch.Strategic(`{}`),
		"apply patch: only the server can apply it":     patch.Apply(`{"apiVersion":"v1","kind":"Pod"}`),
	} {
		_, err := p.ApplyTo([]byte(`{}`))
		require.ErrorIs(t, err, patch.ErrServerSide)
		require.EqualError(t, err, want)
	}
}

func TestApplyToAcceptsOnlyAnObject(t *testing.T) {
	for _, p := range []patch.Patch{patch.Merge(`{}`), patch.JSON()} {
		for doc, want := range map[string]string{
			"{\"a\":1,\n\"a\":2}": "invalid JSON at line 2, column 1: duplicate member name",
			"":                    "invalid JSON at line 1, column 1: the text is empty",
			`[1]`:                 "must be an object, not a list",
			`null`:                "must be an object, not null",
			`1`:                   "must be an object, not a number",
		} {
			_, err := p.ApplyTo([]byte(doc))
			require.EqualError(t, err, string(p.Type())+" patch: document: "+want)
		}
	}
}
