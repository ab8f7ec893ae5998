//go:build race

package kubeconfig_test

// raceDetector says that the race detector watches the test.
const raceDetector = true
