package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// readmeTable are rows of README's table against kubectl, with both programs on one cluster.
func readmeTable() []behaviour {
	return []behaviour{
		{"kx debug has the program's exit status, and that of kubectl debug is 0", func(t *testing.T, w *world) {
			for program, want := range map[string]int{w.kxProgram: 3, w.kubectl: 0} {
				done := w.run(t, program, "", "debug", w.running(t), "-i", "-q", "-c", "debugger", "--profile", "general",
					"--image", image, "--image-pull-policy", "Never", "--", "sh", "-c", "sleep 1; exit 3")
				require.Equal(t, want, done.code, "%s: %s", program, done.stderr)
			}
		}},
		{"kx applies a definition and objects of its kind in one run, and kubectl in two", func(t *testing.T, w *world) {
			_, text := definitionAndObjects(t, w)
			theirs := []string{"apply", "--server-side", "-f", "-"}
			done := w.run(t, w.kubectl, text, theirs...)
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, `no matches for kind "Gadget"`)
			eventually(t, "the second run succeeds", func() bool { return w.run(t, w.kubectl, text, theirs...).code == 0 })
			_, text = definitionAndObjects(t, w)
			done = w.kx(t, text, "patch", "--type", "apply", "-f", "-")
			require.Equal(t, 0, done.code, done.stderr)
		}},
		{"kx says which value a conflict is about, and kubectl only the field and its manager", func(t *testing.T, w *world) {
			name := w.name()
			require.Equal(t, 0, w.kx(t, configMap(name, "old value"), "patch", "--type", "apply", "-f", "-", "--field-manager", "first").code)
			theirs := w.run(t, w.kubectl, configMap(name, "new value"), "apply", "--server-side", "-f", "-")
			require.Equal(t, 1, theirs.code)
			require.Contains(t, theirs.stderr, `conflict with "first": .data.a`)
			require.NotContains(t, theirs.stderr, " value\"")
			ours := w.kx(t, configMap(name, "new value"), "patch", "--type", "apply", "-f", "-")
			require.Equal(t, 1, ours.code)
			require.Contains(t, ours.stderr, `.data.a: the object has "old value", the patch has "new value"`)
			require.Equal(t, 0, w.kx(t, "", "delete", "cm", name).code)
		}},
	}
}
