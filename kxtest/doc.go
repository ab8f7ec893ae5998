// Package kxtest is a Kubernetes API server for tests, inside the test's own
// process: real HTTPS on a loopback port, the answers and the very messages of
// Kubernetes 1.35, and a node whose containers are small virtual machines.
//
//	srv := kxtest.Start(t)
//	client, err := transport.New(srv.Config())
//
// Starting one takes milliseconds. It holds the namespaces default,
// kube-system, kube-public and kube-node-lease, and the node kx-node; pods come
// with [Server.Create], or with [WithDemo] as on the cluster that kx's own
// end-to-end tests use. Any client that speaks JSON works against it:
// [Server.Config], [Server.Kubeconfig] and [Server.WriteKubeconfig] say where it
// is. (kubectl sends some of its writes as protobuf, and asks for an OpenAPI
// document before it applies: those are refused.)
//
// # What it does
//
// Pods, namespaces, nodes, events, config maps, secrets, service accounts,
// deployments, replica sets, stateful sets, daemon sets and jobs can be created,
// read, listed, watched, replaced, patched in all four ways and deleted, with field
// validation, dry run, managed fields and optimistic locking; pods have the
// subresources status and ephemeralcontainers, with the rules of the API
// server, workloads status, and those with replicas scale. Pods are held to the Pod Security
// Standard that their namespace's labels ask for (enforce and warn; those that
// [Server.Create] stores are not). Lists page over a consistent
// snapshot and come as Tables too. Users hold tokens and rules ([Server.User]),
// and may impersonate.
//
// A simulated scheduler and kubelet bring each pod to the node and run its
// containers. There are no other controllers: a Deployment is stored and makes
// no pods.
//
// # Containers
//
// A container is a machine in memory, with a file system, processes and a
// shell that has the usual small commands; no program of the host runs, and
// none of its files is touched. [WithImage] says what is in which image, and
// [WithProgram] adds a function of the test as a command. Containers get their
// command, arguments, environment (also from config maps, secrets and the
// pod's fields), working directory, user, and files of config map and secret
// volumes; a pod's containers share their processes when it says so, and an
// ephemeral container those of its target. Probes and hooks do not run.
//
// pods/exec and pods/attach speak v5.channel.k8s.io and v4.channel.k8s.io over
// WebSockets ([WithStreamProtocols]); there is no SPDY. As on a real node, a
// client that does not read holds the process up, a command outlives its
// client, and attach reports no exit code. pods/log has what a container
// wrote, of the last mebibyte.
//
// pods/portforward speaks v4.channel.k8s.io, and reaches what listens in the
// pod: a program of the test ([Process.Listen]), or nc -ll -p PORT -e PROGRAM.
//
// # What tests need besides
//
// [Server.Fault] makes chosen requests and streams fail, in the ways servers
// and networks do. [Server.Requests] is the journal of what came. [Server.Object] and
// [Server.Create] look at and change what is stored, past the API's users.
// [Server.Compact] ages all continue tokens and watch positions. [Recorder] and
// [Replay] keep what a real server said, streams included.
package kxtest
