package object

import (
	"math/rand/v2"
)

// finishCreate finishes a create once the managed fields are set.
func (w *Write) finishCreate(object map[string]any) (map[string]any, error) {
	metadata := ensureFields(object, "metadata")
	isPod := w.APIVersion == "v1" && w.Kind == "Pod"
	if isPod {
		Admit(object, nil)
		grace, _ := At(object, "spec", "terminationGracePeriodSeconds").(int64)
		if grace < 0 {
			Fields(object, "spec")["terminationGracePeriodSeconds"] = int64(1)
		}
		object["status"] = map[string]any{"phase": "Pending",
			"qosClass": qosClass(Fields(object, "spec"))}
		w.setGated(object)
	} else if object["status"] != nil {
		object["status"] = initialStatus(w.Kind, Fields(object, "status"))
	}
	if w.Kind == "Namespace" && !contains(List(object, "spec", "finalizers"), "kubernetes") {
		spec := ensureFields(object, "spec")
		spec["finalizers"] = append(List(spec, "finalizers"), "kubernetes")
	}
	switch w.Kind {
	case "DaemonSet":
		countTemplate(object, nil)
	case "Service":
		setFamilies(Fields(object, "spec"))
	case "PersistentVolumeClaim":
		protectClaim(object)
	}
	if w.hasGeneration() {
		metadata["generation"] = int64(1)
	} else {
		delete(metadata, "generation")
	}
	clearServerFields(object)
	prefix := Text(metadata, "generateName")
	if prefix != "" && Text(metadata, "name") == "" {
		metadata["name"] = generateName(prefix)
	}
	faults := Validate(w.APIVersion, w.Kind, object, nil)
	if err := invalid(w.kindGroup(), w.Kind, Text(metadata, "name"), faults); err != nil {
		return nil, err
	}
	if isPod {
		w.Warnings = append(w.Warnings, podWarnings(object)...)
	}
	return object, nil
}

// clearServerFields removes the metadata that only the store sets.
func clearServerFields(object map[string]any) {
	metadata := ensureFields(object, "metadata")
	for _, name := range []string{
		"uid", "resourceVersion", "creationTimestamp", "deletionTimestamp",
		"deletionGracePeriodSeconds", "selfLink",
	} {
		delete(metadata, name)
	}
}

// setGated sets the PodScheduled condition of a pod with scheduling gates.
func (w *Write) setGated(pod map[string]any) {
	if len(List(pod, "spec", "schedulingGates")) > 0 {
		ensureFields(pod, "status")["conditions"] = []any{map[string]any{
			"type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
			"lastProbeTime": nil, "lastTransitionTime": w.Time,
			"message": "Scheduling is blocked due to non-empty scheduling gates",
		}}
	}
}

func initialStatus(kind string, status map[string]any) map[string]any {
	switch kind {
	case "Namespace":
		return map[string]any{"phase": "Active"}
	case "StatefulSet":
		return map[string]any{"replicas": int64(0), "availableReplicas": int64(0)}
	case "ReplicaSet":
		return map[string]any{"replicas": int64(0)}
	case "PodDisruptionBudget":
		return map[string]any{
			"disruptionsAllowed": int64(0), "currentHealthy": int64(0),
			"desiredHealthy": int64(0), "expectedPods": int64(0),
		}
	case "DaemonSet":
		return map[string]any{
			"currentNumberScheduled": int64(0),
			"numberMisscheduled":     int64(0),
			"desiredNumberScheduled": int64(0),
			"numberReady":            int64(0),
		}
	case "Node":
		return status
	case "Service":
		return map[string]any{"loadBalancer": map[string]any{}}
	case "PersistentVolumeClaim":
		return map[string]any{"phase": "Pending"}
	}
	return map[string]any{}
}

// generateName appends five random characters without vowels, as the server does.
func generateName(prefix string) string {
	const alphabet = "bcdfghjklmnpqrstvwxz2456789"
	name := []byte(prefix[:min(len(prefix), 63-5)])
	for range 5 {
		name = append(name, alphabet[rand.IntN(len(alphabet))])
	}
	return string(name)
}
