package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
)

func TestAConflictIsExplainedByManagerAndField(t *testing.T) {
	c := clitest.Start(t)
	object := func(kind, a, b string) string {
		return fmt.Sprintf("apiVersion: v1\nkind: %s\nmetadata: {name: m, labels: {example.com/a: %s}}\ndata: {b: %s}\n", kind, a, b)
	}
	apply := func(text string, args ...string) clitest.Result {
		return c.Pipe(text, append([]string{"patch", "--type", "apply", "-f", "-"}, args...)...)
	}
	require.Equal(t, 0, apply(object("ConfigMap", "one", "one"), "--field-manager", "first").Code)
	require.Equal(t, 0, c.Pipe("", "patch", "cm", "m", "--type", "merge", "-p", "data: {b: two}", "--field-manager", "second").Code)
	const path = "PATCH /k8s/clusters/c-1/api/v1/namespaces/default/configmaps/m: "
	r := apply(object("ConfigMap", "three", strings.Repeat("x", 100)))
	require.Regexp(t, `^error: stdin: `+path+`Apply failed with 2 conflicts: .* \(409\)
  manager "first" has applied:
  - \.metadata\.labels\.example\.com/a: the object has "one", the patch has "three"
  manager "second" using v1.* has updated:
  - \.data\.b: the object has "two", the patch has "x{59}…
  to leave the fields to their managers, remove them from the patch
  to take the fields over, add --force-conflicts
  to change the fields as their manager, add --field-manager first
$`, r.Err)
	require.Equal(t, 1, r.Code)
	require.Empty(t, r.Out)
	r = apply(object("ConfigMap", "one", "three"))
	require.Regexp(t, `(?s)  - \.data\.b: the object has "two", the patch has "three"\n.*\n  to share the fields, give them the values that the object has\n$`, r.Err)
	c.User("writer", kxtest.Allow("patch", "configmaps"))
	r = c.As("writer").Kx("patch", "--type", "apply", "-f", c.Write("m.yaml", object("ConfigMap", "one", "three")))
	require.Contains(t, r.Err, "\n  - .data.b: the patch has \"three\"\n", "without the right to read")
	require.Equal(t, clitest.Result{Out: "configmap/m serverside-applied\n"}, apply(object("ConfigMap", "three", "three"), "--force-conflicts"))
	require.Equal(t, "true", c.Request("PATCH").Query.Get("force"))
}

func TestAConflictShowsNoValueOfASecret(t *testing.T) {
	conflicts := []resources.FieldConflict{{Field: ".data.b", Manager: "m", IsApply: true, Description: `"m"`}}
	secret := jsontext.Value(`{"kind": "Secret", "data": {"b": "aHVudGVyMg=="}}`)
	require.Equal(t, []string{`manager "m" has applied:`, "- .data.b", "to leave the fields to their managers, remove them from the patch",
		"to take the fields over, add --force-conflicts", "to change the fields as their manager, add --field-manager m"}, conflictLines(conflicts, secret, secret))
}

func TestAConflictListsALimitedNumberOfFields(t *testing.T) {
	conflicts := make([]resources.FieldConflict, maxConflicts+7)
	lines := conflictLines(conflicts, nil, nil)
	require.Len(t, lines, 1+maxConflicts+1+3)
	require.Equal(t, "and 7 more fields", lines[1+maxConflicts])
}
