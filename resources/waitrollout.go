package resources

import "fmt"

// rolloutOutline is the part of a Deployment, StatefulSet or DaemonSet that tells how far its
// rollout is.
type rolloutOutline struct {
	Spec struct {
		Replicas *int32 `json:"replicas"`
		Paused   bool   `json:"paused"`
		Strategy struct {
			Type          string `json:"type"`
			RollingUpdate *struct {
				Partition *int32 `json:"partition"`
			} `json:"rollingUpdate"`
		} `json:"updateStrategy"`
	} `json:"spec"`
	Status struct {
		ObservedGeneration int64              `json:"observedGeneration"`
		Replicas           int32              `json:"replicas"`
		UpdatedReplicas    int32              `json:"updatedReplicas"`
		ReadyReplicas      int32              `json:"readyReplicas"`
		AvailableReplicas  int32              `json:"availableReplicas"`
		CurrentRevision    string             `json:"currentRevision"`
		UpdateRevision     string             `json:"updateRevision"`
		DesiredScheduled   int32              `json:"desiredNumberScheduled"`
		UpdatedScheduled   int32              `json:"updatedNumberScheduled"`
		NumberAvailable    int32              `json:"numberAvailable"`
		Conditions         []conditionOutline `json:"conditions"`
	} `json:"status"`
}

// RolloutDone waits until a Deployment, StatefulSet or DaemonSet has replaced all pods of older
// templates, and the new ones are available. The rules are those of kubectl rollout status. Of a
// StatefulSet with a partition it waits for the pods that the partition lets through.
//
// It fails with a *WaitError if a Deployment exceeds its progress deadline (10 minutes by default),
// and for the update strategy OnDelete, which replaces no pod by itself.
func RolloutDone(object *Object) (Progress, error) {
	outline := new(rolloutOutline)
	if err := decodeMembers(object, outline); err != nil {
		return Progress{}, err
	}
	var rollout func(*rolloutOutline) (Progress, error)
	switch {
	case isKind(object, "apps/v1", "Deployment"):
		rollout = deploymentRollout
	case isKind(object, "apps/v1", "StatefulSet"):
		rollout = statefulSetRollout
	case isKind(object, "apps/v1", "DaemonSet"):
		rollout = daemonSetRollout
	default:
		return Progress{}, fmt.Errorf("%s %s has no rollout: use a Deployment, StatefulSet or "+
			"DaemonSet", object.APIVersion, object.Kind)
	}
	observed := outline.Status.ObservedGeneration
	strategy := outline.Spec.Strategy.Type
	switch {
	case strategy != "" && strategy != "RollingUpdate":
		return Progress{}, &WaitError{"OnDelete", "its update strategy is " + oneLine(strategy) +
			": delete its pods to replace them"}
	case observed == 0 || observed < object.Metadata.Generation:
		return Progress{Message: "its controller has not seen the change yet"}, nil
	}
	return rollout(outline)
}

func deploymentRollout(o *rolloutOutline) (Progress, error) {
	for _, c := range o.Status.Conditions {
		if c.Type == "Progressing" && c.Reason == "ProgressDeadlineExceeded" {
			return Progress{}, &WaitError{c.Reason, "the rollout exceeded its progress deadline" +
				details("", c.Message)}
		}
	}
	status := &o.Status
	replicas := status.UpdatedReplicas
	if o.Spec.Replicas != nil {
		replicas = *o.Spec.Replicas
	}
	switch {
	case status.UpdatedReplicas < replicas && o.Spec.Paused:
		return Progress{Message: "the rollout is paused"}, nil
	case status.UpdatedReplicas < replicas:
		return waitsFor("%d of %d replicas are updated", status.UpdatedReplicas, replicas), nil
	case status.Replicas > status.UpdatedReplicas:
		return waitsFor("%d old replicas of %d are still there",
			status.Replicas-status.UpdatedReplicas, status.Replicas), nil
	case status.AvailableReplicas < status.UpdatedReplicas:
		return waitsFor("%d of %d updated replicas are available", status.AvailableReplicas,
			status.UpdatedReplicas), nil
	}
	return Progress{Done: true}, nil
}

func statefulSetRollout(o *rolloutOutline) (Progress, error) {
	status := &o.Status
	replicas := status.Replicas
	if o.Spec.Replicas != nil {
		replicas = *o.Spec.Replicas
	}
	if status.ReadyReplicas < replicas {
		return waitsFor("%d of %d replicas are ready", status.ReadyReplicas, replicas), nil
	}
	rolling := o.Spec.Strategy.RollingUpdate
	if rolling != nil && rolling.Partition != nil {
		below := replicas - *rolling.Partition
		if status.UpdatedReplicas < below {
			return waitsFor("%d of %d replicas are updated", status.UpdatedReplicas, below), nil
		}
		return Progress{Done: true}, nil
	}
	if status.UpdateRevision != status.CurrentRevision {
		return waitsFor("%d of %d replicas are updated", status.UpdatedReplicas, replicas), nil
	}
	return Progress{Done: true}, nil
}

func daemonSetRollout(o *rolloutOutline) (Progress, error) {
	status := &o.Status
	switch {
	case status.UpdatedScheduled < status.DesiredScheduled:
		return waitsFor("%d of %d pods are updated", status.UpdatedScheduled,
			status.DesiredScheduled), nil
	case status.NumberAvailable < status.DesiredScheduled:
		return waitsFor("%d of %d updated pods are available", status.NumberAvailable,
			status.DesiredScheduled), nil
	}
	return Progress{Done: true}, nil
}

func waitsFor(format string, now, wanted int32) Progress {
	return Progress{Message: fmt.Sprintf(format, now, wanted)}
}
