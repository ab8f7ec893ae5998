package diagnosis_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/diagnosis"
	"github.com/kx-k8s/kx/resources"
)

// recording is a pod as it was at a time.
type recording struct {
	Now     time.Time             `json:"now"`
	Outline *resources.PodOutline `json:"pod"`
	Events  []*resources.Event    `json:"events"`

	pod  *diagnosis.Pod
	node *diagnosis.Node
}

func record(t testing.TB, file string) *recording {
	document, err := os.ReadFile(filepath.Join("testdata", file+".json"))
	require.NoError(t, err)
	r := new(recording)
	require.NoError(t, json.Unmarshal(document, r))
	r.pod, err = diagnosis.Read(r.Outline)
	require.NoError(t, err)
	return r
}

// lines returns each finding, and after it its commands.
func (r *recording) lines() (lines []string) {
	for _, f := range diagnosis.Diagnose(r.pod, r.Events, r.node, r.Now) {
		lines = append(lines, f.State+": "+f.Text)
		for _, words := range f.Commands {
			lines = append(lines, "kx "+strings.Join(words, " "))
		}
	}
	return lines
}

func TestRecordedPodsAreDiagnosed(t *testing.T) {
	var files []string
	for _, test := range recordedPods {
		files = append(files, filepath.Join("testdata", test.file+".json"))
		t.Run(test.file, func(t *testing.T) { require.Equal(t, test.want, record(t, test.file).lines()) })
	}
	all, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	slices.Sort(files)
	require.Equal(t, all, files, "each recording has a row")
}

func TestPodsInOtherStatesAreDiagnosed(t *testing.T) {
	for _, test := range slices.Concat(changedPods, changedContainers) {
		t.Run(test.name, func(t *testing.T) {
			r := record(t, test.file)
			test.change(r)
			require.Equal(t, test.want, r.lines())
		})
	}
}
