package object

import "strings"

// Default sets in place the defaults of the object's type: what the server adds
// before it compares, applies and validates.
func Default(apiVersion, kind string, object map[string]any) {
	switch apiVersion + "/" + kind {
	case "v1/Pod":
		defaultPodSpec(child(object, "spec"), true)
		defaultAddresses(fields(object, "status"))
	case "v1/Namespace":
		metadata := child(object, "metadata")
		name := text(metadata, "name")
		if name != "" {
			child(metadata, "labels")["kubernetes.io/metadata.name"] = name
		}
	case "v1/Secret":
		setDefault(object, "type", "Opaque")
	case "apps/v1/Deployment":
		defaultDeployment(child(object, "spec"))
	case "apps/v1/StatefulSet":
		defaultStatefulSet(child(object, "spec"))
	case "apps/v1/DaemonSet":
		defaultDaemonSet(object)
	case "batch/v1/Job":
		defaultJob(object)
	case "apps/v1/ReplicaSet":
		spec := child(object, "spec")
		setDefault(spec, "replicas", int64(1))
		defaultTemplate(spec)
	}
}

// defaultAddresses keeps the first of a pod's addresses also where there is one.
func defaultAddresses(status map[string]any) {
	for one, all := range map[string]string{"podIP": "podIPs", "hostIP": "hostIPs"} {
		address, addresses := text(status, one), list(status, all)
		switch {
		case len(addresses) > 0 && address == "":
			status[one] = text(addresses[0], "ip")
		case address != "" && (len(addresses) == 0 || text(addresses[0], "ip") != address):
			status[all] = []any{map[string]any{"ip": address}}
		}
	}
}

func setDefault(object map[string]any, name string, value any) {
	if v, ok := object[name]; !ok || v == nil || v == "" {
		object[name] = value
	}
}

func defaultTemplate(spec map[string]any) {
	defaultPodSpec(child(child(spec, "template"), "spec"), false)
}

func defaultDeployment(spec map[string]any) {
	setDefault(spec, "replicas", int64(1))
	setDefault(spec, "revisionHistoryLimit", int64(10))
	setDefault(spec, "progressDeadlineSeconds", int64(600))
	strategy := child(spec, "strategy")
	setDefault(strategy, "type", "RollingUpdate")
	if strategy["type"] == "RollingUpdate" {
		rolling := child(strategy, "rollingUpdate")
		setDefault(rolling, "maxUnavailable", "25%")
		setDefault(rolling, "maxSurge", "25%")
	}
	defaultTemplate(spec)
}

func defaultStatefulSet(spec map[string]any) {
	setDefault(spec, "replicas", int64(1))
	setDefault(spec, "revisionHistoryLimit", int64(10))
	setDefault(spec, "podManagementPolicy", "OrderedReady")
	strategy := child(spec, "updateStrategy")
	setDefault(strategy, "type", "RollingUpdate")
	if strategy["type"] == "RollingUpdate" {
		setDefault(child(strategy, "rollingUpdate"), "partition", int64(0))
	}
	retention := child(spec, "persistentVolumeClaimRetentionPolicy")
	setDefault(retention, "whenDeleted", "Retain")
	setDefault(retention, "whenScaled", "Retain")
	defaultTemplate(spec)
}

func defaultDaemonSet(set map[string]any) {
	setDefault(child(child(set, "metadata"), "annotations"), templateGeneration, "0")
	spec := child(set, "spec")
	setDefault(spec, "revisionHistoryLimit", int64(10))
	strategy := child(spec, "updateStrategy")
	setDefault(strategy, "type", "RollingUpdate")
	if strategy["type"] == "RollingUpdate" {
		rolling := child(strategy, "rollingUpdate")
		setDefault(rolling, "maxUnavailable", int64(1))
		setDefault(rolling, "maxSurge", int64(0))
	}
	defaultTemplate(spec)
}

// defaultPodSpec sets the defaults of a pod's spec; service links are a
// default of pods but not of templates.
func defaultPodSpec(spec map[string]any, isPod bool) {
	setDefault(spec, "restartPolicy", "Always")
	setDefault(spec, "dnsPolicy", "ClusterFirst")
	setDefault(spec, "terminationGracePeriodSeconds", int64(30))
	setDefault(spec, "schedulerName", "default-scheduler")
	child(spec, "securityContext")
	if isPod {
		setDefault(spec, "enableServiceLinks", true)
	}
	account := text(spec, "serviceAccountName")
	if account != "" {
		spec["serviceAccount"] = account
	} else if account := text(spec, "serviceAccount"); account != "" {
		spec["serviceAccountName"] = account
	}
	for _, v := range list(spec, "volumes") {
		defaultVolume(fields(v))
	}
	for _, name := range []string{"containers", "initContainers", "ephemeralContainers"} {
		for _, c := range list(spec, name) {
			container := fields(c)
			defaultContainer(container)
			if name == "ephemeralContainers" {
				continue
			}
			if isPod {
				defaultRequests(fields(container, "resources"))
			}
			for _, p := range list(container, "ports") {
				if at(p, "hostPort") == nil && spec["hostNetwork"] == true {
					fields(p)["hostPort"] = at(p, "containerPort")
				}
			}
		}
	}
	for _, t := range list(spec, "topologySpreadConstraints") {
		if at(t, "whenUnsatisfiable") == nil {
			fields(t)["whenUnsatisfiable"] = "DoNotSchedule"
		}
	}
}

