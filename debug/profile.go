package debug

import (
	"fmt"

	"github.com/kx-k8s/kx/resources"
)

// Profile names what the debug container may do, as kubectl debug --profile does (KEP-1441).
type Profile string

// The profiles. The server may refuse one: general needs a namespace that is not held to the Pod Security Standard baseline,
// and netadmin and sysadmin one that is held to none.
const (
	// General may trace processes (the capability SYS_PTRACE). It is what an empty Profile means.
	General Profile = "general"
	// Baseline asks for nothing beyond what the image has.
	Baseline Profile = "baseline"
	// Restricted gives up what the Pod Security Standard restricted forbids. The image must name a user other than root, or the pod must.
	Restricted Profile = "restricted"
	// Netadmin may change the network and send any packet (NET_ADMIN, NET_RAW).
	Netadmin Profile = "netadmin"
	// Sysadmin may do everything on the node (privileged).
	Sysadmin Profile = "sysadmin"
	// Legacy is Baseline, under the name of kubectl's former default.
	Legacy Profile = "legacy"
)

// Profiles are all of them, the default first.
func Profiles() []Profile {
	return []Profile{General, Baseline, Restricted, Netadmin, Sysadmin, Legacy}
}

// securityContext gives what the container asks for, nil for nothing.
func (p Profile) securityContext() (*resources.SecurityContext, error) {
	switch p {
	case "", General:
		return &resources.SecurityContext{Capabilities: &resources.Capabilities{Add: []string{"SYS_PTRACE"}}}, nil
	case Baseline, Legacy:
		return nil, nil
	case Restricted:
		return &resources.SecurityContext{
			Capabilities: &resources.Capabilities{Drop: []string{"ALL"}}, RunAsNonRoot: new(true), AllowPrivilegeEscalation: new(false),
			SeccompProfile: &resources.SeccompProfile{Type: "RuntimeDefault"},
		}, nil
	case Netadmin:
		return &resources.SecurityContext{Capabilities: &resources.Capabilities{Add: []string{"NET_ADMIN", "NET_RAW"}}}, nil
	case Sysadmin:
		return &resources.SecurityContext{Privileged: new(true)}, nil
	}
	return nil, fmt.Errorf("debug: profile %q is none of %v", p, Profiles())
}
