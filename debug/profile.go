package debug

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
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

// securityContexts are what the profiles set in a container, on top of what is there. Auto stands for others.
var securityContexts = map[Profile]jsontext.Value{
	General:    jsontext.Value(`{"capabilities":{"add":["SYS_PTRACE"]}}`),
	Baseline:   nil,
	Restricted: jsontext.Value(`{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"privileged":null,"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}`),
	Netadmin:   jsontext.Value(`{"capabilities":{"add":["NET_ADMIN","NET_RAW"]}}`),
	// Without the user a pod that names another one would take all rights back. The server takes nobody for privileged who may not gain privileges.
	Sysadmin: jsontext.Value(`{"allowPrivilegeEscalation":null,"privileged":true,"runAsUser":0}`),
	Legacy:   nil,
	Auto:     nil,
}

func (p Profile) check() error {
	if _, ok := securityContexts[p]; !ok && p != "" {
		return fmt.Errorf("debug: profile %q is none of %v", p, Profiles())
	}
	return nil
}
