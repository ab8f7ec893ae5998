// Dist makes a release of kx in a folder: an archive for each platform, packages for Debian and for
// RPM, a list of the parts of each archive (SPDX), a manifest for krew, and the checksums of all.
//
//	cd tools && go run ./dist -root .. -out /tmp/dist -platforms linux/amd64 -version v0.1.0
//
// It builds the commit that is checked out, in a clone, and passes over changes of the working
// tree. Two runs for one commit, with one version of Go, write the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.StringVar(&o.root, "root", "..", "folder of the repository")
	flag.StringVar(&o.out, "out", "dist", "folder of the release, which must be empty or absent")
	flag.StringVar(&o.platforms, "platforms", "linux/amd64",
		"platforms as OS/ARCH, separated by spaces")
	flag.StringVar(&o.version, "version", "",
		"version, such as v0.1.0; without it the tag of the commit, or else a version of it alone")
	flag.StringVar(&o.downloads, "url", "",
		"URL of the folder from which krew is to download the archives")
	flag.Parse()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}