func defaultRequests(resources map[string]any) {
	for name, limit := range fields(resources, "limits") {
		requests := child(resources, "requests")
		if requests[name] == nil {
			requests[name] = limit
		}
	}
}

func defaultContainer(container map[string]any) {
	child(container, "resources")
	setDefault(container, "terminationMessagePath", "/dev/termination-log")
	setDefault(container, "terminationMessagePolicy", "File")
	policy := "IfNotPresent"
	tag := imageTag(text(container, "image"))
	if tag == "latest" {
		policy = "Always"
	}
	setDefault(container, "imagePullPolicy", policy)
	for _, p := range list(container, "ports") {
		setDefault(fields(p), "protocol", "TCP")
	}
	for _, e := range list(container, "env") {
		if ref := fields(e, "valueFrom", "fieldRef"); ref != nil {
			setDefault(ref, "apiVersion", "v1")
		}
		if ref := fields(e, "valueFrom", "resourceFieldRef"); ref != nil {
			setDefault(ref, "divisor", "0")
		}
		ref := fields(e, "valueFrom", "fileKeyRef")
		if ref != nil {
			setDefault(ref, "optional", false)
		}
	}
	for _, name := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		probe := fields(container, name)
		if probe != nil {
			setDefault(probe, "timeoutSeconds", int64(1))
			setDefault(probe, "periodSeconds", int64(10))
			setDefault(probe, "successThreshold", int64(1))
			setDefault(probe, "failureThreshold", int64(3))
			defaultHandler(probe)
			grpc := fields(probe, "grpc")
			if grpc != nil {
				setDefault(grpc, "service", "")
			}
		}
	}
	for _, name := range []string{"postStart", "preStop"} {
		defaultHandler(fields(container, "lifecycle", name))
	}
}

func defaultHandler(handler map[string]any) {
	get := fields(handler, "httpGet")
	if get != nil {
		setDefault(get, "path", "/")
		setDefault(get, "scheme", "HTTP")
	}
}

// imageTag is the tag of an image's name: latest when it has neither tag nor digest.
func imageTag(image string) string {
	name, _, digest := strings.Cut(image, "@")
	tag := name[strings.LastIndexByte(name, '/')+1:]
	if _, tag, ok := strings.Cut(tag, ":"); ok {
		return tag
	}
	if digest || image == "" {
		return ""
	}
	return "latest"
}

func defaultVolume(volume map[string]any) {
	if len(volume) == 1 && volume["name"] != nil || len(volume) == 0 {
		volume["emptyDir"] = map[string]any{}
	}
	const mode = int64(0o644)
	for _, kind := range []string{"configMap", "secret", "downwardAPI", "projected"} {
		source := fields(volume, kind)
		if source != nil {
			setDefault(source, "defaultMode", mode)
			defaultFiles(source)
		}
	}
	if source := fields(volume, "hostPath"); source != nil {
		setDefault(source, "type", "")
	}
	for _, source := range list(volume, "projected", "sources") {
		token := fields(source, "serviceAccountToken")
		if token != nil {
			setDefault(token, "expirationSeconds", int64(3600))
		}
		defaultFiles(fields(source, "downwardAPI"))
	}
	source := fields(volume, "image")
	if source != nil {
		policy := "IfNotPresent"
		if imageTag(text(source, "reference")) == "latest" {
			policy = "Always"
		}
		setDefault(source, "pullPolicy", policy)
	}
}

func defaultFiles(source map[string]any) {
	for _, item := range list(source, "items") {
		ref := fields(item, "fieldRef")
		if ref != nil {
			setDefault(ref, "apiVersion", "v1")
		}
	}
}

// Admit adds in place what the server's built-in admission adds to a pod that is
// created (old nil) or updated: service account, priority, tolerations.
func Admit(pod, old map[string]any) {
	spec := child(pod, "spec")
	_, mirror := fields(pod, "metadata", "annotations")["kubernetes.io/config.mirror"]
	if !mirror && old == nil {
		setDefault(spec, "serviceAccountName", "default")
		spec["serviceAccount"] = spec["serviceAccountName"]
	}
	if old != nil {
		for _, name := range []string{"priority", "preemptionPolicy"} {
			value := at(old, "spec", name)
			if value != nil {
				spec[name] = value
			}
		}
	} else {
		spec["priority"] = priorities[text(spec, "priorityClassName")]
		setDefault(spec, "preemptionPolicy", "PreemptLowerPriority")
	}
	for _, key := range []string{"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"} {
		if !tolerates(list(spec, "tolerations"), key) {
			spec["tolerations"] = append(list(spec, "tolerations"),
				map[string]any{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": int64(300)})
		}
	}
}

// priorities are the priority classes that every cluster has.
var priorities = map[string]int64{"": 0, "system-node-critical": 2000001000, "system-cluster-critical": 2000000000}

func tolerates(tolerations []any, key string) bool {
	for _, t := range tolerations {
		effect := text(t, "effect")
		k := text(t, "key")
		if (k == key || k == "") && (effect == "NoExecute" || effect == "") {
			return true
		}
	}
	return false
}
