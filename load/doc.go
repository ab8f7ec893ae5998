// Package load runs many calls of the library at once, and mixed work for a long time, over kxtest
// in a process of its own or over the cluster that $KUBECONFIG names.
//
//	go test ./load                  # few calls and two seconds of mixed work
//	make load                       # 200 execs, 100 debug containers, 50 forwards, 1,000 watches
//	KUBECONFIG=… make e2e-load      # the same over a real cluster
//	make soak                       # mixed work for 30 minutes
//
// The tests assert that each result is right and that no goroutine and no descriptor is left. They
// print times and memory, and assert no time.
package load
