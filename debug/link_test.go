package debug_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/buildtest"
)

// Package patch imports a YAML parser and json-patch. A program that calls Run links neither,
// except for the initial values of their package variables (12 KB), and no model of a container's
// fields. ParseCustom links the YAML parser.
func TestRunLinksNoYAMLParser(t *testing.T) {
	parser := []string{
		"gopkg.in/yaml%2ev3.(*Decoder).", "gopkg.in/yaml%2ev3.(*parser).", "gopkg.in/yaml%2ev3.yaml_parser_",
		"github.com/kx-k8s/kx/patch.YAMLToJSON",
	}
	run := buildtest.Symbols(t, "./testdata/run")
	require.Contains(t, run, " github.com/kx-k8s/kx/debug.(*Options).newContainerBuilder")
	others := []string{
		"github.com/evanphx/json-patch/v5/internal/json.(*decodeState).",
		"github.com/kx-k8s/kx/resources.(*EnvVarSource).MarshalJSON",
	}
	for _, name := range append(parser, others...) {
		require.False(t, strings.Contains(run, name), name)
	}
	custom := buildtest.Symbols(t, "./testdata/custom")
	for _, name := range parser {
		require.True(t, strings.Contains(custom, name), name)
	}
}
