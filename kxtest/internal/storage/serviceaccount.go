package storage

import (
	"math/rand/v2"
	"slices"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// tokenPath is the folder of the service account's token in a container.
const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"

// withToken mounts the service account's token into each container of a new pod, as the admission
// plugin ServiceAccount does.
func withToken(pod map[string]any) map[string]any {
	if object.At(pod, "spec", "automountServiceAccountToken") == false {
		return pod
	}
	name := "kube-api-access-" + suffix()
	mounted := false
	for _, field := range []string{"initContainers", "containers"} {
		containers := slices.Clone(object.List(pod, "spec", field))
		for i, container := range containers {
			mounts := object.List(container, "volumeMounts")
			if slices.ContainsFunc(mounts,
				func(mount any) bool { return object.Text(mount, "mountPath") == tokenPath }) {
				continue
			}
			mounted = true
			mount := map[string]any{"name": name, "readOnly": true, "mountPath": tokenPath}
			containers[i] = object.With(container.(map[string]any), append(slices.Clone(mounts),
				mount), "volumeMounts")
		}
		if len(containers) > 0 {
			pod = object.With(pod, containers, "spec", field)
		}
	}
	if !mounted {
		return pod
	}
	volume := map[string]any{"name": name, "projected": map[string]any{"defaultMode": int64(420),
		"sources": []any{
			map[string]any{"serviceAccountToken": map[string]any{"expirationSeconds": int64(3607),
				"path": "token"}},
			map[string]any{"configMap": map[string]any{"name": "kube-root-ca.crt",
				"items": []any{map[string]any{"key": "ca.crt", "path": "ca.crt"}}}},
			map[string]any{"downwardAPI": map[string]any{"items": []any{map[string]any{
				"path": "namespace", "fieldRef": map[string]any{"apiVersion": "v1",
					"fieldPath": "metadata.namespace"}}}}},
		}}}
	return object.With(pod, append(slices.Clone(object.List(pod, "spec", "volumes")), volume),
		"spec", "volumes")
}

// suffix returns a random suffix, as the API server appends to generated names.
func suffix() string {
	const alphabet = "bcdfghjklmnpqrstvwxz2456789"
	var b [5]byte
	for i := range b {
		b[i] = alphabet[rand.IntN(len(alphabet))]
	}
	return string(b[:])
}
