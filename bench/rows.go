//go:build linux

package main

import "strings"

// row is a command line that is measured with kx, kubectl and curl.
type row struct {
	name string
	// words are the arguments of kx and kubectl. POD is a pod that runs, LOG one with a large log,
	// and IMAGE the image of both.
	words string
	// stage is when the row is measured.
	stage stage
	// toPrompt rows open a shell in a terminal. Their time is that until the prompt.
	toPrompt bool
	// freshPod rows have a new pod in each run.
	freshPod bool
	// isShort rows are measured through a far link, too.
	isShort bool
	// isFar rows are measured through a link that adds farRoundTrip to each round trip.
	isFar bool
	// goal is the share of kubectl's figures that kx may have at most. Zero is no goal.
	goal goal
	// least is how many bytes the output has at least; of a row of pods, for each pod.
	least int64
	// unlimited says why curl cannot do the same; "" if it can.
	unlimited string
	// why says why kx has more than 1.5 times curl's figures, if it has.
	why reason
}

// reason has a sentence for each figure, without its full stop.
type reason struct{ elapsed, cpu, memory string }

// goal has the largest shares of kubectl's figures.
type goal struct{ elapsed, cpu, memory float64 }

// stage is a part of the run.
type stage int

const (
	streams stage = iota // before there are thousands of pods
	listing              // with the first number of pods
	growth               // with the second number of pods, for the memory alone
)

const (
	execBytes = 300_000_000
	logBytes  = 200_000_000
)

// growthGoal is the memory of kx with the second number of pods, in that with the first.
const growthGoal = 1.1

// Parts of reasons.
const (
	decodes   = "kx decodes the answer, which curl does not"
	holdsRows = "kx holds the text of all rows until it knows the widths of the columns"
	holdsItem = "kx holds one object at a time, and the buffers to read and to print it"
)

const byNode = "the node starts the container, and its pace is the limit"

// rows returns all rows in the order of their run.
func rows() []row {
	near := []row{
		{name: "exec true", words: "exec POD -- true", isShort: true, goal: goal{elapsed: 0.45}},
		{name: "exec 300 MB", words: "exec POD -- head -c 300000000 /dev/zero", least: execBytes,
			goal: goal{elapsed: 0.85, cpu: 0.5}},
		{name: "logs 200 MB", words: "logs LOG", least: logBytes, goal: goal{cpu: 0.5},
			why: reason{cpu: "kx checks the time of each line and removes it, and curl " +
				"copies bytes"}},
		{name: "prompt of debug -it", words: "debug POD -it --image IMAGE " +
			"--image-pull-policy IfNotPresent --profile general --target app", toPrompt: true,
			freshPod: true, isShort: true, goal: goal{elapsed: 0.25}, unlimited: byNode},
		{name: "debug -i to the end", words: "debug POD -q -i --image IMAGE " +
			"--image-pull-policy IfNotPresent --profile general -- true", freshPod: true,
			isShort: true, goal: goal{elapsed: 1}, unlimited: byNode},
		{name: "version", words: "version", stage: listing, isShort: true,
			goal: goal{elapsed: 1.0 / 8}},
		{name: "get pod -o json", words: "get pod web-00000 -o json", stage: listing, least: 1000,
			isShort: true, goal: goal{elapsed: 1.0 / 4}},
		{name: "get pods", words: "get pods", stage: listing, least: 40, isShort: true,
			goal: goal{elapsed: 1.0 / 6, memory: 1.0 / 15},
			why:  reason{cpu: decodes + ", and aligns the columns", memory: holdsRows}},
		{name: "get pods -o json", words: "get pods -o json", stage: listing, least: 1000,
			isShort: true, goal: goal{elapsed: 1.0 / 8, memory: 1.0 / 40},
			why: reason{cpu: decodes + ", sorts the members of each object and indents them",
				memory: holdsItem}},
		{name: "get pods -o name", words: "get pods -o name", stage: listing, least: 13,
			isShort: true, goal: goal{elapsed: 1.0 / 12, memory: 1.0 / 30},
			why: reason{cpu: decodes, memory: holdsItem}},
	}
	all := near
	for _, r := range near {
		if r.isShort {
			r.isFar, r.goal = true, goal{}
			r.name += farSuffix
			all = append(all, r)
		}
	}
	return append(all,
		row{name: "get pods" + grownSuffix, words: "get pods", stage: growth, least: 40,
			why: reason{memory: holdsRows}},
		row{name: "get pods -o json" + grownSuffix, words: "get pods -o json", stage: growth,
			least: 1000, why: reason{memory: holdsItem}},
	)
}

const (
	farSuffix   = ", far"
	grownSuffix = ", grown"
)

// args returns the words of the row for a run.
func (r row) args(pod, log, image string) []string {
	return strings.Fields(strings.NewReplacer("POD", pod, "LOG", log, "IMAGE", image).
		Replace(r.words))
}

// remoteCommand returns the words after "--".
func remoteCommand(args []string) []string {
	for i, word := range args {
		if word == "--" {
			return args[i+1:]
		}
	}
	return nil
}
