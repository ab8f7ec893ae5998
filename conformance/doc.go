// Package conformance holds what an API server does, as behaviours that a server shows or does not: its tests run them against kxtest, and with -e2e against the cluster
// that $KUBECONFIG names. Each goes through kx as a program or a person uses it, and says with the server's own words what comes out, so that kxtest cannot differ from
// Kubernetes in what a test of kx rests on.
//
//	go test ./conformance                                        # kxtest
//	KUBECONFIG=… go test -timeout 30m ./conformance -args -e2e   # a real cluster
//
// A run makes a namespace of its own and deletes it at the end. With -e2e it fails unless every behaviour ran.
// The cluster must let its user do everything, be of version 1.35, have one Linux node, and have on it the image kx.local/busybox:1, with a shell, sleep and true.
package conformance
