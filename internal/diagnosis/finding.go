package diagnosis

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// find returns the first row of a table whose name and regular expression match, and the groups of
// the expression. It returns nil if no row matches.
func find(table []state, name, message string) (row *state, groups []string) {
	for i := range table {
		row = &table[i]
		if row.name != name {
			continue
		}
		groups = regexp.MustCompile(row.when).FindStringSubmatch(message)
		if groups != nil {
			return row, groups
		}
	}
	return nil, nil
}

// add adds the finding of the row for name and message. c is the container that it is about, or
// nil. more are further words of the row in braces, and their values. It reports whether there is
// such a row.
func (d *diagnosis) add(name, message string, c *Container, more ...string) bool {
	row, groups := find(podStates, name, message)
	if row == nil {
		row, groups = find(containerStates, name, message)
	}
	if row == nil {
		return false
	}
	vars := d.vars(message, c, groups, more)
	f := Finding{State: name, Text: vars.Replace(row.text)}
	for _, other := range d.findings {
		if other.Text == f.Text {
			return true
		}
	}
	for line := range strings.SplitSeq(d.lines(c).Replace(row.commands), "; ") {
		var words []string
		for word := range strings.FieldsSeq(line) {
			word = vars.Replace(word)
			if word != "" {
				words = append(words, word)
			}
		}
		if len(words) > 0 {
			f.Commands = append(f.Commands, words)
		}
	}
	d.findings = append(d.findings, f)
	return true
}

// lines replaces the words in braces that stand for several words of a command line.
func (d *diagnosis) lines(c *Container) *strings.Replacer {
	log := "logs {pod} -c {container}"
	if c != nil && d.pod.StatusOf(c.Name).State.Waiting != nil {
		log += " -p" // of its last run
	}
	owner := d.pod.Owner()
	fix := "get {owner} -o yaml"
	if owner == "" {
		fix = "get pod {pod} -o yaml"
	}
	// The image of a container can be changed in a pod, and in the template of a workload.
	imageFix := fix
	kind, _, _ := strings.Cut(owner, "/")
	image := `{"spec":{"containers":[{"name":"{container}","image":"IMAGE"}]}}`
	if slices.ContainsFunc(d.pod.Spec.InitContainers, func(init Container) bool {
		return c != nil && init.Name == c.Name
	}) {
		image = strings.Replace(image, "containers", "initContainers", 1)
	}
	switch kind {
	case "":
		imageFix = "patch pod {pod} -p " + image
	case "Deployment", "StatefulSet", "DaemonSet":
		imageFix = `patch {owner} -p {"spec":{"template":` + image + `}}`
	}
	return strings.NewReplacer(
		"{log}", log, "{fix}", fix, "{image-fix}", imageFix,
		"{events}", "events {pod}",
		"{beside}", "debug {pod} -it --target {container}",
		"{shell}", "debug {pod} --copy-to {pod}-debug -c {container} -it -- sh",
		"{nodes}", "get nodes -o custom-columns=NODE:.metadata.name,",
	)
}

// vars replaces the words in braces of a row.
func (d *diagnosis) vars(message string, c *Container, groups, more []string) *strings.Replacer {
	pod := d.pod
	if c == nil {
		c = new(Container)
	}
	var claims, ports, secrets, gates, selector, requests []string
	for _, v := range pod.Spec.Volumes {
		claim := v.Source["persistentVolumeClaim"].ClaimName
		if claim != "" {
			claims = append(claims, claim)
		}
	}
	for _, other := range pod.AllContainers() {
		for _, port := range other.Ports {
			if port.HostPort != 0 {
				ports = append(ports, strconv.Itoa(int(port.HostPort)))
			}
		}
		if len(groups) > 1 && other.Resources.Requests[groups[1]].String() != "" {
			requests = append(requests, other.Name+" "+
				other.Resources.Requests[groups[1]].String())
		}
	}
	for _, s := range pod.Spec.ImagePullSecrets {
		secrets = append(secrets, s.Name)
	}
	for _, g := range pod.Spec.SchedulingGates {
		gates = append(gates, g.Name)
	}
	for _, key := range slices.Sorted(maps.Keys(pod.Spec.NodeSelector)) {
		selector = append(selector, key+"="+pod.Spec.NodeSelector[key])
	}
	grace := "30s"
	if pod.Metadata.DeletionGracePeriodSeconds != nil {
		grace = strconv.FormatInt(*pod.Metadata.DeletionGracePeriodSeconds, 10) + "s"
	}
	pairs := append(slices.Clip(more),
		"{pod}", pod.Metadata.Name, "{container}", c.Name, "{image}", c.Image,
		"{node}", pod.Spec.NodeName, "{owner}", strings.ToLower(pod.Owner()),
		"{scheduler}", pod.Spec.SchedulerName, "{account}", pod.Spec.ServiceAccountName,
		"{message}", strings.TrimRight(message, " .,"), "{claims}", strings.Join(claims, ", "),
		"{claim}", strings.Join(claims[:min(len(claims), 1)], ""),
		"{hostports}", strings.Join(ports, ", "),
		"{requests}", cmp.Or(strings.Join(requests, ", "), "none"),
		"{secrets}", cmp.Or(strings.Join(secrets, ", "), "none"),
		"{gates}", strings.Join(gates, ", "),
		"{finalizers}", strings.Join(pod.Metadata.Finalizers, ", "), "{grace}", grace,
		"{selector}", cmp.Or(strings.Join(selector, ", "), "see nodeAffinity"),
		"{limit}", c.Resources.Limits["memory"].String(),
	)
	for i, group := range groups {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", group)
	}
	return strings.NewReplacer(pairs...)
}

// message returns the message of the newest event with one of the reasons, which are separated by
// spaces, that contains text and did not happen before since. With a container, the event is about
// that container.
func (d *diagnosis) message(c *Container, reasons, text string, since time.Time) string {
	for _, e := range slices.Backward(d.events) {
		if slices.Contains(strings.Fields(reasons), e.Reason) &&
			strings.Contains(e.Message, text) &&
			(c == nil || strings.HasSuffix(e.InvolvedObject.FieldPath, "{"+c.Name+"}")) &&
			!e.LastSeen().Before(since) {
			return e.Message
		}
	}
	return ""
}

// timeOf returns a time of the API, or the zero time if there is none.
func timeOf(t resources.Time) time.Time {
	at, _ := t.Time()
	return at
}
