package kxtest

import (
	"crypto/rand"
	"fmt"
	"runtime"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// seed stores what is there from the start.
func (s *Server) seed() error {
	s.users.add(rand.Text(), &user{name: adminName, uid: adminName, groups: []string{mastersGroup, authenticatedGroup}})
	for _, name := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		if _, err := s.Create(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}); err != nil {
			return err
		}
	}
	if _, err := s.Create(s.node.object(s.settings.version)); err != nil {
		return err
	}
	if s.settings.demo {
		return s.demo()
	}
	return nil
}

// object is the node as it reports itself.
func (n *node) object(v version) map[string]any {
	held := map[string]any{}
	for name, amount := range capacity {
		held[name] = amount
	}
	now := timestamp()
	conditions := []any{}
	for _, c := range [][4]string{
		{"MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"},
		{"DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
		{"PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"},
		{"Ready", "True", "KubeletReady", "kubelet is posting ready status"},
	} {
		conditions = append(conditions, map[string]any{"type": c[0], "status": c[1], "reason": c[2], "message": c[3], "lastHeartbeatTime": now, "lastTransitionTime": now})
	}
	return map[string]any{
		"apiVersion": "v1", "kind": "Node",
		"metadata": map[string]any{"name": nodeName, "labels": map[string]any{
			"kubernetes.io/hostname": nodeName, "kubernetes.io/os": "linux", "kubernetes.io/arch": runtime.GOARCH,
			"beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": runtime.GOARCH,
		}},
		"spec": map[string]any{},
		"status": map[string]any{
			"capacity": held, "allocatable": held, "conditions": conditions, "images": n.images.list(),
			"addresses": []any{map[string]any{"type": "InternalIP", "address": "127.0.0.1"}, map[string]any{"type": "Hostname", "address": nodeName}},
			"nodeInfo": map[string]any{"machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "6.1.0", "osImage": "Debian GNU/Linux 12 (bookworm)",
				"containerRuntimeVersion": "containerd://1.6.20", "kubeletVersion": v.String(), "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": runtime.GOARCH},
			"daemonEndpoints": map[string]any{"kubeletEndpoint": map[string]any{"Port": int64(10250)}},
		},
	}
}

// The pods of [WithDemo].
const (
	demoDistroless = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "distroless", "namespace": "default", "labels": {"app": "distroless"}},
		"spec": {"nodeName": "kx-node", "terminationGracePeriodSeconds": 1,
			"containers": [{"name": "app", "image": "kx.local/distroless:1", "imagePullPolicy": "Never"}]}}`
	demoShell = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell", "namespace": "default", "labels": {"app": "shell"}},
		"spec": {"nodeName": "kx-node", "terminationGracePeriodSeconds": 1, "containers": [
			{"name": "main", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["sh", "-c", "while true; do date; sleep 1; done"]},
			{"name": "echo", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "stdin": true, "command": ["sh", "-c", "while read -r line; do echo \"echo: $line\"; done"]}]}}`
)

func (s *Server) demo() error {
	for _, pod := range []string{demoDistroless, demoShell} {
		if _, err := s.Create(pod); err != nil {
			return err
		}
	}
	everything := Allow("*", "*.", "*./*", "*.apps", "*.apps/*").In("default")
	s.users.add("editor-token", &user{name: "kx-editor", uid: "kx-editor", groups: []string{authenticatedGroup}, rules: []Rule{everything}})
	read := Allow("get,list,watch", "pods", "pods/log", "pods/status", "pods/ephemeralcontainers", "events", "configmaps", "deployments").In("default")
	s.users.add("viewer-token", &user{name: "kx-viewer", uid: "kx-viewer", groups: []string{authenticatedGroup}, rules: []Rule{read}})
	s.users.add("nobody-token", &user{name: "kx-nobody", uid: "kx-nobody", groups: []string{authenticatedGroup}})
	return nil
}

// Create stores an object, past users and faults, but with all of the API server's defaults and checks, and
// returns it as it is stored. The object is JSON (a string or []byte) or any value that
// encodes to it with github.com/go-json-experiment/json, with its apiVersion, kind and name; its status is taken too. A missing namespace is "default".
// An object that is there already is an error.
func (s *Server) Create(value any) ([]byte, error) {
	var data []byte
	switch value := value.(type) {
	case string:
		data = []byte(value)
	case []byte:
		data = value
	default:
		var err error
		if data, err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	given, err := object.Decode(data)
	if err != nil {
		return nil, err
	}
	k := kindNamed(text(given, "apiVersion"), text(given, "kind"))
	if k == nil {
		return nil, fmt.Errorf("kxtest has no kind %q of %q", text(given, "kind"), text(given, "apiVersion"))
	}
	namespace := ""
	if k.namespaced {
		namespace = text(given, "metadata", "namespace")
		if namespace == "" {
			namespace = "default"
		}
	}
	engine := &object.Write{APIVersion: k.apiVersion(), Kind: k.name, Resource: k.resource, Namespace: namespace, Manager: "kxtest", FieldValidation: "Strict", Time: timestamp()}
	made, err := engine.Create(data)
	if err != nil {
		return nil, err
	}
	status := given["status"]
	if status != nil {
		made = with(made, status, "status")
	}
	created, err := s.insert(k, namespace, made, false)
	if err != nil {
		return nil, err
	}
	return typed(k.apiVersion(), k.name, created.body()), nil
}

// Object returns a stored object as JSON, past users and faults; nil when it is not there. resource is "pods" or
// "deployments.apps"; namespace is "" for what has none.
func (s *Server) Object(resource, namespace, name string) []byte {
	for _, k := range kinds {
		if k.qualified() == resource {
			e := s.store.get(k, namespace, name)
			if e != nil {
				return typed(k.apiVersion(), k.name, e.body())
			}
		}
	}
	return nil
}

// Pod returns a stored pod as JSON; nil when it is not there.
func (s *Server) Pod(namespace, name string) []byte { return s.Object("pods", namespace, name) }
