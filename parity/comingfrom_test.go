package parity_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// clientGoCalls is a file in which the calls of client-go of docs/coming-from.md compile.
const clientGoCalls = `package block

import (
	"context"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	typedv1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/retry"
)

func use(...any) {}

func block(ctx context.Context, config *rest.Config, clientset kubernetes.Interface, pods typedv1.PodInterface,
	pod *corev1.Pod, data []byte, err error, change func() error, rules *clientcmd.ClientConfigLoadingRules,
	overrides *clientcmd.ConfigOverrides) {
	url := new(url.URL).String()
CALLS}
`

func TestTheCallsOfClientGoThatThePageNamesCompile(t *testing.T) {
	text, err := os.ReadFile("../docs/coming-from.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(text), "## client-go\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n## ")
	calls := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1)
	require.Greater(t, len(calls), 10)
	var lines strings.Builder
	for _, call := range calls {
		lines.WriteString("\tuse(" + call[1] + ")\n")
	}
	temporary := t.TempDir()
	source := filepath.Join(temporary, "block.go")
	require.NoError(t, os.WriteFile(source, []byte(strings.Replace(clientGoCalls, "CALLS", lines.String(), 1)), 0o600))
	folder, err := filepath.Abs(filepath.Join("testdata", "block"))
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(folder, "block.go"): source}})
	require.NoError(t, err)
	file := filepath.Join(temporary, "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))
	output, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", file, "./testdata/block").CombinedOutput()
	require.NoError(t, err, "%s", output)
}
