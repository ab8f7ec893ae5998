package cli

// kubeconfigListed are the messages of kubeconfig that other tables do not bring about.
var kubeconfigListed = []listedMessage{
	{"a URL fails in an unknown way", "it does not parse"},
	{"the directory of a kubeconfig cannot be found", "find the file of %s: %w"},
	{"config use-context on a device or a directory", "%s is not a regular file: it stays unchanged"},
	{"config use-context while another program writes", "%s is locked: another program is changing it; if none is, remove %s"},
	{"a kubeconfig in another encoding", "is neither UTF-8 nor UTF-16 with a byte order mark"},
	{"a kubeconfig in UTF-16 that is cut", "is UTF-16 with an odd number of bytes: it is cut short"},
	{"a program asks for the service account outside of a pod", "not in a cluster"},
	{"more than 20 names are known", " and %d more"},
	{"no kubeconfig exists, and a name is asked for", "any kubeconfig file (none was found)"},
	{"outside of a pod: why", "KUBERNETES_SERVICE_HOST is not set"},
	{"outside of a pod: why", "KUBERNETES_SERVICE_PORT is not set"},
	{"the token's path in a pod is a directory", "%s is a directory"},
	{"the environment of a pod is wrong", "KUBERNETES_SERVICE_PORT %q is not a port number"},
	{"no kubeconfig exists", "%w: %s, and this is not a pod with a service account (%s); set KUBECONFIG to a kubeconfig file"},
	{"KUBECONFIG is empty", "KUBECONFIG names no file"},
	{"the files of KUBECONFIG are missing or empty", "no file of KUBECONFIG has a configuration: %s"},
	{"neither KUBECONFIG nor a home", "KUBECONFIG is not set, and there is no home folder"},
	{"neither KUBECONFIG nor ~/.kube/config", "KUBECONFIG is not set, and %s does not exist or is empty"},
	{"--as-group with an empty name", "the requested impersonation: %w"},
	{"KUBECONFIG names a large file", "%s: is larger than 1 MiB, so it is not a kubeconfig"},
	{"config use-context on an empty file", "has no mapping to set current-context in"},
	{"config view of a file with many aliases", "has aliases that repeat too much to be shown"},
	{"KUBECONFIG names a binary", "is not a kubeconfig: it is mostly punctuation"},
}
