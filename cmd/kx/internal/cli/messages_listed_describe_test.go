package cli

// describeListed are the messages and the texts of the page of kx describe.
var describeListed = []listedMessage{
	{"kx describe -l with a selector that nothing matches", "no pod in namespace %q has labels that match %q"},
	{"kx describe of a workload with several pods that are not ready", "; not ready: %s"},
	{"the page: the heading of a container", "Debug container"},
	{"the page: the heading of a container", "Init container"},
	{"the page: a container without a status", "waiting: the kubelet has not reported it yet"},
	{"the page: how a container has ended", "after a run of %s"},
	{"the page: the rights of a debug container", "sysadmin: privileged"},
	{"the page: the rights of a debug container", "restricted: no capabilities, not as root"},
	{"the page: the rights of a debug container", "baseline: no further rights"},
	{"the page: a pod that is being deleted", "being deleted, grace period over in %s"},
	{"the page: a pod on no node", "none yet"},
	{"the page: a user who may not get nodes", "%s, which cannot be read: %s"},
	{"the page: a pod on a node that was removed", "%s, which does not exist"},
	{"the page: a node whose kubelet has reported nothing", "readiness unknown"},
}
