// Command modelgen writes the JSON methods of a package's models.
//
// A model is a struct that ends with
//
//	Unknown jsontext.Value `json:",embed"`
//
// which keeps the members that the struct does not name. Each model gets
// MarshalJSON and UnmarshalJSON, so that a caller's own encoding/json neither
// loses those members nor prints them under a key of ours, and MarshalJSONTo and
// UnmarshalJSONFrom, without which each level would be scanned again by the level
// above it.
//
// Usage:
//
//	go run github.com/kx-k8s/kx/internal/modelgen DIR...
//
// It reads the package in each DIR and writes models_json.go there.
package main

import (
	"fmt"
	"os"
)

func main() {
	for _, dir := range os.Args[1:] {
		if err := write(dir); err != nil {
			fmt.Fprintln(os.Stderr, "modelgen:", err)
			os.Exit(1)
		}
	}
}
