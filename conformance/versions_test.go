package conformance_test

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

// newest is the minor version of the server whose behaviours the suite holds.
const newest = 35

// lacking are the behaviours that a server older than 1.35 may lack, and what 1.30.14 does instead.
// docs/reliability.md has them in a table.
var lacking = map[string]string{
	"an ephemeral container with resizePolicy is refused":                                            "the server drops the field",
	"an apply of what another manager applied shares its fields":                                     "the server keeps no field managers of ephemeral containers",
	"an apply that changes a container of another manager conflicts and names both":                  "the server refuses the change, but names no manager",
	"a second apply with the new container alone is refused":                                         "the server adds the new container to the others",
	"a table of serviceaccounts has the columns that kubectl prints":                                 "the server prints the column SECRETS too",
	"a custom resource that its schema refuses is refused with the place and the reason":             "the server words the reason differently",
	"a pod is read as it was created, with the server's defaults":                                    "the server sets no generation of a pod",
	"a log with wrong options is refused":                                                            "the server does not know the parameter stream",
	"a service account is created with its defaults, listed as a row, changed and deleted":           "the row has the column SECRETS too",
	"an object of endpoints is created with its defaults, listed as a row, changed and deleted":      "the server sends no warning that the kind is deprecated",
	"a PUT of a resize stores the resources alone, and Replace names what was dropped":               "the server serves no resize, which came with 1.33",
	"a dry run of a resize stores nothing":                                                           "the server serves no resize, which came with 1.33",
	"a resize changes the requests and limits of a container by each kind of patch":                  "the server serves no resize, which came with 1.33",
	"a resize of a pod that does not exist is refused, and the server makes no table of it":          "the server serves no resize, which came with 1.33",
	"a resize that the pod's class, its limits or its containers forbid is refused with the reasons": "the server serves no resize, which came with 1.33",
	"kx get and kx patch accept --subresource resize":                                                "the server serves no resize, which came with 1.33",
	"a dry run other than All is refused":                                                            "the server words the reason differently",
	"a workload whose selector does not select its own pods is refused":                              "the server words the reason differently",
	"a pod that breaks the rules of the standard baseline is refused with each of them":              "the server words the reason differently",
	"a pod that breaks the rules of the standard restricted is refused with each of them":            "the server words the reason differently",
	"a disruption budget with contradictory or invalid values is refused":                            "the server words the reason differently",
	"the field manager of a write owns the fields that it added":                                     "the server keeps no field managers of ephemeral containers",
	"without a field manager, the program's name owns the fields that it added":                      "the server keeps no field managers of ephemeral containers",
	"an update of a container's image is stored and counted":                                         "the server sets no generation of a pod",
	"a debug container that cannot be configured fails at once":                                      "the node reports a timeout, and not what is missing",
	"a token of a service account authenticates as that account until it is deleted":                 "the answer has no uid",
}

// differing are the behaviours in which a newer server differs, and what 1.37.2 does instead.
// docs/reliability.md has them in a table, too.
var differing = map[string]string{
	"a body that is not JSON is refused":                                                 "the server words the refusal of a patch differently",
	"a custom resource that its schema refuses is refused with the place and the reason": "the server gives a second reason",
}

// minorVersion returns the minor version of a server.
func minorVersion(t *testing.T, client *transport.Client) int {
	answer, err := client.Fetch(t.Context(), &transport.Request{Method: http.MethodGet, Path: []string{"version"}})
	require.NoError(t, err)
	var version struct {
		Minor string `json:"minor"`
	}
	require.NoError(t, json.Unmarshal(answer, &version))
	minor, err := strconv.Atoi(strings.TrimRight(version.Minor, "+"))
	require.NoError(t, err)
	return minor
}

// had returns the behaviours that the target's server has.
func (tgt *target) had(all []behaviour) (had []behaviour) {
	for _, b := range all {
		isLacking := tgt.minor < newest && lacking[b.sentence] != ""
		isDiffering := tgt.minor > newest && differing[b.sentence] != ""
		if !isLacking && !isDiffering {
			had = append(had, b)
		}
	}
	left := len(all) - len(had)
	if left > 0 {
		fmt.Printf("conformance: Kubernetes 1.%d does not have %d behaviours: docs/reliability.md lists them\n",
			tgt.minor, left)
	}
	return had
}

func TestDocsNameTheBehavioursThatAnotherServerLacks(t *testing.T) {
	text, err := os.ReadFile("../docs/reliability.md")
	require.NoError(t, err)
	sentences := map[string]bool{}
	for _, b := range behaviours(fullTarget()) {
		sentences[b.sentence] = true
	}
	for _, table := range []map[string]string{lacking, differing} {
		for sentence, instead := range table {
			require.True(t, sentences[sentence], "no behaviour is called %q", sentence)
			require.Contains(t, string(text), "| "+sentence+" | "+instead+" |\n")
		}
	}
}
