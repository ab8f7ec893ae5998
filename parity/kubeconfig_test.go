package parity_test

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// verdict is the result of a comparison: the differences that apply, the warnings that clientcmd
// lacks, and the failures.
type verdict struct {
	differences, silences []string
	wrong                 []string
	theirs                resolution // of the last twin, if there are any
}

// judge compares a loader's result for a set with clientcmd's, and with those for the set's
// twins. It leaves the files of the last twin in place.
func judge(t testing.TB, set *kubeconfigSet, ours, theirs resolution) (result verdict) {
	for {
		v := set.view()
		result.theirs, result.wrong = theirs, nil
		twin := -1
		for i, d := range differences {
			switch {
			case !d.applies(v, theirs):
			case d.twin != nil && twin < 0:
				twin = i
			case d.twin != nil:
			case d.holds(v, ours, theirs):
				result.differences = append(result.differences, d.name)
				result.wrong = nil
				set.clear(t)
				return result
			default:
				result.wrong = append(result.wrong, "does not hold: "+d.name)
			}
		}
		if twin < 0 {
			break
		}
		d := differences[twin]
		require.NotContains(t, result.differences, d.name, "its twin has the same difference\n%s", set)
		result.differences = append(result.differences, d.name)
		set = set.clone()
		d.twin(set.view())
		set.write(t)
		ours, theirs = oursOf(ours.config, ours.err), theirsOf(set)
	}
	set.clear(t)
	if result.wrong != nil {
		return result
	}
	if theirs.err == nil {
		for _, s := range silences {
			if s.when(set.view()) {
				result.silences = append(result.silences, s.name)
			}
		}
		slices.Sort(result.silences)
		theirs.values = maps.Clone(theirs.values)
		theirs.values["warnings"] = strings.Join(result.silences, ", ")
		theirs = resolved(theirs.values)
	}
	result.wrong = ours.differs(theirs)
	return result
}

// Each run is the same. Rare rules are hit often enough in this number of sets.
const (
	kubeconfigSets = 20000
	leastRuleHits  = 50
	mostMismatches = 5 // are shown
)

func TestKubeconfigsResolveAsWithClientcmdOrWithANamedDifference(t *testing.T) {
	// Almost all memory is garbage at once, and its collection takes longer than the test.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	world := newKubeconfigWorld(t)
	t.Chdir(world.work)
	counts := kubeconfigCounts{rules: make([]int, len(kubeconfigRules)), differences: map[string]int{}, silences: map[string]int{}}
	unseen := slices.Clone(plantedBugs)
	for number := range kubeconfigSets {
		set := world.generate(number)
		set.write(t)
		loaded := make(chan resolution)
		go func() { loaded <- theirsOf(set) }()
		ours := oursOf(kubeconfig.Load(set.options))
		theirs := <-loaded
		result := judge(t, set, ours, theirs)
		counts.add(set, ours, theirs, result)
		if len(result.wrong) > 0 {
			counts.mismatches++
			if counts.mismatches <= mostMismatches {
				t.Errorf("%v; named differences: %q\n%s\nkx:\n%s\n\nclientcmd:\n%s", result.wrong, result.differences, set, ours, result.theirs)
			}
			continue
		}
		unseen = slices.DeleteFunc(unseen, func(bug plantedBug) bool {
			wrong, changed := bug.load(t, set, ours)
			return changed && len(judge(t, set, wrong, theirs).wrong) > 0
		})
	}
	t.Log(counts.report())
	if counts.mismatches > 0 {
		t.Errorf("%d sets resolve otherwise than with clientcmd, without a named difference", counts.mismatches)
	}
	counts.check(t)
	for _, bug := range unseen {
		t.Errorf("planted bug not found: %s", bug.name)
	}
	t.Logf("%d planted bugs, %d not found", len(plantedBugs), len(unseen))
}

// kubeconfigCounts counts what a run met.
type kubeconfigCounts struct {
	sets, resolved, mismatches int
	rules                      []int
	differences, silences      map[string]int
}

func (c *kubeconfigCounts) add(set *kubeconfigSet, ours, theirs resolution, result verdict) {
	c.sets++
	if ours.err == nil {
		c.resolved++
	}
	v := set.view()
	for i, rule := range kubeconfigRules {
		if rule.hit(v) {
			c.rules[i]++
		}
	}
	differ := ours.differs(theirs)
	if len(differ) > 0 && !slices.Equal(differ, []string{"warnings"}) {
		for _, name := range result.differences {
			c.differences[name]++
		}
	}
	for _, name := range result.silences {
		c.silences[name]++
	}
}

func (c *kubeconfigCounts) report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d sets, of which kx resolved %d and refused %d\n", kubeconfigSeed, c.sets, c.resolved, c.sets-c.resolved)
	b.WriteString("\nsets that hit a rule:\n")
	for i, rule := range kubeconfigRules {
		fmt.Fprintf(&b, "%6d  %s: %s\n", c.rules[i], rule.section, rule.sentence)
	}
	b.WriteString("\nrules that are tested elsewhere:\n")
	for _, rule := range rulesElsewhere {
		fmt.Fprintf(&b, "     -  %s (%s)\n", rule.sentence, rule.why)
	}
	b.WriteString("\nsets that differ, by the name of the difference:\n")
	for _, d := range differences {
		fmt.Fprintf(&b, "%6d  %s: %s\n", c.differences[d.name], d.name, d.why)
	}
	b.WriteString("\nsets that resolve to the same with a warning that clientcmd does not print:\n")
	for _, s := range silences {
		fmt.Fprintf(&b, "%6d  %s\n", c.silences[s.name], s.name)
	}
	return b.String()
}

// check requires that each rule was hit often enough, and that each difference occurred.
func (c *kubeconfigCounts) check(t *testing.T) {
	for i, rule := range kubeconfigRules {
		if c.rules[i] < leastRuleHits {
			t.Errorf("hit %d times, less than %d: %s: %s", c.rules[i], leastRuleHits, rule.section, rule.sentence)
		}
	}
	for _, d := range differences {
		if c.differences[d.name] == 0 {
			t.Errorf("no set differs in this way: %s", d.name)
		}
	}
	for _, s := range silences {
		if c.silences[s.name] == 0 {
			t.Errorf("no set is silent in this way: %s", s.name)
		}
	}
}
