package resources

import "fmt"

// Complete waits for a Job's condition Complete, or for a pod's phase Succeeded. It fails with a
// *WaitError if the Job or the pod has failed.
func Complete(object *Object) (Progress, error) {
	outline, err := outlineOf(object)
	if err != nil {
		return Progress{}, err
	}
	if isKind(object, "v1", "Pod") {
		if outline.Status.Phase == "Failed" {
			return Progress{}, podFailed(outline)
		}
		return outline.phase("Succeeded"), nil
	}
	failed := outline.condition("Failed")
	if failed != nil && failed.Status == "True" {
		return Progress{}, &WaitError{"JobFailed", "it has failed" + failed.details()}
	}
	return outline.jobProgress(object, "Complete"), nil
}

// Failed waits for a Job's condition Failed, or for a pod's phase Failed. It fails with a
// *WaitError if the Job or the pod has ended with success.
func Failed(object *Object) (Progress, error) {
	outline, err := outlineOf(object)
	if err != nil {
		return Progress{}, err
	}
	if isKind(object, "v1", "Pod") {
		if outline.Status.Phase == "Succeeded" {
			return Progress{}, &WaitError{"PodSucceeded", "the pod has ended with success"}
		}
		return outline.phase("Failed"), nil
	}
	complete := outline.condition("Complete")
	if complete != nil && complete.Status == "True" {
		return Progress{}, &WaitError{"JobComplete", "it is complete" + complete.details()}
	}
	return outline.jobProgress(object, "Failed"), nil
}

// jobProgress is progress with the number of pods where the Job does not have the condition yet.
func (o *conditionsOutline) jobProgress(object *Object, name string) Progress {
	progress := o.progress(object, name, "True")
	switch {
	case o.condition(name) != nil || !isKind(object, "batch/v1", "Job"):
	case o.Spec.Suspend:
		progress.Message = "it is suspended"
	case o.Spec.Completions != nil:
		progress.Message = fmt.Sprintf("%d of %d pods have succeeded, %d have failed",
			o.Status.Succeeded, *o.Spec.Completions, o.Status.Failed)
	default:
		progress.Message = fmt.Sprintf("%d pods have succeeded, %d have failed",
			o.Status.Succeeded, o.Status.Failed)
	}
	return progress
}

func (o *conditionsOutline) phase(name string) Progress {
	return Progress{Done: o.Status.Phase == name, Message: "its phase is " + o.Status.Phase}
}
