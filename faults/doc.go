// Package faults is a matrix: each verb of the command and each call of the library, with each
// fault of a server or proxy, at each stage of each request. Its tests run the cells through
// internal/faultproxy, over kxtest or over the cluster that $KUBECONFIG names.
//
//	go test ./faults                        # a sample, the same in each run
//	make faults                             # all cells
//	KUBECONFIG=… make e2e-faults            # all cells, over a real cluster
//	go test ./faults -v -args -all -only 'create.*reset'
//
// A cell is right if what it did cannot be told from a run without the fault. It is right as well
// if it ended with a typed error within its limit, sent no write twice, said of a write whether
// that may have happened, and showed no secret. verdict_test.go has the rules, and
// leftout_test.go the cells that are left out, each with its reason.
package faults
