package kxtest

import "github.com/kx-k8s/kx/kxtest/internal/apiserver"

// WithDemo stores the pods and users that the cluster of kx's end-to-end tests has, all in the
// namespace default:
//
//   - the pod distroless, with the container app, which has no shell
//   - the pod shell, with the containers main and echo
//   - the user kx-editor, who may do everything in default
//   - the user kx-viewer, who may read there, logs included, but neither exec nor attach
//   - the user kx-nobody, who may do nothing
//
// [Server.ConfigOf] returns the users' configurations.
func WithDemo() Option {
	return func(s *settings) error {
		s.demo = true
		return nil
	}
}

// The pods of [WithDemo], as JSON.
const (
	demoDistroless = `{"apiVersion": "v1", "kind": "Pod",
		"metadata": {"name": "distroless", "namespace": "default", "labels": {"app": "distroless"}},
		"spec": {"nodeName": "kx-node", "terminationGracePeriodSeconds": 1,
			"containers": [
				{"name": "app", "image": "kx.local/distroless:1", "imagePullPolicy": "Never"}]}}`
	demoShell = `{"apiVersion": "v1", "kind": "Pod",
		"metadata": {"name": "shell", "namespace": "default", "labels": {"app": "shell"}},
		"spec": {"nodeName": "kx-node", "terminationGracePeriodSeconds": 1, "containers": [
			{"name": "main", "image": "kx.local/busybox:1", "imagePullPolicy": "Never",
				"command": ["sh", "-c", "while true; do date; sleep 1; done"]},
			{"name": "echo", "image": "kx.local/busybox:1", "imagePullPolicy": "Never",
				"stdin": true,
				"command": ["sh", "-c", "while read -r line; do echo \"echo: $line\"; done"]}]}}`
)

func (s *Server) demo() error {
	for _, pod := range []string{demoDistroless, demoShell} {
		if _, err := s.Create(pod); err != nil {
			return err
		}
	}
	everything := Allow("*", "*.", "*./*", "*.apps", "*.apps/*").In("default")
	s.users.Add("editor-token", &apiserver.User{
		Name:   "kx-editor",
		UID:    "kx-editor",
		Groups: []string{apiserver.AuthenticatedGroup},
		Rules:  serverRules([]Rule{everything}),
	})
	read := Allow("get,list,watch", "pods", "pods/log", "pods/status", "pods/ephemeralcontainers",
		"events",
		"configmaps", "deployments").In("default")
	s.users.Add("viewer-token", &apiserver.User{
		Name:   "kx-viewer",
		UID:    "kx-viewer",
		Groups: []string{apiserver.AuthenticatedGroup},
		Rules:  serverRules([]Rule{read}),
	})
	s.users.Add("nobody-token", &apiserver.User{
		Name:   "kx-nobody",
		UID:    "kx-nobody",
		Groups: []string{apiserver.AuthenticatedGroup},
	})
	return nil
}
