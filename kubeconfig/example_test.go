package kubeconfig_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kx-k8s/kx/kubeconfig"
)

// exampleFile writes a kubeconfig for an example and returns its path.
func exampleFile() string {
	dir, err := os.MkdirTemp("", "kubeconfig")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "config")
	err = os.WriteFile(path, []byte(`
apiVersion: v1
kind: Config
current-context: dev
contexts:
- {name: dev, context: {cluster: lab, user: jane, namespace: web}}
- {name: prod, context: {cluster: main, user: jane}}
clusters:
- {name: lab, cluster: {server: "https://lab.example:6443"}}
- {name: main, cluster: {server: "https://main.example:6443"}}
users:
- {name: jane, user: {token: abcdef}}
`), 0o600)
	if err != nil {
		panic(err)
	}
	return path
}

func ExampleLoad() {
	path := exampleFile()
	defer os.RemoveAll(filepath.Dir(path))

	// Options{} follows $KUBECONFIG and ~/.kube/config.
	cfg, err := kubeconfig.Load(kubeconfig.Options{Path: path, Context: "prod"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Server, cfg.Namespace)

	_, err = kubeconfig.Load(kubeconfig.Options{Path: path, Context: "test"})
	var missing *kubeconfig.NotFoundError
	if errors.As(err, &missing) {
		fmt.Println("no", missing.Kind, missing.Name, "but", missing.Known)
	}
	// Output:
	// https://main.example:6443 default
	// no context test but [dev prod]
}

func ExampleOverrides() {
	path := exampleFile()
	defer os.RemoveAll(filepath.Dir(path))

	// Like kubectl --kubeconfig=… --server=… --as=…: the file's user, another server, and an
	// impersonated user.
	cfg, err := kubeconfig.Load(kubeconfig.Options{Path: path, Override: kubeconfig.Overrides{
		Server:      "https://127.0.0.1:8443",
		Impersonate: kubeconfig.Impersonate{User: "joe"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Server, cfg.Source.User, cfg.Impersonate.User, cfg.Namespace)
	// Output:
	// https://127.0.0.1:8443 jane joe web
}

func ExampleInCluster() {
	cfg, err := kubeconfig.InCluster()
	if errors.Is(err, kubeconfig.ErrNotInCluster) {
		fmt.Println("run this in a pod")
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Server, cfg.Namespace)
}

func ExampleConfig_String() {
	cfg := &kubeconfig.Config{Server: "https://10.0.0.1:6443", BearerToken: "abcdef"}
	fmt.Printf("%+v\n", cfg)
	// Output:
	// Config{Server: "https://10.0.0.1:6443", BearerToken: REDACTED}
}

func ExampleRead() {
	path := exampleFile()
	defer os.RemoveAll(filepath.Dir(path))

	files, err := kubeconfig.Read(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range files.Contexts {
		fmt.Println(c.Name, c.Cluster, c.User, c.Name == files.CurrentContext)
	}
	// Output:
	// dev lab jane true
	// prod main jane false
}

func ExampleFiles_UseContext() {
	path := exampleFile()
	defer os.RemoveAll(filepath.Dir(path))

	files, err := kubeconfig.Read(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := files.UseContext("prod"); err != nil {
		fmt.Println(err)
		return
	}
	cfg, err := kubeconfig.Load(kubeconfig.Options{Path: path})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Source.Context)
	// Output:
	// prod
}
