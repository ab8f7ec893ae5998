package debug

import (
	"fmt"
	"slices"
)

// Profile is a set of rights for the debug container, as in kubectl debug --profile (KEP-1441).
type Profile string

// The profiles. A namespace may enforce a Pod Security Standard, which limits them:
//
//	privileged   admits all profiles
//	baseline     refuses general, netadmin and sysadmin
//	restricted   admits restricted only
const (
	// General may trace processes (capability SYS_PTRACE). It is the default, unless
	// SecurityContextFrom is set.
	General Profile = "general"
	// Baseline adds no rights and takes none away.
	Baseline Profile = "baseline"
	// Restricted gives up the rights that the Pod Security Standard restricted forbids. The
	// container runs as the user and group of the target, because it could not open the target's
	// files otherwise. If the target runs as root, the image must name another user.
	Restricted Profile = "restricted"
	// Netadmin may configure the network and send raw packets (capabilities NET_ADMIN and NET_RAW).
	Netadmin Profile = "netadmin"
	// Sysadmin may do everything on the node (privileged, as root).
	Sysadmin Profile = "sysadmin"
	// Legacy is Baseline, under the name of kubectl's former default.
	Legacy Profile = "legacy"
	// Auto is the first of General, Baseline and Restricted that the server admits in a dry run.
	Auto Profile = "auto"
)

// Profiles returns all profiles, the default first.
func Profiles() []Profile {
	return []Profile{General, Baseline, Restricted, Netadmin, Sysadmin, Legacy, Auto}
}

// securityContext returns the securityContext of the profile as JSON, or "" if the profile sets
// none.
func (p Profile) securityContext() string {
	switch p {
	case General:
		return `{"capabilities":{"add":["SYS_PTRACE"]}}`
	case Restricted:
		return `{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},` +
			`"privileged":null,"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}`
	case Netadmin:
		return `{"capabilities":{"add":["NET_ADMIN","NET_RAW"]}}`
	case Sysadmin:
		// The pod may name another user, which would have no rights, so root is set. The server
		// refuses allowPrivilegeEscalation: false in a privileged container, so that field is
		// removed.
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
