package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// identityCommand are behaviours of kx auth whoami, and of the global flag --warnings-as-errors.
func identityCommand() []behaviour {
	return []behaviour{
		{"kx auth whoami prints the user as JSON, YAML and by a JSONPath", func(t *testing.T, w *world) {
			as := []string{"--as", "jane", "--as-group", "testers"}
			for format, want := range map[string]string{
				"json": `"kind": "SelfSubjectReview"`, "yaml": "kind: SelfSubjectReview\n", "jsonpath={.status.userInfo.groups[0]}": "testers",
			} {
				done := w.kx(t, "", append([]string{"auth", "whoami", "-o", format}, as...)...)
				require.Equal(t, 0, done.code, done.stderr)
				require.Contains(t, done.stdout, want)
			}
			require.Equal(t, result{stdout: "jane"}, w.kx(t, "", append([]string{"auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"}, as...)...))
		}},
		{"kx with --warnings-as-errors fails if the server sends a warning", func(t *testing.T, w *world) {
			document := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + w.name() + "}\nunknown: field\n"
			args := []string{"create", "-f", "-", "--dry-run=server", "--validate=warn"}
			done := w.kx(t, document, args...)
			require.Equal(t, 0, done.code)
			require.Contains(t, done.stderr, `Warning: unknown field "unknown"`)
			failed := w.kx(t, document, append(args, "--warnings-as-errors")...)
			require.Equal(t, result{stdout: done.stdout, stderr: done.stderr + "error: 1 warning received\n", code: 1}, failed)
		}},
	}
}
