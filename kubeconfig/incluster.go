package kubeconfig

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// serviceAccountDir is the mount of a pod's service account
// (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/).
const serviceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount"

// InCluster returns the configuration of the pod that the program runs in.
//
//   - KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT name the server.
//   - The credential is the service account's token file, which transport reads again as it
//     rotates.
//   - The certificate authority is the service account's.
//   - The namespace is $POD_NAMESPACE, else the service account's, else "default".
//
// The error wraps [ErrNotInCluster] outside a pod, and in a pod without a service account.
func InCluster() (*Config, error) {
	c, err := thisPod().config("")
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return c, nil
}

// pod is the environment of a program that runs in a pod.
type pod struct {
	host, port string
	namespace  string // $POD_NAMESPACE
	dir        string // the mount of the service account
}

func thisPod() pod {
	return pod{
		host:      os.Getenv("KUBERNETES_SERVICE_HOST"),
		port:      os.Getenv("KUBERNETES_SERVICE_PORT"),
		namespace: os.Getenv("POD_NAMESPACE"),
		dir:       serviceAccountDir,
	}
}

func (p pod) path(name string) string { return filepath.Join(p.dir, name) }

// missing returns why the program cannot use a pod's service account, or "".
func (p pod) missing() string {
	if p.host == "" {
		return "KUBERNETES_SERVICE_HOST is not set"
	}
	if p.port == "" {
		return "KUBERNETES_SERVICE_PORT is not set"
	}
	info, err := os.Stat(p.path("token"))
	switch {
	case err != nil:
		return err.Error()
	case info.IsDir():
		return p.path("token") + " is a directory"
	}
	return ""
}

// config resolves the service account. A requested namespace takes precedence.
func (p pod) config(namespace string) (*Config, error) {
	reason := p.missing()
	if reason != "" {
		return nil, fmt.Errorf("%w: %s", ErrNotInCluster, reason)
	}
	if port, err := strconv.ParseUint(p.port, 10, 16); err != nil || port == 0 {
		return nil, fmt.Errorf("KUBERNETES_SERVICE_PORT %q is not a port number", p.port)
	}
	c := &Config{
		Server:          "https://" + net.JoinHostPort(p.host, p.port),
		BearerTokenFile: p.path("token"),
	}
	if _, err := os.Stat(p.path("ca.crt")); err == nil {
		c.TLS.CAFile = p.path("ca.crt")
	} else {
		c.Warnings = append(c.Warnings, "the service account has no "+p.path("ca.crt")+
			", so the system's certificate authorities verify the server")
	}
	from := "the requested namespace"
	if namespace == "" {
		namespace, from = p.ownNamespace()
	}
	if err := checkNamespace(namespace, from); err != nil {
		return nil, err
	}
	c.Namespace = namespace
	return c, nil
}

// ownNamespace returns the pod's namespace and its source. POD_NAMESPACE takes
// precedence: the downward API can set it where no namespace file is mounted.
func (p pod) ownNamespace() (namespace, from string) {
	if p.namespace != "" {
		return p.namespace, "POD_NAMESPACE"
	}
	if data, err := os.ReadFile(p.path("namespace")); err == nil {
		namespace := strings.TrimSpace(string(data))
		if namespace != "" {
			return namespace, p.path("namespace")
		}
	}
	return defaultNamespace, ""
}
