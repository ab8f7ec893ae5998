// Command modelgen writes the JSON methods of a package's models.
//
// A model is a struct that ends with this field, which keeps the members that the struct does not
// name:
//
//	Unknown jsontext.Value `json:",embed"`
//
// Each model gets four methods:
//
//   - MarshalJSON and UnmarshalJSON, with which a caller's encoding/json keeps the unknown
//     members in their place.
//   - MarshalJSONTo and UnmarshalJSONFrom, without which each level would scan its members again.
//
// Usage:
//
//	go run github.com/kx-k8s/kx/internal/modelgen DIR...
//
// modelgen reads the package in each DIR and writes models_json.go there.
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
