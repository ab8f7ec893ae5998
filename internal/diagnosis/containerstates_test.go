package diagnosis_test

import (
	"time"

	"github.com/kx-k8s/kx/internal/diagnosis"
	"github.com/kx-k8s/kx/resources"
)

// changedContainers are the states of containers.
var changedContainers = []changedPod{
	{"a private image", "pull-404", pulling(`pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`), []string{
		"Pull: The registry refuses localhost:5055/none/app:1: it is private, or does not exist. Pull secrets of the pod: none.",
		"kx get serviceaccount default -o yaml",
		"kx get secrets",
	}},
	{"a limit of pulls", "pull-404", pulling(`429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit`), []string{
		"Pull: The registry of localhost:5055/none/app:1 limits the number of pulls. Wait, or use a pull secret or a mirror.",
		"kx get serviceaccount default -o yaml",
	}},
	{"another architecture", "pull-404", pulling(`no match for platform in manifest: not found`), []string{
		"Pull: The image localhost:5055/none/app:1 is not built for the architecture of node kx-node.",
		"kx get nodes -o custom-columns=NODE:.metadata.name,ARCH:.status.nodeInfo.architecture",
	}},
	{"a registry without a route", "pull-404", pulling(`dial tcp 192.0.2.1:443: connect: no route to host`), []string{
		"Pull: Node kx-node cannot reach the registry of localhost:5055/none/app:1. Check its address, the proxy and the firewall.",
		"kx patch pod pull-404 -p {\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}",
		"kx debug node/kx-node -it",
	}},
	{"a pull that fails", "pull-404", pulling(`unexpected EOF`), []string{
		"Pull: Node kx-node cannot pull localhost:5055/none/app:1.",
		"kx events pull-404",
		"kx patch pod pull-404 -p {\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}",
	}},
	{"the cause of a pull in an event", "pull-404", func(r *recording) {
		pulling(`Back-off pulling image "a"`)(r)
		withEvent("Failed", `Failed to pull image "a": x509: certificate has expired`)(r)
		r.Events[0].InvolvedObject.FieldPath = "spec.containers{app}"
	}, []string{
		"Pull: Node kx-node does not trust the TLS certificate of the registry of localhost:5055/none/app:1. The node's runtime needs its CA.",
		"kx debug node/kx-node -it",
	}},
	{"an image of a Deployment", "pull-404", ownedBy("ReplicaSet", "web-7d9c"), []string{
		"Pull: The registry has no image localhost:5055/none/app:1. Check the name and the tag.",
		"kx patch deployment/web -p {\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}}}",
	}},
	{"an image of a debug container", "pull-404", func(r *recording) {
		spec, status := &r.pod.Spec, &r.pod.Status
		spec.EphemeralContainers, spec.Containers = spec.Containers, nil
		status.EphemeralContainers, status.Containers = status.Containers, nil
	}, []string{
		"Pull: The registry has no image localhost:5055/none/app:1. Check the name and the tag.",
		"kx debug pull-404 -it --image IMAGE",
	}},
	{"an image of an init container", "pull-404", func(r *recording) {
		spec, status := &r.pod.Spec, &r.pod.Status
		spec.InitContainers, spec.Containers = spec.Containers, nil
		status.InitContainers, status.Containers = status.Containers, nil
	}, []string{
		"Pull: The registry has no image localhost:5055/none/app:1. Check the name and the tag.",
		`kx patch pod pull-404 -p {"spec":{"initContainers":[{"name":"app","image":"IMAGE"}]}}`,
	}},
	{"an image of a Job", "pull-404", ownedBy("Job", "backup"), []string{
		"Pull: The registry has no image localhost:5055/none/app:1. Check the name and the tag.",
		"kx get job/backup -o yaml",
	}},

	{"an image without a command", "seccomp", waiting("CreateContainerError", "failed to generate container spec: no command specified"), []string{
		"CreateContainerError: Neither the image kx.local/busybox:1 nor container app has a command. Set one.",
		"kx get pod seccomp -o yaml",
	}},
	{"a slow runtime", "seccomp", waiting("CreateContainerError", "context deadline exceeded"), []string{
		"CreateContainerError: The runtime of node kx-node is slow or stuck: it has not created container app in time.",
		"kx events node/kx-node",
		"kx get nodes",
	}},
	{"a container that cannot be created", "seccomp", waiting("CreateContainerError", "no such device"), []string{
		"CreateContainerError: The runtime cannot create container app: no such device.",
		"kx events seccomp",
		"kx get pod seccomp -o yaml",
	}},
	{"a program that is not there, with CRI-O", "seccomp", waiting("CreateContainerError", "container create failed: executable file `/app` not found in $PATH: No such file or directory"), []string{
		"StartError: Container app does not start: its image has no program /app. Check the command and the image.",
		"kx get pod seccomp -o yaml",
	}},
	{"another configuration error", "cm-missing", waiting("CreateContainerConfigError", "failed to sync configmap cache: timed out waiting for the condition"), []string{
		"CreateContainerConfigError: The configuration of container app is not valid: failed to sync configmap cache: timed out waiting for the condition.",
		"kx get pod cm-missing -o yaml",
	}},
	{"a limit below what the runtime needs", "oom", waiting("RunContainerError", "container init was OOM-killed (memory limit too low?)"), []string{
		"StartError: The memory limit of container app is too low even for its start: 20Mi.",
		"kx get pod oom -o yaml",
	}},

	{"a node without memory", "crash137", exited("OOMKilled", 137), []string{
		"OOMKilled: Container app was killed, because its node ran out of memory. It has no memory limit: set one.",
		"kx logs crash137 -c app -p",
		"kx get pod crash137 -o yaml",
	}},
	{"an abort", "crash1", exited("Error", 134), []string{
		"Exit: Container app ended with code 134 (SIGABRT): its program aborted, often after a failed assertion.",
		"kx logs crash1 -c app -p",
		"kx debug crash1 --copy-to crash1-debug -c app -it -- sh",
	}},
	{"a signal of no row", "crash1", exited("Error", 141), []string{
		"Exit: Container app ended with code 141 (SIGPIPE). The log usually says why.",
		"kx logs crash1 -c app -p",
		"kx debug crash1 --copy-to crash1-debug -c app -it -- sh",
	}},
	{"a container that the node has lost", "crash1", exited("ContainerStatusUnknown", 255), []string{
		"ContainerStatusUnknown: Node kx-node has lost container app: how it ended is not known. The node may have been restarted.",
		"kx events node/kx-node",
		"kx logs crash1 -c app -p",
	}},
	{"a container that runs again", "crash1", func(r *recording) {
		s := &r.pod.Status.Containers[0]
		s.State, s.Ready = resources.ContainerState{Running: &resources.ContainerStateRunning{StartedAt: resources.NewTime(r.Now)}}, true
	}, []string{
		"Restarted: Container app runs again after 8 restarts. Its last run ended with code 1.",
		"kx logs crash1 -c app -p",
	}},
	{"a readiness gate after a restart", "gate", func(r *recording) {
		status := &r.pod.Status.Containers[0]
		status.RestartCount, status.LastState = 1, resources.ContainerState{Terminated: new(resources.ContainerStateTerminated)}
	}, []string{
		"Restarted: Container app runs again after 1 restart. Its last run ended with code 0.",
		"kx logs gate -c app -p",
		"ReadinessGate: All containers are ready, but a readiness gate of the pod is not: corresponding condition of pod readiness gate \"example.com/lb\" does not exist.",
		"kx get pod gate -o yaml",
	}},
	{"a liveness probe that fails now", "healthy", func(r *recording) {
		r.pod.Spec.Containers[0].LivenessProbe = &diagnosis.Probe{Period: 10, Timeout: 1, Failures: 3}
		withEvent("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503")(r)
		r.Events[0].InvolvedObject.FieldPath = "spec.containers{app}"
	}, []string{
		"LivenessProbe: The kubelet restarts container app, because its liveness probe fails (unknown check). The program answers with status 503.",
		"kx logs healthy -c app",
		"kx debug healthy -it --target app",
	}},
	{"a liveness probe that failed an hour ago", "healthy", func(r *recording) {
		r.pod.Spec.Containers[0].LivenessProbe = &diagnosis.Probe{Period: 10, Timeout: 1, Failures: 3}
		withEvent("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503")(r)
		r.Events[0].InvolvedObject.FieldPath, r.Events[0].LastTimestamp = "spec.containers{app}", resources.NewTime(r.Now.Add(-time.Hour))
	}, []string{
		"Ready: Nothing is wrong that kx can see: all containers are ready.",
		"kx logs healthy --all-containers",
		"kx debug healthy -it",
	}},
	{"a readiness probe without an answer", "probe-ready", func(r *recording) {
		withEvent("Unhealthy", `Readiness probe failed: Get "http:/`+
			`/10.0.0.1:8080/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`)(r)
		r.Events[0].InvolvedObject.FieldPath = "spec.containers{app}"
	}, []string{
		"ReadinessProbe: Container app runs, but its readiness probe fails (GET http:/" +
			"/:8080/ready). Services send it no requests. There was no answer within 1 seconds.",
		"kx debug probe-ready -it --target app",
		"kx logs probe-ready -c app",
	}},
	{"a startup probe that has not passed", "probe-ready", func(r *recording) {
		c := &r.pod.Spec.Containers[0]
		c.StartupProbe, r.pod.Status.Containers[0].Started, r.Events = c.ReadinessProbe, false, nil
	}, []string{
		"StartupProbe: Container app does not pass its startup probe (GET http:/" +
			"/:8080/ready). After 3 failures in a row the kubelet restarts it. The events do not say why.",
		"kx logs probe-ready -c app",
		"kx debug probe-ready -it --target app",
	}},
	{"a container that is not ready yet", "probe-ready", func(r *recording) { r.pod.Spec.Containers[0].ReadinessProbe = nil }, []string{
		"NotReady: Container app runs, and the kubelet has not reported it as ready yet.",
		"kx events probe-ready -w",
	}},
}
