package imagearchive_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/kx-k8s/kx/imagearchive"
)

func ExamplePack() {
	archive, err := os.Create("tools.tar")
	if err != nil {
		log.Fatal(err)
	}
	image, err := imagearchive.Pack(context.Background(), archive, imagearchive.PackOptions{
		Name: "kx.local/tools:1", Busybox: "busybox", Paths: []string{"bin/kx"},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(image.Name, image.Architecture)
}
