package conformance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// suiteFact is a fact that kubectl's command suite asserts (kubernetes/kubernetes, test/cmd) of a
// verb that kx has.
type suiteFact struct {
	script, fact string
	// heldBy is the behaviour or the test of this repository that holds the fact of kx.
	heldBy string
}

const (
	formsOfWait   = "kx wait and kubectl wait print and return the same"
	objectsOfWait = "kx wait and kubectl wait print and return the same of several objects, files and other kinds"
	changesOfWait = "kx wait and kubectl wait end alike when an object comes, changes and goes"
	formsOfEvents = "kx events and kubectl events print the same of an object in each form"
	otherForms    = "kx and kubectl print the same of what kubectl's suite asserts of get, exec, requests and dry runs"
	createdPods   = "kx debug and kubectl debug create the same copy and pod on a node under each profile and flag"
	filesOf       = "an object of an unknown kind stops no other object of -f"
	profilesOf    = "kx and kubectl write the same debug container under each profile, except for the listed differences"
)

var suiteFacts = []suiteFact{
	{"wait.sh", "a JSONPath that never has the value times out", formsOfWait},
	{"wait.sh", "a JSONPath with and without a value is met", formsOfWait},
	{"wait.sh", "a JSONPath without braces and with a filter is met", formsOfWait},
	{"wait.sh", "--timeout 0 checks once", "kx wait --timeout 0 checks once"},
	{"wait.sh", "an unknown condition of selected pods times out", objectsOfWait},
	{"wait.sh", "--for delete prints each object that goes", changesOfWait},
	{"wait.sh", "a wait begins before the object exists", changesOfWait},
	{"wait.sh", "a value that is not there yet is awaited", changesOfWait},

	{"events.sh", "--for KIND/NAME prints the events of one object", formsOfEvents},
	{"events.sh", "-A prints them as well", formsOfEvents},
	{"events.sh", "--types leaves out the other type", formsOfEvents},
	{"events.sh", "--no-headers leaves out the headings", formsOfEvents},
	{"events.sh", "-o json and -o yaml have the events", formsOfEvents},
	{"events.sh", "--watch prints the events that are there", formsOfEvents},

	{"auth_whoami.sh", "-o json is a SelfSubjectReview", "kx auth whoami prints the user as JSON, YAML and by a JSONPath"},
	{"auth_whoami.sh", "-o yaml is a SelfSubjectReview", "kx auth whoami prints the user as JSON, YAML and by a JSONPath"},
	{"auth_whoami.sh", "the table has the user's name", "kx auth whoami and kubectl auth whoami print the same"},

	{"exec.sh", "a pod that does not exist is named", "kx exec exits with 125 if no program ran"},
	{"exec.sh", "a workload stands for one of its pods", "kx exec of a workload or service runs the program in a ready pod, and prints which"},
	{"exec.sh", "a workload that does not exist is named", otherForms},
	{"exec.sh", "a kind without pods is refused", otherForms},

	{"delete.sh", "-A with -l deletes in all namespaces", "kx delete -A deletes in the namespaces of the objects"},
	{"delete.sh", "both dry runs leave the objects", "kx delete and kubectl delete choose the same objects"},
	{"delete.sh", "-l deletes what matches alone", "kx delete -l deletes the pods that match, and no other"},
	{"delete.sh", "--wait returns when the object is gone", "kx delete -l deletes the pods that match, and no other"},
	{"delete.sh", "--force deletes", "kx delete --force removes a pod whose node is gone"},

	{"request-timeout.sh", "a request that is fast enough is not disturbed, and a number is seconds", otherForms},
	{"request-timeout.sh", "an unknown unit is refused", otherForms},
	{"request-timeout.sh", "a slow request ends", otherForms},

	{"get.sh", "an object that does not exist is named, in every format", otherForms},
	{"get.sh", "an empty table prints a note to stderr, and formats none", otherForms},
	{"get.sh", "the category all lists its kinds", "kx get all prints the objects of the category's kinds as kubectl does"},
	{"get.sh", "--chunk-size lists in pages, and prints all of them", "kx get --chunk-size prints the same table in pages"},
	{"get.sh", "--allow-missing-template-keys decides whether an absent field fails", "kx get -f prints the objects of a file, and fails for an absent field if asked, as kubectl does"},
	{"get.sh", "--subresource prints the subresource", otherForms},
	{"get.sh", "-f prints the objects that a file names", "kx get -f prints the objects of a file, and fails for an absent field if asked, as kubectl does"},
	{"get.sh", "--sort-by compares names, labels and quantities", "kx get --sort-by compares quantities by their amount"},
	{"get.sh", "-A has a column of namespaces", otherForms},
	{"get.sh", "--warnings-as-errors fails after a warning, with their number", "kx and kubectl with --warnings-as-errors print the same"},

	{"crd.sh", "a custom resource is found by each of its names", "a CustomResourceDefinition makes its kind served, by each of its names"},
	{"crd.sh", "a short name lists custom resources", "kx get prints a custom resource by its short name"},
	{"crd.sh", "a merge patch changes a custom resource", "kx patch --type apply -f adds, changes and removes fields of the custom resources of a List"},
	{"crd.sh", "--cascade sets what becomes of dependents", "kx patch --type apply -f adds, changes and removes fields of the custom resources of a List"},

	{"generic-resources.sh", "create goes on after a file that is no object", filesOf},
	{"generic-resources.sh", "create stores the objects of files and lists", "kubectl finds what kx creates from a folder of definitions and objects"},
	{"generic-resources.sh", "replace stores the objects of files", filesOf},
	{"generic-resources.sh", "delete -f deletes the objects of files", filesOf},
	{"generic-resources.sh", "a folder stands for its files, and -R for those below", "kx patch --type apply -f creates the objects of a folder, and a second run changes nothing"},

	{"template-output.sh", "config view prints YAML, with kind Config", "TestConfigViewHidesCredentials"},
	{"template-output.sh", "a dry run of patch prints the object in a format", otherForms},
	{"template-output.sh", "a dry run of create prints the object in a format", otherForms},

	{"debug.sh", "an ephemeral container has the profile's rights", profilesOf},
	{"debug.sh", "a copy has one more container", createdPods},
	{"debug.sh", "a copy may replace the pod", "a copy has another program in a container, on the same node, in place of the pod"},
	{"debug.sh", "a copy may change a container", createdPods},
	{"debug.sh", "the pods of -f are debugged", "kx debug -f uses the pod that a file names, in the file's namespace"},
	{"debug.sh", "a pod on a node has the node's files and namespaces", "a pod on a node sees the node's files and processes, has the program's exit code, and is removed at the end"},
	{"debug.sh", "--attach=false returns at once", "kx debug --attach=false of a pod, a copy, a node and a claim returns before the program can start, and prints how to get in later"},
}

func TestEachFactOfKubectlsSuiteIsHeldByATest(t *testing.T) {
	sentences := map[string]bool{}
	for _, b := range behaviours(fullTarget()) {
		sentences[b.sentence] = true
	}
	var tests strings.Builder
	require.NoError(t, filepath.WalkDir("..", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		tests.Write(source)
		return err
	}))
	for _, f := range suiteFacts {
		isTest := strings.Contains(tests.String(), "\nfunc "+f.heldBy+"(t *testing.T) {")
		require.True(t, sentences[f.heldBy] || isTest, "%s: %s: %s", f.script, f.fact, f.heldBy)
	}
}
