package replay_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/replay"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// printingTB stands for a *testing.T outside a test. It prints no folder, because its name varies.
type printingTB struct {
	folder  string
	cleanup []func()
}

func (*printingTB) Helper()            {}
func (t *printingTB) Cleanup(f func()) { t.cleanup = append(t.cleanup, f) }

func (t *printingTB) Errorf(format string, args ...any) {
	fmt.Println(strings.ReplaceAll(fmt.Sprintf(format, args...), t.folder+string(filepath.Separator), ""))
}

func (t *printingTB) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	os.Exit(1)
}

func Example_recordAndReplay() {
	folder, err := os.MkdirTemp("", "fixtures")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "read.http")
	read := func(client *transport.Client, namespace string) error {
		_, err := resources.New[resources.Namespace](client).Get(context.Background(), namespace)
		return err
	}

	// Once, against a real cluster. Here a server of package kxtest stands for it.
	server, err := kxtest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	recorder := replay.NewRecorder("a namespace is read", "v1.35.4")
	client, err := transport.New(server.Config(), recorder.Option(server.Config()))
	if err != nil {
		log.Fatal(err)
	}
	if err := read(client, "default"); err != nil {
		log.Fatal(err)
	}
	if err := recorder.WriteFile(file); err != nil {
		log.Fatal(err)
	}

	// From then on in each test, without a cluster.
	for _, namespace := range []string{"default", "other"} {
		t := &printingTB{folder: folder} // in a test: t *testing.T
		client, err := transport.New(replay.Serve(t, file).Config())
		if err != nil {
			log.Fatal(err)
		}
		err = read(client, namespace)
		fmt.Println("read", namespace, "failed:", err != nil)
		for _, f := range t.cleanup {
			f()
		}
	}
	// Output:
	// read default failed: false
	// kxtest: read.http: request 1 of 1 differs from the recorded one:
	// 	path: recorded `/api/v1/namespaces/default`, sent `/api/v1/namespaces/other`
	// read other failed: true
}
