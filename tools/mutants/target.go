package main

// A target is a package whose code is mutated. Its tests judge the mutants of all targets.
type target struct {
	path   string   // below the module's root
	passed []string // patterns of files that are not mutated
}

// deciding is the code that decides whether to retry, write, wait or give up. Models and their
// generated code are left out: they only hold values.
var deciding = []target{
	{path: "auth"},
	{path: "kubeconfig"},
	{path: "patch"},
	{path: "transport", passed: []string{"log.go", "observer.go"}},
	{path: "transport/internal/credential"},
	{path: "transport/internal/proxy"},
	{path: "transport/internal/websocket"},
	{path: "resources", passed: []string{
		// models
		"builtin.go", "condition.go", "container.go", "env.go", "kind.go", "metadata.go", "pod.go",
		"podoutline.go", "podstatus.go", "nodestatus.go", "volume.go",
	}},
	{path: "subresource"},
	{path: "podcopy"},
	{path: "imagearchive"},
	{path: "debug"},
	{path: "debug/internal/attach"},
	{path: "debug/internal/target"},
}
