// Package conformance describes an API server as behaviours, each named by a sentence. Its tests
// run them against kxtest, and with -e2e against the cluster that $KUBECONFIG names. Each behaviour
// uses kx as a program or a person does and compares the server's own words. So kxtest cannot
// differ from Kubernetes where a test of kx depends on it.
//
//	go test ./conformance                                        # kxtest
//	KUBECONFIG=… go test -timeout 30m ./conformance -args -e2e   # a real cluster
//
// A run creates a namespace and deletes it at the end. With -e2e it fails unless every behaviour
// ran. The cluster must be version 1.35, with one Linux node and a user who may do everything. The
// node must have the image kx.local/busybox:1, with a shell, sleep and true.
package conformance
