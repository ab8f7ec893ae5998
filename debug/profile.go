package debug

import (
	"fmt"
	"slices"
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
	// Restricted gives up what the Pod Security Standard restricted forbids, and runs as the user and group of the target,
	// without which its files could not be opened; where that is root, the image must name another user.
	Restricted Profile = "restricted"
	// Netadmin may change the network and send any packet (NET_ADMIN, NET_RAW).
	Netadmin Profile = "netadmin"
	// Sysadmin may do everything on the node (privileged, as root).
	Sysadmin Profile = "sysadmin"
	// Legacy is Baseline, under the name of kubectl's former default.
	Legacy Profile = "legacy"
	// Auto is General, Baseline or Restricted: the first that the server lets through in a dry run.
	Auto Profile = "auto"
)

// Profiles are all of them, the default first.
func Profiles() []Profile {
	return []Profile{General, Baseline, Restricted, Netadmin, Sysadmin, Legacy, Auto}
}

// securityContext gives what the profile sets in a container, on top of what is there: JSON, empty for nothing.
func (p Profile) securityContext() string {
	switch p {
	case General:
		return `{"capabilities":{"add":["SYS_PTRACE"]}}`
	case Restricted:
		return `{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"privileged":null,"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}`
	case Netadmin:
		return `{"capabilities":{"add":["NET_ADMIN","NET_RAW"]}}`
	case Sysadmin: // as root, since as another user, whom the pod may name, it would have no rights; and the server takes no privileged container that may not gain any
		return `{"allowPrivilegeEscalation":null,"privileged":true,"runAsUser":0}`
	}
	return ""
}

func (p Profile) check() error {
	all := Profiles()
	if p != "" && !slices.Contains(all, p) {
		return fmt.Errorf("debug: profile %q is none of %v", p, all)
	}
	return nil
}
