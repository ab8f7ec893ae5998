// Site makes plain HTML of the pages of kx: README, docs/ and the pages that they lead to. It works
// from a file: URL, and has no script.
//
//	cd tools && go run ./site -root .. -out ../bin/site
//
// A link to another page leads to its HTML. A link to a file that is no page, such as a source,
// becomes its text: the site does not have that file. An image is copied.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", "..", "`FOLDER` of the repository")
	out := flag.String("out", "../bin/site", "`FOLDER` for the site")
	flag.Parse()
	count, err := build(*root, *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
	fmt.Printf("%d pages: %s\n", count, filepath.Join(*out, "index.html"))
}
