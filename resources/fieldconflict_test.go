package resources_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestTheConflictsOfAnApplyNameTheirManagers(t *testing.T) {
	cause := func(message, field string) transport.StatusCause {
		return transport.StatusCause{Reason: "FieldManagerConflict", Message: message, Field: field}
	}
	refusal := &transport.StatusError{Status: transport.Status{Details: &transport.StatusDetails{Causes: []transport.StatusCause{
		cause(`conflict with "one"`, ".data.a"),
		cause(`conflict with "kubectl \"x\" using" using v1 at 2026-11-29T14:45:47Z`, ".data.b"),
		cause(`conflict with "kubelet" with subresource "status" using v1`, ".status.phase"),
		{Reason: "FieldValueInvalid", Message: "no", Field: ".data.c"},
		cause("another text", ".data.d"),
	}}}}
	require.Equal(t, []resources.FieldConflict{
		{Field: ".data.a", Manager: "one", IsApply: true, Description: `"one"`},
		{Field: ".data.b", Manager: `kubectl "x" using`, Description: `"kubectl \"x\" using" using v1 at 2026-11-29T14:45:47Z`},
		{Field: ".status.phase", Manager: "kubelet", Description: `"kubelet" with subresource "status" using v1`},
		{Field: ".data.d", Description: "another text"},
	}, resources.FieldConflicts(fmt.Errorf("file: %w", refusal)))
	require.Nil(t, resources.FieldConflicts(&transport.StatusError{}))
	require.Nil(t, resources.FieldConflicts(errors.New("no answer")))
}

func TestAConflictHasTheValueOfItsField(t *testing.T) {
	const object = `{"metadata": {"labels": {"example.com/a": "1", "example": {"com/a": "2"}, "a[b]": "3"}, "finalizers": ["x", "y.z"]},
		"spec": {"list": [{"name": "app", "port": 80, "image": "i,]"}, {"name": "app", "port": 81, "image": "j"}], "numbers": [[7, 8]], "replicas": 1.0}}`
	for path, want := range map[string]string{
		".metadata.labels.example.com/a":       `"1"`,
		".metadata.labels.a[b]":                `"3"`,
		`.metadata.finalizers[="y.z"]`:         `"y.z"`,
		`.spec.list[name="app",port=81].image`: `"j"`,
		`.spec.list[port=80,name="app"].image`: `"i,]"`,
		`.spec.list[image="i,]"].port`:         "80",
		".spec.numbers[0][1]":                  "8",
		".spec.replicas":                       "1.0",
		".spec.none":                           "",
		".spec.replicas.a":                     "",
		`.spec.list[name="ap"]`:                "",
		".spec.list[name=\"app\"":              "",
		".spec.numbers[0][2]":                  "",
		`.metadata.finalizers[="y"]`:           "",
		".specs":                               "",
		"x":                                    "",
	} {
		value, ok := resources.FieldConflict{Field: path}.Value(jsontext.Value(object))
		require.Equal(t, want != "", ok, path)
		require.Equal(t, want, string(value), path)
	}
}

func FuzzTheValueOfAConflictIsInTheObject(f *testing.F) {
	f.Add(`{"a.b": [{"k": 1, "l": "x"}], "a": {"b": [2]}}`, `.a.b[k=1,l="x"].k`)
	f.Add(`{"a": ["]", [0]]}`, `.a[="]"]`)
	f.Fuzz(func(t *testing.T, object, path string) {
		value, ok := resources.FieldConflict{Field: path}.Value(jsontext.Value(object))
		if ok && path != "" {
			require.True(t, value.IsValid())
			require.Contains(t, object, string(value))
		}
	})
}
