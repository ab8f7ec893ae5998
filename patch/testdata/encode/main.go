// Encode makes patches from Go values and sends none, as a small program would.
package main

import (
	"fmt"
	"os"

	"github.com/kx-k8s/kx/patch"
)

func main() {
	for _, p := range []patch.Patch{
		patch.Merge(map[string]any{"args": os.Args}),
		patch.Strategic(`{"metadata":{}}`),
		patch.Apply(map[string]any{"apiVersion": "v1", "kind": "Pod"}),
		patch.JSON().Add(patch.Pointer("args"), os.Args).Remove("/a").Replace("/b", 1).
			Move("/c", "/d").Copy("/e", "/f").Test("/g", nil),
	} {
		body, err := p.Encode()
		fmt.Println(p, p.Type().ContentType(), string(body), err)
	}
}
