package object

// Admit sets in place what the server's admission plugins set: service account, priority and
// tolerations. old is nil for a create.
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
			spec["tolerations"] = append(
				List(spec, "tolerations"),
				map[string]any{
					"key":               key,
					"operator":          "Exists",
					"effect":            "NoExecute",
					"tolerationSeconds": int64(300),
				},
			)
		}
	}
}

// priorities are the priority classes of every cluster.
var priorities = map[string]int64{"": 0, "system-node-critical": 2000001000,
	"system-cluster-critical": 2000000000}

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
