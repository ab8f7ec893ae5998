package kx_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/kx-k8s/kx/"

// allowed lists, for each package of the library, the other packages and the modules that it may
// import, directly or not. Data flows one way: a package imports only packages above it, and patch
// imports none.
var allowed = map[string]struct{ packages, modules []string }{
	"kubeconfig":                    {[]string{hostPort, yamlnode, yamltext}, []string{"gopkg.in/yaml.v3"}},
	"transport":                     {[]string{"kubeconfig", hostPort, version, yamlnode, yamltext}, []string{"gopkg.in/yaml.v3", resty, "golang.org/x/net", sys, json}},
	"transport/internal/credential": {[]string{"kubeconfig", hostPort, yamlnode, yamltext, transportText}, []string{"gopkg.in/yaml.v3", json}},
	"transport/internal/proxy":      {[]string{"kubeconfig", hostPort, yamlnode, yamltext, transportText}, []string{"gopkg.in/yaml.v3", "golang.org/x/net", json}},
	"transport/internal/websocket":  {[]string{transportText}, []string{sys}},
	"transport/internal/text":       {nil, nil},
	"auth":                          {[]string{"kubeconfig", hostPort, version, yamlnode, yamltext, "transport"}, []string{"gopkg.in/yaml.v3", resty, "golang.org/x/net", sys, json}},
	"patch":                         {[]string{yamlnode, printable}, []string{"gopkg.in/yaml.v3", "github.com/evanphx/json-patch/v5", json}},
	"internal/jsonpath":             {[]string{sortedJSON}, []string{json}},
	"internal/diagnosis":            {[]string{"kubeconfig", hostPort, version, yamlnode, yamltext, jsonPath, sortedJSON, similar, "transport", "resources", ocierror}, []string{"gopkg.in/yaml.v3", resty, "golang.org/x/net", sys, json}},
	"internal/hostport":             {nil, nil},
	"internal/imagename":            {nil, nil},
	"internal/similar":              {nil, nil},
	"internal/sortedjson":           {nil, []string{json}},
	"resources":                     {[]string{"kubeconfig", hostPort, version, yamlnode, yamltext, jsonPath, sortedJSON, similar, "transport"}, []string{"gopkg.in/yaml.v3", resty, "golang.org/x/net", sys, json}},
	"subresource":                   {[]string{"kubeconfig", hostPort, version, yamlnode, yamltext, jsonPath, sortedJSON, similar, printable, ocierror, "transport", "resources"}, []string{"gopkg.in/yaml.v3", resty, "golang.org/x/net", sys, json}},
	"debug":                         {[]string{"kubeconfig", hostPort, version, yamlnode, yamltext, jsonPath, sortedJSON, similar, "transport", "resources", "subresource", "patch", podscript, printable, ocierror, imageName, debugAttach, debugTarget}, []string{"gopkg.in/yaml.v3", "github.com/evanphx/json-patch/v5", resty, "golang.org/x/net", sys, json}},
	"imagearchive":                  {[]string{"kubeconfig", hostPort, version, yamlnode, yamltext, jsonPath, sortedJSON, similar, "transport", "resources", "subresource", "patch", podscript, printable, ocierror, imageName, "debug", debugAttach, debugTarget}, []string{"gopkg.in/yaml.v3", "github.com/evanphx/json-patch/v5", resty, "golang.org/x/net", sys, json}},
	"podcopy":                       {[]string{"kubeconfig", hostPort, version, yamlnode, yamltext, jsonPath, sortedJSON, similar, "transport", "resources", "subresource", "patch", podscript, printable, ocierror, imageName, "debug", debugAttach, debugTarget}, []string{"gopkg.in/yaml.v3", "github.com/evanphx/json-patch/v5", resty, "golang.org/x/net", sys, json}},
	"portforward":                   {[]string{"kubeconfig", hostPort, version, yamlnode, yamltext, jsonPath, sortedJSON, similar, "transport", "resources", "subresource", "patch", podscript, printable, ocierror, imageName, "debug", debugAttach, debugTarget}, []string{"gopkg.in/yaml.v3", "github.com/evanphx/json-patch/v5", resty, "golang.org/x/net", sys, json}},
}

const (
	debugAttach = "debug/internal/attach"
	debugTarget = "debug/internal/target"

	transportText = "transport/internal/text"

	hostPort   = "internal/hostport"
	imageName  = "internal/imagename"
	jsonPath   = "internal/jsonpath"
	ocierror   = "internal/ocierror"
	podscript  = "internal/podscript"
	printable  = "internal/printable"
	similar    = "internal/similar"
	sortedJSON = "internal/sortedjson"
	version    = "internal/version"
	yamlnode   = "internal/yamlnode"
	yamltext   = "internal/yamltext"

	resty = "github.com/go-resty/resty/v2" // imports golang.org/x/net
	json  = "github.com/go-json-experiment/json"
	sys   = "golang.org/x/sys"
)

func TestEachPackageImportsOnlyAllowedPackages(t *testing.T) {
	for name, may := range allowed {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.Module.Path}}{{end}}", "./"+name).Output()
			require.NoError(t, err)
			for line := range strings.Lines(string(output)) {
				path, from, _ := strings.Cut(strings.TrimSpace(line), " ")
				inside, ok := strings.CutPrefix(path, module)
				if ok {
					// A package that may be reached brings the packages below its own internal
					// folder.
					owner, _, _ := strings.Cut(inside, "/internal/")
					reached := inside == name || owner == name || slices.Contains(may.packages, inside) || slices.Contains(may.packages, owner)
					require.True(t, reached, "%s must not import %s", name, inside)
					continue
				}
				require.Contains(t, may.modules, from, "%s must not import %s", name, path)
			}
		})
	}
}
