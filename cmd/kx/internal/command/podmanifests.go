package command

import (
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/resources"
)

// PodTargets returns the pods, workloads and nodes of files, and sets the connection's namespace to
// theirs. It leaves out all other objects: a file often holds the services and claims of a workload
// too.
func PodTargets(k *Invocation, files *FileFlags) (targets []PodTarget, err error) {
	all, err := k.manifests(files, "ignore")
	if err != nil {
		return nil, err
	}
	given := k.Connection.Namespace
	for i := range all {
		m := &all[i]
		kind, known := resources.Lookup(m.kindName)
		group, _, grouped := strings.Cut(m.apiVersion, "/")
		if !grouped {
			group = ""
		}
		isNode := kind.Resource == "nodes"
		if !known || kind.Group != group || !isNode && !HasPods(kind.String()) ||
			kind.Resource == "services" {
			continue
		}
		if m.Name == "" {
			return nil, m.Wrap(ErrNoName)
		}
		conflict := m.checkNamespace(given)
		switch {
		case isNode:
		case conflict != nil:
			return nil, conflict
		case given == "" && len(targets) > 0 && m.Namespace != k.Connection.Namespace:
			return nil, fmt.Errorf("%s: the object is for namespace %q, and the one before for %q"+
				": give files of one namespace", m.source, m.Namespace, k.Connection.Namespace)
		case given == "":
			k.Connection.Namespace = m.Namespace
		}
		targets = append(targets, PodTarget{kind.String(), m.Name})
	}
	if len(targets) == 0 {
		return nil, fmt.Errorf("%s: no pod, workload or node is in it",
			strings.Join(files.Names, ", "))
	}
	return targets, nil
}
