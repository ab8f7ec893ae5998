package diagnosis

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// vars are the words in braces of a row, for one finding.
type vars struct {
	*diagnosis
	c       *Container // not nil
	message string
	groups  []string // of the row's regular expression
	more    []string // words, each with its value after it
}

// expand replaces the words in braces that value knows. It leaves the others as they are.
func expand(text string, value func(word string) (string, bool)) string {
	expanded := ""
	for {
		before, rest, found := strings.Cut(text, "{")
		expanded += before
		if !found {
			return expanded
		}
		word, after, _ := strings.Cut(rest, "}")
		replacement, known := value(word)
		if known {
			expanded, text = expanded+replacement, after
		} else {
			expanded, text = expanded+"{", rest
		}
	}
}

// line returns what stands for several words of a command line. It has words of value.
func (v *vars) line(word string) (string, bool) {
	owner := v.pod.Owner()
	isFix := word == "fix" || word == "image-fix"
	if isFix && v.isIn(v.pod.Spec.EphemeralContainers) { // it cannot be changed
		return "debug {pod} -it --image IMAGE", true
	}
	switch word {
	case "log":
		if v.pod.StatusOf(v.c.Name).State.Waiting != nil {
			return "logs {pod} -c {container} -p", true // of its last run
		}
		return "logs {pod} -c {container}", true
	case "events":
		return "events {pod}", true
	case "beside":
		return "debug {pod} -it --target {container}", true
	case "shell":
		return "debug {pod} --copy-to {pod}-debug -c {container} -it -- sh", true
	case "nodes":
		return "get nodes -o custom-columns=NODE:.metadata.name,", true
	case "image-fix":
		// The image of a container can be changed in a pod, and in the template of a workload.
		image := `{"spec":{"{list}":[{"name":"{container}","image":"IMAGE"}]}}`
		kind, _, _ := strings.Cut(owner, "/")
		switch kind {
		case "":
			return "patch pod {pod} -p " + image, true
		case "Deployment", "StatefulSet", "DaemonSet":
			return `patch {owner} -p {"spec":{"template":` + image + `}}`, true
		}
		return v.line("fix")
	case "fix":
		if owner == "" {
			return "get pod {pod} -o yaml", true
		}
		return "get {owner} -o yaml", true
	}
	return "", false
}

// value returns the value of a word.
func (v *vars) value(word string) (string, bool) {
	spec, meta := &v.pod.Spec, &v.pod.Metadata
	for i := 0; i+1 < len(v.more); i += 2 {
		if v.more[i] == word {
			return v.more[i+1], true
		}
	}
	number, err := strconv.Atoi(word)
	if err == nil && number < len(v.groups) {
		return v.groups[number], true
	}
	switch word {
	case "pod":
		return meta.Name, true
	case "container":
		return v.c.Name, true
	case "list":
		if v.isIn(spec.InitContainers) {
			return "initContainers", true
		}
		return "containers", true
	case "image":
		return v.c.Image, true
	case "limit":
		return v.c.Resources.Limits["memory"].String(), true
	case "node":
		return spec.NodeName, true
	case "owner":
		return strings.ToLower(v.pod.Owner()), true
	case "scheduler":
		return spec.SchedulerName, true
	case "account":
		return spec.ServiceAccountName, true
	case "message":
		return strings.TrimRight(v.message, " .,"), true
	case "claim", "claims":
		return v.claims(word == "claim"), true
	case "hostports":
		return v.hostPorts(), true
	case "requests":
		return v.requests(v.groups[1]), true
	case "secrets":
		return cmp.Or(names(spec.ImagePullSecrets), "none"), true
	case "gates":
		return names(spec.SchedulingGates), true
	case "finalizers":
		return strings.Join(meta.Finalizers, ", "), true
	case "grace":
		seconds := meta.DeletionGracePeriodSeconds
		if seconds == nil {
			return "their grace period", true
		}
		return strconv.FormatInt(*seconds, 10) + "s", true
	case "selector":
		var all []string
		for _, key := range slices.Sorted(maps.Keys(spec.NodeSelector)) {
			all = append(all, key+"="+spec.NodeSelector[key])
		}
		return cmp.Or(strings.Join(all, ", "), "see nodeAffinity"), true
	}
	return "", false
}

// isIn reports whether a list has the finding's container.
func (v *vars) isIn(list []Container) bool {
	for i := range list {
		if &list[i] == v.c {
			return true
		}
	}
	return false
}

// claims returns the pod's PersistentVolumeClaims, or the first of them.
func (v *vars) claims(onlyFirst bool) string {
	var all []string
	for _, volume := range v.pod.Spec.Volumes {
		claim := volume.Source["persistentVolumeClaim"].ClaimName
		if claim != "" && (len(all) == 0 || !onlyFirst) {
			all = append(all, claim)
		}
	}
	return strings.Join(all, ", ")
}

// hostPorts returns the ports of the node that the pod wants.
func (v *vars) hostPorts() string {
	var all []string
	for _, c := range v.pod.AllContainers() {
		for _, port := range c.Ports {
			if port.HostPort != 0 {
				all = append(all, strconv.Itoa(int(port.HostPort)))
			}
		}
	}
	return strings.Join(all, ", ")
}

// requests returns what each container requests of a resource.
func (v *vars) requests(resource string) string {
	var all []string
	for _, c := range v.pod.AllContainers() {
		amount := c.Resources.Requests[resource].String()
		if amount != "" {
			all = append(all, c.Name+" "+amount)
		}
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

func names(list []Named) string {
	var all []string
	for _, element := range list {
		all = append(all, element.Name)
	}
	return strings.Join(all, ", ")
}
