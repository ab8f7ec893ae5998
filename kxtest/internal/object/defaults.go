package object

import "strings"

// Default sets an object's defaults in place. The server sets them before it compares, applies and
// validates.
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
		mergeStringData(object)
		setDefault(object, "type", "Opaque")
	case "v1/Service":
		defaultService(ensureFields(object, "spec"))
	case "v1/PersistentVolumeClaim":
		setDefault(ensureFields(object, "spec"), "volumeMode", "Filesystem")
		setDefault(ensureFields(object, "status"), "phase", "Pending")
	case "v1/Endpoints":
		defaultEndpoints(object)
	case "discovery.k8s.io/v1/EndpointSlice":
		defaultEndpointSlice(object)
	case "apps/v1/Deployment":
		defaultDeployment(ensureFields(object, "spec"))
	case "apps/v1/StatefulSet":
		defaultStatefulSet(ensureFields(object, "spec"))
	case "apps/v1/DaemonSet":
		defaultDaemonSet(object)
	case "batch/v1/Job":
		defaultJob(object)
	case "batch/v1/CronJob":
		defaultCronJob(object)
	case "apps/v1/ReplicaSet":
		spec := ensureFields(object, "spec")
		setDefault(spec, "replicas", int64(1))
		defaultTemplate(spec)
	}
}

// defaultAddresses keeps a single address in step with the first of its list.
func defaultAddresses(status map[string]any) {
	for single, list := range map[string]string{"podIP": "podIPs", "hostIP": "hostIPs"} {
		address, addresses := Text(status, single), List(status, list)
		switch {
		case len(addresses) > 0 && address == "":
			status[single] = Text(addresses[0], "ip")
		case address != "" && (len(addresses) == 0 || Text(addresses[0], "ip") != address):
			status[list] = []any{map[string]any{"ip": address}}
		}
	}
}

// setDefault sets a field that is absent or empty. It does nothing if there is no object.
func setDefault(object map[string]any, name string, value any) {
	current := object[name]
	if object != nil && (current == nil || current == "") {
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

// defaultPodSpec sets the defaults of a pod's spec. Service links have a default in pods but not in
// templates.
func defaultPodSpec(spec map[string]any, isPod bool) {
	setDefault(spec, "restartPolicy", "Always")
	setDefault(spec, "dnsPolicy", "ClusterFirst")
	setDefault(spec, "terminationGracePeriodSeconds", int64(30))
	setDefault(spec, "schedulerName", "default-scheduler")
	ensureFields(spec, "securityContext")
	if isPod {
		setDefault(spec, "enableServiceLinks", true)
	}
	account, deprecated := Text(spec, "serviceAccountName"), Text(spec, "serviceAccount")
	switch {
	case account != "":
		spec["serviceAccount"] = account
	case deprecated != "":
		spec["serviceAccountName"] = deprecated
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
		setDefault(Fields(e, "valueFrom", "fieldRef"), "apiVersion", "v1")
		setDefault(Fields(e, "valueFrom", "resourceFieldRef"), "divisor", "0")
		setDefault(Fields(e, "valueFrom", "fileKeyRef"), "optional", false)
	}
	for _, name := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		probe := Fields(container, name)
		if probe != nil {
			setDefault(probe, "timeoutSeconds", int64(1))
			setDefault(probe, "periodSeconds", int64(10))
			setDefault(probe, "successThreshold", int64(1))
			setDefault(probe, "failureThreshold", int64(3))
			defaultHandler(probe)
			setDefault(Fields(probe, "grpc"), "service", "")
		}
	}
	for _, name := range []string{"postStart", "preStop"} {
		defaultHandler(Fields(container, "lifecycle", name))
	}
}

func defaultHandler(handler map[string]any) {
	get := Fields(handler, "httpGet")
	setDefault(get, "path", "/")
	setDefault(get, "scheme", "HTTP")
}

// imageTag returns the tag of an image name. It is latest if the name has neither tag nor digest.
func imageTag(image string) string {
	name, _, digest := strings.Cut(image, "@")
	tag := name[strings.LastIndexByte(name, '/')+1:]
	_, tag, tagged := strings.Cut(tag, ":")
	if tagged {
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
	setDefault(Fields(volume, "hostPath"), "type", "")
	for _, source := range List(volume, "projected", "sources") {
		setDefault(Fields(source, "serviceAccountToken"), "expirationSeconds", int64(3600))
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
