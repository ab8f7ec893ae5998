package kubelet

import (
	"runtime"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// Object returns the Node, as the kubelet registers it.
func (n *Node) Object(version string) map[string]any {
	held := map[string]any{}
	for name, amount := range capacity {
		held[name] = amount
	}
	now := api.Timestamp()
	conditions := []any{}
	for _, c := range [][4]string{
		{"MemoryPressure", "False", "KubeletHasSufficientMemory",
			"kubelet has sufficient memory available"},
		{"DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
		{"PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"},
		{"Ready", "True", "KubeletReady", "kubelet is posting ready status"},
	} {
		conditions = append(conditions, map[string]any{
			"type":               c[0],
			"status":             c[1],
			"reason":             c[2],
			"message":            c[3],
			"lastHeartbeatTime":  now,
			"lastTransitionTime": now,
		})
	}
	return map[string]any{
		"apiVersion": "v1",
		"kind":       "Node",
		"metadata": map[string]any{"name": NodeName, "labels": map[string]any{
			"kubernetes.io/hostname":  NodeName,
			"kubernetes.io/os":        "linux",
			"kubernetes.io/arch":      runtime.GOARCH,
			"beta.kubernetes.io/os":   "linux",
			"beta.kubernetes.io/arch": runtime.GOARCH,
		}},
		"spec": map[string]any{},
		"status": map[string]any{
			"capacity":    held,
			"allocatable": held,
			"conditions":  conditions,
			"images":      n.images.list(),
			"addresses": []any{map[string]any{"type": "InternalIP", "address": "127.0.0.1"},
				map[string]any{"type": "Hostname", "address": NodeName}},
			"nodeInfo": map[string]any{
				"machineID":               "",
				"systemUUID":              "",
				"bootID":                  "",
				"kernelVersion":           "6.1.0",
				"osImage":                 "Debian GNU/Linux 12 (bookworm)",
				"containerRuntimeVersion": "containerd://1.6.20",
				"kubeletVersion":          version,
				"kubeProxyVersion":        "",
				"operatingSystem":         "linux",
				"architecture":            runtime.GOARCH,
			},
			"daemonEndpoints": map[string]any{
				"kubeletEndpoint": map[string]any{"Port": int64(10250)},
			},
		},
	}
}
