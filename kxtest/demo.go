package kxtest

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
	s.users.add("editor-token", &user{name: "kx-editor", uid: "kx-editor", groups: []string{authenticatedGroup}, rules: serverRules([]Rule{everything})})
	read := Allow("get,list,watch", "pods", "pods/log", "pods/status", "pods/ephemeralcontainers", "events", "configmaps", "deployments").In("default")
	s.users.add("viewer-token", &user{name: "kx-viewer", uid: "kx-viewer", groups: []string{authenticatedGroup}, rules: serverRules([]Rule{read})})
	s.users.add("nobody-token", &user{name: "kx-nobody", uid: "kx-nobody", groups: []string{authenticatedGroup}})
	return nil
}
