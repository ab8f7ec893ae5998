package object

import "strings"

// Default sets in place the defaults of the object's type: what the server adds
// before it compares, applies and validates.
func Default(apiVersion, kind string, object map[string]any) {
	switch apiVersion + "/" + kind {
	case "v1/Pod":
		defaultPodSpec(ensureFields(object, "spec"), true)
		defaultAddresses(Fields(object, "status"))
	case "v1/Namespace":
		metadata := ensureFields(object, "metadata")
		name := Text(metadata, "name")
		if name != "" {
			ensureFields(metadata, "labels")["kubernetes.io/metadata.name"] = name
		}
	case "v1/Secret":
		setDefault(object, "type", "Opaque")
	case "apps/v1/Deployment":
		defaultDeployment(ensureFields(object, "spec"))
	case "apps/v1/StatefulSet":
		defaultStatefulSet(ensureFields(object, "spec"))
	case "apps/v1/DaemonSet":
		defaultDaemonSet(object)
	case "batch/v1/Job":
		defaultJob(object)
	case "apps/v1/ReplicaSet":
		spec := ensureFields(object, "spec")
		setDefault(spec, "replicas", int64(1))
		defaultTemplate(spec)
	}
}

// defaultAddresses keeps the first of a pod's addresses also where there is one.
func defaultAddresses(status map[string]any) {
	for one, all := range map[string]string{"podIP": "podIPs", "hostIP": "hostIPs"} {
		address, addresses := Text(status, one), List(status, all)
		switch {
		case len(addresses) > 0 && address == "":
			status[one] = Text(addresses[0], "ip")
		case address != "" && (len(addresses) == 0 || Text(addresses[0], "ip") != address):
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
	defaultPodSpec(ensureFields(ensureFields(spec, "template"), "spec"), false)
}

func defaultDeployment(spec map[string]any) {
	setDefault(spec, "replicas", int64(1))
	setDefault(spec, "revisionHistoryLimit", int64(10))
	setDefault(spec, "progressDeadlineSeconds", int64(600))
	strategy := ensureFields(spec, "strategy")
	setDefault(strategy, "type", "RollingUpdate")
	if strategy["type"] == "RollingUpdate" {
		rolling := ensureFields(strategy, "rollingUpdate")
		setDefault(rolling, "maxUnavailable", "25%")
		setDefault(rolling, "maxSurge", "25%")
	}
	defaultTemplate(spec)
}

func defaultStatefulSet(spec map[string]any) {
	setDefault(spec, "replicas", int64(1))
	setDefault(spec, "revisionHistoryLimit", int64(10))
	setDefault(spec, "podManagementPolicy", "OrderedReady")
	strategy := ensureFields(spec, "updateStrategy")
	setDefault(strategy, "type", "RollingUpdate")
	if strategy["type"] == "RollingUpdate" {
		setDefault(ensureFields(strategy, "rollingUpdate"), "partition", int64(0))
	}
	retention := ensureFields(spec, "persistentVolumeClaimRetentionPolicy")
	setDefault(retention, "whenDeleted", "Retain")
	setDefault(retention, "whenScaled", "Retain")
	defaultTemplate(spec)
}

func defaultDaemonSet(set map[string]any) {
	setDefault(ensureFields(ensureFields(set, "metadata"), "annotations"), templateGeneration, "0")
	spec := ensureFields(set, "spec")
	setDefault(spec, "revisionHistoryLimit", int64(10))
	strategy := ensureFields(spec, "updateStrategy")
	setDefault(strategy, "type", "RollingUpdate")
	if strategy["type"] == "RollingUpdate" {
		rolling := ensureFields(strategy, "rollingUpdate")
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
	ensureFields(spec, "securityContext")
	if isPod {
		setDefault(spec, "enableServiceLinks", true)
	}
	account := Text(spec, "serviceAccountName")
	if account != "" {
		spec["serviceAccount"] = account
	} else if account := Text(spec, "serviceAccount"); account != "" {
		spec["serviceAccountName"] = account
	}
	for _, v := range List(spec, "volumes") {
		defaultVolume(Fields(v))
	}
	for _, name := range []string{"containers", "initContainers", "ephemeralContainers"} {
		for _, c := range List(spec, name) {
			container := Fields(c)
			defaultContainer(container)
			if name == "ephemeralContainers" {
				continue
			}
			if isPod {
				defaultRequests(Fields(container, "resources"))
			}
			for _, p := range List(container, "ports") {
				if At(p, "hostPort") == nil && spec["hostNetwork"] == true {
					Fields(p)["hostPort"] = At(p, "containerPort")
				}
			}
		}
	}
	for _, t := range List(spec, "topologySpreadConstraints") {
		if At(t, "whenUnsatisfiable") == nil {
			Fields(t)["whenUnsatisfiable"] = "DoNotSchedule"
		}
	}
}

func defaultRequests(resources map[string]any) {
	for name, limit := range Fields(resources, "limits") {
		requests := ensureFields(resources, "requests")
		if requests[name] == nil {
			requests[name] = limit
		}
	}
}

func defaultContainer(container map[string]any) {
	ensureFields(container, "resources")
	setDefault(container, "terminationMessagePath", "/dev/termination-log")
	setDefault(container, "terminationMessagePolicy", "File")
	policy := "IfNotPresent"
	tag := imageTag(Text(container, "image"))
	if tag == "latest" {
		policy = "Always"
	}
	setDefault(container, "imagePullPolicy", policy)
	for _, p := range List(container, "ports") {
		setDefault(Fields(p), "protocol", "TCP")
	}
	for _, e := range List(container, "env") {
		if ref := Fields(e, "valueFrom", "fieldRef"); ref != nil {
			setDefault(ref, "apiVersion", "v1")
		}
		if ref := Fields(e, "valueFrom", "resourceFieldRef"); ref != nil {
			setDefault(ref, "divisor", "0")
		}
		ref := Fields(e, "valueFrom", "fileKeyRef")
		if ref != nil {
			setDefault(ref, "optional", false)
		}
	}
	for _, name := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		probe := Fields(container, name)
		if probe != nil {
			setDefault(probe, "timeoutSeconds", int64(1))
			setDefault(probe, "periodSeconds", int64(10))
			setDefault(probe, "successThreshold", int64(1))
			setDefault(probe, "failureThreshold", int64(3))
			defaultHandler(probe)
			grpc := Fields(probe, "grpc")
			if grpc != nil {
				setDefault(grpc, "service", "")
			}
		}
	}
	for _, name := range []string{"postStart", "preStop"} {
		defaultHandler(Fields(container, "lifecycle", name))
	}
}

func defaultHandler(handler map[string]any) {
	get := Fields(handler, "httpGet")
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
		source := Fields(volume, kind)
		if source != nil {
			setDefault(source, "defaultMode", mode)
			defaultFiles(source)
		}
	}
	if source := Fields(volume, "hostPath"); source != nil {
		setDefault(source, "type", "")
	}
	for _, source := range List(volume, "projected", "sources") {
		token := Fields(source, "serviceAccountToken")
		if token != nil {
			setDefault(token, "expirationSeconds", int64(3600))
		}
		defaultFiles(Fields(source, "downwardAPI"))
	}
	source := Fields(volume, "image")
	if source != nil {
		policy := "IfNotPresent"
		if imageTag(Text(source, "reference")) == "latest" {
			policy = "Always"
		}
		setDefault(source, "pullPolicy", policy)
	}
}

func defaultFiles(source map[string]any) {
	for _, item := range List(source, "items") {
		ref := Fields(item, "fieldRef")
		if ref != nil {
			setDefault(ref, "apiVersion", "v1")
		}
	}
}

// Admit adds in place what the server's built-in admission adds to a pod that is
// created (old nil) or updated: service account, priority, tolerations.
func Admit(pod, old map[string]any) {
	spec := ensureFields(pod, "spec")
	_, mirror := Fields(pod, "metadata", "annotations")["kubernetes.io/config.mirror"]
	if !mirror && old == nil {
		setDefault(spec, "serviceAccountName", "default")
		spec["serviceAccount"] = spec["serviceAccountName"]
	}
	if old != nil {
		for _, name := range []string{"priority", "preemptionPolicy"} {
			value := At(old, "spec", name)
			if value != nil {
				spec[name] = value
			}
		}
	} else {
		spec["priority"] = priorities[Text(spec, "priorityClassName")]
		setDefault(spec, "preemptionPolicy", "PreemptLowerPriority")
	}
	for _, key := range []string{"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"} {
		if !tolerates(List(spec, "tolerations"), key) {
			spec["tolerations"] = append(List(spec, "tolerations"),
				map[string]any{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": int64(300)})
		}
	}
}

// priorities are the priority classes that every cluster has.
var priorities = map[string]int64{"": 0, "system-node-critical": 2000001000, "system-cluster-critical": 2000000000}

func tolerates(tolerations []any, key string) bool {
	for _, t := range tolerations {
		effect := Text(t, "effect")
		k := Text(t, "key")
		if (k == key || k == "") && (effect == "NoExecute" || effect == "") {
			return true
		}
	}
	return false
}
