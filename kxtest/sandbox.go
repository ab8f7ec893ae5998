package kxtest

import (
	"fmt"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// WithSandbox stores what the command kx-sandbox serves: the pods and users of [WithDemo], and in
// the namespace default the deployment web. Its two pods have the label app=web and the container
// app, which answers HTTP on the port http. No controller replaces a pod that is deleted.
func WithSandbox() Option {
	return func(s *settings) error {
		s.demo, s.sandbox = true, true
		return nil
	}
}

// The objects of [WithSandbox], as JSON. The replica set names its deployment, and a pod its name
// and its replica set.
const (
	sandboxDeployment = `{"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": {"name": "web", "labels": {"app": "web"}},
		"spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
			"template": {"metadata": {"labels": {"app": "web"}}, "spec": ` + sandboxPodSpec + `}},
		"status": {"observedGeneration": 1, ` + sandboxReplicas + `, "updatedReplicas": 2,
			"conditions": [{"type": "Available", "status": "True",
				"reason": "MinimumReplicasAvailable",
				"message": "Deployment has minimum availability."}]}}`
	sandboxReplicaSet = `{"apiVersion": "apps/v1", "kind": "ReplicaSet",
		"metadata": {"name": "web-6d4cf56db6", ` + sandboxLabels + `, "ownerReferences": [%s]},
		"spec": {"replicas": 2,
			"selector": {"matchLabels": {"app": "web", "pod-template-hash": "6d4cf56db6"}},
			"template": {"metadata": {` + sandboxLabels + `}, "spec": ` + sandboxPodSpec + `}},
		"status": {"observedGeneration": 1, ` + sandboxReplicas + `, "fullyLabeledReplicas": 2}}`
	sandboxPod = `{"apiVersion": "v1", "kind": "Pod",
		"metadata": {"name": "%s", ` + sandboxLabels + `, "ownerReferences": [%s]},
		"spec": ` + sandboxPodSpec + `}`
	sandboxReplicas = `"replicas": 2, "readyReplicas": 2, "availableReplicas": 2`
	sandboxLabels   = `"labels": {"app": "web", "pod-template-hash": "6d4cf56db6"}`
	sandboxPodSpec  = `{"terminationGracePeriodSeconds": 1, "containers": [
		{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never",
			"ports": [{"name": "http", "containerPort": 8080}],
			"command": ["sh", "-c", "` + sandboxProgram + `"]}]}`
	// sandboxProgram prints the first line of each request, and sends the name of the pod.
	sandboxProgram = `echo 'listening on port 8080'; ` +
		`exec nc -ll -p 8080 -e sh -c 'read -r line; echo \"$line\" >&2; ` +
		`printf \"HTTP/1.0 200 OK\\r\\n\\r\\n$HOSTNAME\\n\"'`
)

// sandbox stores the deployment web, its replica set and its pods.
func (s *Server) sandbox() error {
	owner, err := s.createOwner(sandboxDeployment)
	if err != nil {
		return err
	}
	owner, err = s.createOwner(fmt.Sprintf(sandboxReplicaSet, owner))
	if err != nil {
		return err
	}
	for _, name := range []string{"web-6d4cf56db6-9kqzr", "web-6d4cf56db6-x2k4j"} {
		if _, err := s.Create(fmt.Sprintf(sandboxPod, name, owner)); err != nil {
			return err
		}
	}
	return nil
}

// createOwner stores an object, and returns a reference to it as JSON.
func (s *Server) createOwner(value string) (string, error) {
	data, err := s.Create(value)
	if err != nil {
		return "", err
	}
	stored, err := object.Decode(data)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`{"apiVersion": %q, "kind": %q, "name": %q, "uid": %q, "controller": true,
		"blockOwnerDeletion": true}`,
		object.Text(stored, "apiVersion"), object.Text(stored, "kind"),
		object.Text(stored, "metadata", "name"), object.Text(stored, "metadata", "uid")), nil
}
