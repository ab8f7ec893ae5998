// Package forwardtest shows a test of a server that runs in a pod. The test reaches the server's
// port by a port-forward without a local port: an http.Client dials into the pod.
//
//	go test ./forwardtest                # the pod runs in kxtest, in the test's own process
//	go test ./forwardtest -args -e2e     # the pod runs on the cluster that $KUBECONFIG names
package forwardtest
