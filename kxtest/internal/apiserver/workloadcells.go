package apiserver

import (
	"cmp"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

func workloadCells(resource string, o map[string]any, name, age string) []any {
	count := func(path ...string) int64 {
		n, _ := object.Number(o, path...)
		return n
	}
	ready := strconv.FormatInt(count("status", "readyReplicas"), 10) + "/" +
		strconv.FormatInt(count("spec", "replicas"), 10)
	joinedNames, joinedImages, selector := templateCells(o)
	switch resource {
	case "deployments":
		return []any{name, ready, count("status", "updatedReplicas"),
			count("status", "availableReplicas"), age,
			joinedNames, joinedImages, selector}
	case "statefulsets":
		return []any{name, ready, age, joinedNames, joinedImages}
	case "daemonsets":
		nodes := selectorText(map[string]any{"matchLabels": object.At(o, "spec", "template", "spec",
			"nodeSelector")})
		return []any{name, count("status", "desiredNumberScheduled"),
			count("status", "currentNumberScheduled"),
			count("status", "numberReady"),
			count("status", "updatedNumberScheduled"), count("status",
				"numberAvailable"), textOrNone(nodes), age,
			joinedNames, joinedImages, selector}
	}
	return []any{name, count("spec", "replicas"), count("status", "replicas"),
		count("status", "readyReplicas"), age,
		joinedNames, joinedImages, selector}
}

func jobCells(o map[string]any, name, age string) []any {
	succeeded, _ := object.Number(o, "status", "succeeded")
	wanted := "1"
	if completions, ok := object.Number(o, "spec", "completions"); ok {
		wanted = strconv.FormatInt(completions, 10)
	} else {
		parallelism, _ := object.Number(o, "spec", "parallelism")
		if parallelism > 1 {
			wanted = "1 of " + strconv.FormatInt(parallelism, 10)
		}
	}
	took := ""
	if began, err := time.Parse(time.RFC3339, object.Text(o, "status", "startTime")); err == nil {
		ended, err := time.Parse(time.RFC3339, object.Text(o, "status", "completionTime"))
		if err != nil {
			ended = time.Now()
		}
		took = humanDuration(ended.Sub(began))
	}
	names, images, selector := templateCells(o)
	return []any{name, jobStatus(o), strconv.FormatInt(succeeded, 10) + "/" + wanted, took, age,
		names, images,
		selector}
}

// jobStatus returns kubectl's STATUS of a job.
func jobStatus(o map[string]any) string {
	first := func(conditions ...string) string {
		for _, condition := range conditions {
			if conditionOf(o, condition) == "True" {
				return condition
			}
		}
		return ""
	}
	deleted := ""
	if object.At(o, "metadata", "deletionTimestamp") != nil {
		deleted = "Terminating"
	}
	return cmp.Or(first("Complete", "Failed"), deleted, first("Suspended", "FailureTarget",
		"SuccessCriteriaMet"),
		"Running")
}

// templateCells returns the container names and images of a workload's template, and its selector.
func templateCells(o map[string]any) (names, images, selector string) {
	var allNames, allImages []string
	for _, container := range object.List(o, "spec", "template", "spec", "containers") {
		allNames, allImages = append(allNames, object.Text(container, "name")),
			append(allImages, object.Text(container, "image"))
	}
	return commaJoined(allNames), commaJoined(allImages), textOrNone(selectorText(object.Fields(o,
		"spec", "selector")))
}
