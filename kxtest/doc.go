// Package kxtest is a Kubernetes API server for tests, inside the test's own
// process: real HTTPS on a loopback port, the answers and the very messages of
// Kubernetes 1.35, and a node that starts containers which are not there.
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
// deployments, replica sets and stateful sets can be created, read, listed,
// watched, replaced, patched in all four ways and deleted, with field
// validation, dry run, managed fields and optimistic locking; pods have the
// subresources status and ephemeralcontainers, with the rules of the API
// server, and workloads status and scale. Lists page over a consistent
// snapshot and come as Tables too. Users hold tokens and rules ([Server.User]),
// and may impersonate.
//
// A simulated scheduler and kubelet bring each pod to the node and run its
// containers, as far as a status shows: see [WithImage] for which images there
// are and what a command does. There are no other controllers: a Deployment is
// stored and makes no pods.
//
// # What tests need besides
//
// [Server.Fault] makes chosen requests fail, in the ways servers and networks
// do. [Server.Requests] is the journal of what came. [Server.Object] and
// [Server.Create] look at and change what is stored, past the API's users.
// [Server.Compact] ages all continue tokens and watch positions.
package kxtest
