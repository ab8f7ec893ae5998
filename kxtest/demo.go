package kxtest

import "github.com/kx-k8s/kx/kxtest/internal/apiserver"

// WithDemo stores what the cluster of kx's end-to-end tests has: in namespace default the pods distroless (container app,
// no shell in it) and shell (containers main and echo), and the users kx-editor, kx-viewer and
// kx-nobody, for [Server.ConfigOf], who may do everything in default, read there (logs too, but neither exec nor attach), and nothing.
func WithDemo() Option {
	return func(s *settings) error {
		s.demo = true
		return nil
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
	s.users.Add("editor-token", &apiserver.User{Name: "kx-editor", Uid: "kx-editor",
		Groups: []string{apiserver.AuthenticatedGroup}, Rules: serverRules([]Rule{everything})})
	read := Allow("get,list,watch", "pods", "pods/log", "pods/status", "pods/ephemeralcontainers", "events",
		"configmaps", "deployments").In("default")
	s.users.Add("viewer-token", &apiserver.User{Name: "kx-viewer", Uid: "kx-viewer",
		Groups: []string{apiserver.AuthenticatedGroup}, Rules: serverRules([]Rule{read})})
	s.users.Add("nobody-token", &apiserver.User{Name: "kx-nobody", Uid: "kx-nobody",
		Groups: []string{apiserver.AuthenticatedGroup}})
	return nil
}
