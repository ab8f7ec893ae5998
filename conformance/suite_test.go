package conformance_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/signaltest"
	"github.com/kx-k8s/kx/kxtest"
)

var (
	e2e = flag.Bool(
		"e2e", false, "run against the cluster that $KUBECONFIG names, and fail unless every behaviour ran",
	)
	streams = flag.String(
		"streams", "",
		"run the behaviours of streams alone, on a server of any version that speaks at best v5 or v4 of the protocol",
	)
)

// behaviour is one behaviour of a server.
type behaviour struct {
	sentence string
	run      func(*testing.T, *world)
}

// behaviours returns all behaviours that a target must have.
func behaviours(tgt *target) []behaviour {
	if tgt.streamsOnly {
		return ofStreams(tgt)
	}
	all := slices.Concat(
		reading(), discovering(), customResources(), listing(), allNames(), tables(), watching(), watchExpiring(), storing(), waiting(), gettingFormats(), gettingChanges(), ephemeralContainers(), podSecurity(), creating(),
		updating(), patching(), deleting(), otherSubresources(), access(), checking(), credentials(),
		requests(), evicting(), resizing(), scaling(), jsonPatches(), workloads(), debugging(), debugPods(), debugClaims(), profiles(), preflight(), earlyAttach(),
		seeingTarget(), debugTargets(), command(), ofStreams(tgt), debugLists(), debugStops(), debugReuses(),
		records(), kinds(), events(), modifying(), metadataOnly(), logs(), logsCommand(), logsFollow(), identityCommand(), debugWalk(), encodings(), waitCommand(), deleteCommand(), filesCommand(), eventsCommand(), apiCommand(), describeCommand(), imageCommand(),
		tokens(), statuses(), completing(), leastRoles(),
	)
	all = append(all, guides(tgt)...)
	all = append(all, smokeTests()...)
	if tgt.users != nil {
		all = append(all, ofKubeconfigs()...)
	}
	if tgt.isLocal {
		all = append(all, inPod()...)
	}
	if tgt.proxies {
		all = append(all, throughProxies()...)
	}
	if tgt.kubectl != "" {
		all = slices.Concat(all, besideKubectl(), logsBesideKubectl(), getBesideKubectl(), changesBesideKubectl(),
			waitBesideKubectl(), sameAsKubectl(), differencesFromKubectl(), deleteBesideKubectl(), filesBesideKubectl(), eventsBesideKubectl(), debugBesideKubectl(), readmeTable())
	}
	return all
}

// ofStreams returns the behaviours that depend on the stream protocol and not on a version of
// Kubernetes.
func ofStreams(tgt *target) []behaviour {
	input := slices.Concat(endingInput(), endingCommand(), copying(), killings())
	if tgt.version4 {
		input = notEndingInput()
	}
	all := slices.Concat(
		executing(), input, attaching(), sessionCommand(), podTargets(), forwarding(), forwardCommand(), complaints(tgt),
	)
	if tgt.tmux {
		all = append(all, inTerminal()...)
	}
	return all
}

// ephemeralContainers returns the behaviours in the tables of docs/ephemeral-containers.md.
func ephemeralContainers() []behaviour {
	return slices.Concat(replacing(), patchingContainers(), applying(), adding(), refusedContainers(), options())
}

// registered and ran count the behaviours of this run.
var registered, ran atomic.Int64

// failed has the names of the behaviours that failed.
var failed struct {
	sync.Mutex
	sentences []string
}

func TestMain(m *testing.M) {
	flag.Parse()
	signaltest.Reset()
	code := m.Run()
	filter := flag.Lookup("test.run").Value.String()
	n, all := ran.Load(), registered.Load()
	for _, sentence := range failed.sentences {
		fmt.Fprintln(os.Stderr, "conformance: failed:", sentence)
	}
	switch {
	case !*e2e && filter != "":
	case n == 0 || n != all:
		fmt.Fprintf(os.Stderr, "conformance: %d of %d behaviours ran: all must\n", n, all)
		code = max(code, 1)
	default:
		fmt.Printf("conformance: %d behaviours ran\n", n)
	}
	os.Exit(code)
}

func TestConformance(t *testing.T) { conform(t, newTarget(t)) }

// An end-to-end run uses the protocol of its cluster.
func TestStreamsOfVersion4(t *testing.T) {
	if *e2e {
		return
	}
	tgt := newSandbox(t, kxtest.WithStreamProtocols("v4.channel.k8s.io"))
	tgt.kxProgram = buildCommand(t)
	tgt.streamsOnly, tgt.version4 = true, true
	conform(t, tgt)
}

func conform(t *testing.T, tgt *target) {
	all := tgt.had(behaviours(tgt))
	registered.Add(int64(len(all)))
	for _, b := range all {
		t.Run(b.sentence, func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() {
				if !t.Skipped() {
					ran.Add(1)
				}
				if t.Failed() {
					failed.Lock()
					defer failed.Unlock()
					failed.sentences = append(failed.sentences, b.sentence)
				}
			})
			b.run(t, newWorld(t, tgt))
		})
	}
}

// fullTarget returns a target that has everything, so that it has every behaviour.
func fullTarget() *target {
	return &target{minor: newest, kubectl: "kubectl", tmux: true, users: map[string]string{}, isLocal: true, proxies: true}
}

func TestEachBehaviourHasANameOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range behaviours(fullTarget()) {
		require.False(t, seen[b.sentence], b.sentence)
		seen[b.sentence] = true
	}
}

// docs/debug.md lists complaints by number, and what kx does about them. Complaints without a
// server are covered by other tests.
func TestEachComplaintInTheDocsIsTestedByABehaviour(t *testing.T) {
	text, err := os.ReadFile("../docs/debug.md")
	require.NoError(t, err)
	var sentences strings.Builder
	for _, b := range behaviours(fullTarget()) {
		sentences.WriteString(b.sentence + "\n")
	}
	weight, err := os.ReadFile("../parity/weight_test.go")
	require.NoError(t, err)
	sentences.Write(weight)
	_, table, ok := strings.Cut(string(text), "|---|---|\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")
	require.Len(t, rows, 17)
	for _, row := range rows {
		complaint, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		numbers := regexp.MustCompile(`[\w/]*#\d+`).FindAllString(complaint, -1)
		require.NotEmpty(t, numbers, row)
		for _, number := range numbers {
			require.Regexp(t, `(?i)complaint.*`+regexp.QuoteMeta(number)+`\b`, sentences.String(), row)
		}
	}
}
