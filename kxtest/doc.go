// Package kxtest is a Kubernetes API server for tests of code that uses a cluster. It runs in the
// test's own process, starts in milliseconds, and can fail on demand.
//
//	func TestMyOperator(t *testing.T) {
//		srv := kxtest.Start(t, kxtest.WithDemo())
//		srv.Fault(kxtest.Fault{
//			Method: "PATCH",
//			Then:   kxtest.AnswerStatus(503, "ServiceUnavailable", "try again", time.Second),
//		})
//		client, err := transport.New(srv.Config()) // or any other client, with srv.Kubeconfig()
//		…
//	}
//
// The server listens with HTTPS on a loopback port. Its responses and messages are those of
// Kubernetes 1.35. It has one node, whose containers are small virtual machines in memory.
//
// Other clients work, too: kubectl, client-go's clients and informers, and controller-runtime.
// [Server.Config], [Server.Kubeconfig] and [Server.WriteKubeconfig] return their configuration.
// Request bodies may be JSON, YAML or protobuf; responses are JSON. /openapi/v3 has no
// descriptions. docs/kxtest.md lists what differs in kubectl, which is tested command by command.
//
// # Objects
//
// A new server has the namespaces default, kube-system, kube-public and kube-node-lease, and the
// node kx-node. [Server.Create] stores objects without a client. [WithDemo] adds two pods and three
// users, and [WithSandbox] those and a deployment with two pods.
//
//	Kinds         Pod, Namespace, Node, ConfigMap, Secret, ServiceAccount, Service,
//	              PersistentVolumeClaim, Endpoints, EndpointSlice, Event in both groups,
//	              Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob,
//	              PodDisruptionBudget, CustomResourceDefinition, custom resources
//	Verbs         create, get, list, watch, update, patch (all four kinds), delete,
//	              deletecollection
//	Writes        field validation, dry run, managed fields, optimistic locking
//	Subresources  status; scale of workloads with replicas;
//	              ephemeralcontainers, resize, eviction, exec, attach, log and portforward
//	              of pods; token of service accounts
//	Lists         pages of a consistent snapshot; Tables; metadata only
//	Admission     the Pod Security Standard of a namespace's labels (enforce and warn),
//	              except for objects from Server.Create
//
// Users have tokens or certificates, and rules ([Server.User]). They may impersonate others.
//
// A simulated scheduler and kubelet bind each pod to the node and run its containers. A pod whose
// nodeSelector the node's labels do not match stays Unschedulable. There are no other controllers:
// a Deployment creates no pods, a Service gets no endpoints, no claim is bound, and a test writes
// the status of a PodDisruptionBudget that an eviction obeys. Updates of the spec of a claim are
// not refused.
//
// # Containers
//
// A container is a machine in memory, with a file system, processes, a shell and the usual small
// commands. It runs no program of the host and touches none of its files. [WithImage] adds images,
// and [WithProgram] adds a function of the test as a command.
//
// A container has its command, arguments, working directory and user. Its environment may come from
// config maps, secrets and fields of the pod. Volumes of config maps and secrets are files. The
// containers of a pod share processes if the pod says so; an ephemeral container shares those of
// its target. Probes and hooks do not run.
//
// Exec and attach speak v5.channel.k8s.io and v4.channel.k8s.io over WebSockets
// ([WithStreamProtocols]). There is no SPDY. As on a real node, a client that does not read blocks
// the process, a command outlives its client, and attach reports no exit code. A container's log
// keeps the last MiB of its output.
//
// Port-forward speaks v4.channel.k8s.io. It reaches a program of the test ([Process.Listen]), or
// nc -ll -p PORT -e PROGRAM.
//
// # Control and inspection
//
//	Server.Fault      makes chosen requests and streams fail as servers and networks do
//	Server.Requests   the requests that the server has received
//	Server.Object     a stored object
//	Server.Compact    makes all continue tokens and resource versions expire
//	Server.Stop       ends all requests and refuses others, until Server.Restart
//
// Package replay records what a real server answers, and serves it to tests.
package kxtest
