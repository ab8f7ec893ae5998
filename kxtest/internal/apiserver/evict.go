package apiserver

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// evict deletes a pod, unless its disruption budget forbids that (EvictionREST.Create of
// pkg/registry/core/pod/storage). No controller computes the budgets' status: it is what clients
// write.
func (c *call) evict(w http.ResponseWriter) error {
	options, dryRun, err := c.evictionOptions(w)
	if err != nil {
		return err
	}
	found := c.server.Store.Get(api.PodKind, c.namespace, c.name)
	if found == nil {
		return api.NotFound(api.PodKind, c.name)
	}
	if !ignoresBudgets(found.Object) {
		if err := c.disrupt(found.Object, dryRun); err != nil {
			return err
		}
	}
	if !dryRun {
		if err := c.markEvicted(options); err != nil {
			return err
		}
		options.Preconditions.ResourceVersion = "" // checked, and the condition is a newer version
	}
	_, err = c.server.Store.Delete(api.PodKind, c.namespace, c.name, options, dryRun)
	if err != nil {
		return err
	}
	c.write(w, http.StatusCreated, api.Encode(&api.Status{
		Kind: "Status", APIVersion: "v1", Status: "Success", Code: http.StatusCreated,
	}))
	return nil
}

// evictionOptions reads the delete options from an Eviction.
func (c *call) evictionOptions(w http.ResponseWriter) (o storage.DeleteOptions, dryRun bool,
	err error) {
	body, err := c.body()
	if err != nil {
		return o, false, err
	}
	dryRun, err = c.writeOptions("CreateOptions")
	if err != nil {
		return o, false, err
	}
	engine := c.engine()
	engine.APIVersion, engine.Kind, engine.Resource = "policy/v1", "Eviction", "evictions"
	eviction, err := engine.Decode(body)
	warn(w, engine.Warnings)
	if err != nil {
		return o, false, err
	}
	if object.Text(eviction, "metadata", "name") != c.name {
		return o, false, api.BadRequest("name in URL does not match name in Eviction object")
	}
	// The schema has checked the types.
	if err := json.Unmarshal(api.EncodeObject(object.Fields(eviction, "deleteOptions")),
		&o); err != nil {
		return o, false, api.BadRequest(err.Error())
	}
	forDeletion, err := checkDeleteOptions(o)
	return o, dryRun || forDeletion, err
}

// ignoresBudgets reports whether a pod is evicted whatever its budget says, because it does not
// count as healthy.
func ignoresBudgets(pod map[string]any) bool {
	switch object.Text(pod, "status", "phase") {
	case "Pending", "Succeeded", "Failed":
		return true
	}
	return object.Text(pod, "metadata", "deletionTimestamp") != ""
}

// disrupt takes a disruption from the pod's budget, or returns the refusal.
func (c *call) disrupt(pod map[string]any, dryRun bool) error {
	budgets, _, _ := c.server.Store.List(api.BudgetKind, c.namespace+"/", 0)
	var name string
	for _, budget := range budgets {
		if !object.SelectorMatches(object.Fields(budget.Object, "spec", "selector"),
			object.Fields(pod, "metadata", "labels")) {
			continue
		}
		if name != "" {
			return api.Failure(http.StatusInternalServerError, "",
				"This pod has more than one PodDisruptionBudget, which the eviction subresource "+
					"does not support.", nil)
		}
		name = object.Text(budget.Object, "metadata", "name")
	}
	if name == "" {
		return nil
	}
	_, err := c.server.Store.Write(api.BudgetKind, c.namespace, name,
		func(budget map[string]any) (storage.Outcome, error) {
			if budget == nil || allowsUnhealthy(budget, pod) {
				return storage.Outcome{Object: budget, DryRun: true}, nil
			}
			if err := refusalOf(budget); err != nil {
				return storage.Outcome{}, err
			}
			return storage.Outcome{Object: c.disrupted(budget), DryRun: dryRun}, nil
		})
	return err
}

// allowsUnhealthy reports whether a budget lets a pod go that is not ready (KEP-3017).
func allowsUnhealthy(budget, pod map[string]any) bool {
	if conditionOf(pod, "Ready") == "True" {
		return false
	}
	if object.Text(budget, "spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow" {
		return true
	}
	current, _ := object.Number(budget, "status", "currentHealthy")
	desired, _ := object.Number(budget, "status", "desiredHealthy")
	return current >= desired && desired > 0
}

// refusalOf returns why a budget allows no disruption, or nil.
func refusalOf(budget map[string]any) error {
	name := object.Text(budget, "metadata", "name")
	generation, _ := object.Number(budget, "metadata", "generation")
	observed, _ := object.Number(budget, "status", "observedGeneration")
	allowed, _ := object.Number(budget, "status", "disruptionsAllowed")
	current, _ := object.Number(budget, "status", "currentHealthy")
	desired, _ := object.Number(budget, "status", "desiredHealthy")
	switch {
	case observed < generation:
		return budgetRefusal(fmt.Sprintf(
			"The disruption budget %s is still being processed by the server.", name), 10)
	case allowed == 0:
		return budgetRefusal(fmt.Sprintf(
			"The disruption budget %s needs %d healthy pods and has %d currently",
			name, desired, current), 0)
	}
	return nil
}

func budgetRefusal(cause string, retryAfter int) error {
	return api.Failure(http.StatusTooManyRequests, "TooManyRequests",
		"Cannot evict pod as it would violate the pod's disruption budget.", &api.StatusDetails{
			Causes:            []api.StatusCause{{Reason: "DisruptionBudget", Message: cause}},
			RetryAfterSeconds: retryAfter,
		})
}

// disrupted returns a budget with one disruption less.
func (c *call) disrupted(budget map[string]any) map[string]any {
	allowed, _ := object.Number(budget, "status", "disruptionsAllowed")
	next := object.With(budget, allowed-1, "status", "disruptionsAllowed")
	next = object.With(next, api.Timestamp(), "status", "disruptedPods", c.name)
	return object.Lookup(api.BudgetKind.APIVersion(), api.BudgetKind.Name).Update(budget, next,
		object.Manager{Name: "kube-apiserver", Subresource: "status", Time: api.Timestamp()})
}

// markEvicted adds the condition DisruptionTarget to the pod (KEP-3329).
func (c *call) markEvicted(options storage.DeleteOptions) error {
	_, err := c.server.Store.Write(api.PodKind, c.namespace, c.name,
		func(pod map[string]any) (storage.Outcome, error) {
			if pod == nil {
				return storage.Outcome{}, api.NotFound(api.PodKind, c.name)
			}
			if err := options.Check(api.PodKind, c.name, pod); err != nil {
				return storage.Outcome{}, err
			}
			condition := map[string]any{
				"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
				"message": "Eviction API: evicting", "lastProbeTime": nil,
				"lastTransitionTime": api.Timestamp(),
			}
			conditions := append([]any{condition}, object.List(pod, "status", "conditions")...)
			return storage.Outcome{
				Object: object.With(pod, conditions, "status", "conditions"),
			}, nil
		})
	return err
}
