package resources

import "github.com/go-json-experiment/json/jsontext"

// SecurityContext restricts a container. It takes precedence over the pod's.
type SecurityContext struct {
	Capabilities             *Capabilities                  `json:"capabilities,omitzero"`
	Privileged               *bool                          `json:"privileged,omitzero"`
	SELinuxOptions           *SELinuxOptions                `json:"seLinuxOptions,omitzero"`
	WindowsOptions           *WindowsSecurityContextOptions `json:"windowsOptions,omitzero"`
	RunAsUser                *int64                         `json:"runAsUser,omitzero"`
	RunAsGroup               *int64                         `json:"runAsGroup,omitzero"`
	RunAsNonRoot             *bool                          `json:"runAsNonRoot,omitzero"`
	ReadOnlyRootFilesystem   *bool                          `json:"readOnlyRootFilesystem,omitzero"`
	AllowPrivilegeEscalation *bool                          `json:"allowPrivilegeEscalation,omitzero"`
	// ProcMount is "Default" or "Unmasked".
	ProcMount       *string          `json:"procMount,omitzero"`
	SeccompProfile  *SeccompProfile  `json:"seccompProfile,omitzero"`
	AppArmorProfile *AppArmorProfile `json:"appArmorProfile,omitzero"`
	Unknown         jsontext.Value   `json:",embed"`
}

// PodSecurityContext restricts all containers of a pod, and sets the owner of its volumes.
type PodSecurityContext struct {
	SELinuxOptions     *SELinuxOptions                `json:"seLinuxOptions,omitzero"`
	WindowsOptions     *WindowsSecurityContextOptions `json:"windowsOptions,omitzero"`
	RunAsUser          *int64                         `json:"runAsUser,omitzero"`
	RunAsGroup         *int64                         `json:"runAsGroup,omitzero"`
	RunAsNonRoot       *bool                          `json:"runAsNonRoot,omitzero"`
	SupplementalGroups []int64                        `json:"supplementalGroups,omitzero"`
	// SupplementalGroupsPolicy is "Merge" or "Strict".
	SupplementalGroupsPolicy *string `json:"supplementalGroupsPolicy,omitzero"`
	// FSGroup is the group that owns the volumes.
	FSGroup *int64   `json:"fsGroup,omitzero"`
	Sysctls []Sysctl `json:"sysctls,omitzero"`
	// FSGroupChangePolicy is "OnRootMismatch" or "Always".
	FSGroupChangePolicy *string          `json:"fsGroupChangePolicy,omitzero"`
	SeccompProfile      *SeccompProfile  `json:"seccompProfile,omitzero"`
	AppArmorProfile     *AppArmorProfile `json:"appArmorProfile,omitzero"`
	// SELinuxChangePolicy is "Recursive" or "MountOption".
	SELinuxChangePolicy *string        `json:"seLinuxChangePolicy,omitzero"`
	Unknown             jsontext.Value `json:",embed"`
}

// Capabilities are Linux capabilities without their CAP_ prefix, such as "SYS_PTRACE".
type Capabilities struct {
	Add     []string       `json:"add,omitzero"`
	Drop    []string       `json:"drop,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// SELinuxOptions is a label for SELinux.
type SELinuxOptions struct {
	User    string         `json:"user,omitzero"`
	Role    string         `json:"role,omitzero"`
	Type    string         `json:"type,omitzero"`
	Level   string         `json:"level,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// WindowsSecurityContextOptions apply to Windows containers.
type WindowsSecurityContextOptions struct {
	GMSACredentialSpecName *string        `json:"gmsaCredentialSpecName,omitzero"`
	GMSACredentialSpec     *string        `json:"gmsaCredentialSpec,omitzero"`
	RunAsUserName          *string        `json:"runAsUserName,omitzero"`
	HostProcess            *bool          `json:"hostProcess,omitzero"`
	Unknown                jsontext.Value `json:",embed"`
}

// SeccompProfile names a seccomp profile.
type SeccompProfile struct {
	// Type is "RuntimeDefault", "Unconfined" or "Localhost", which needs LocalhostProfile.
	Type             string         `json:"type"`
	LocalhostProfile *string        `json:"localhostProfile,omitzero"`
	Unknown          jsontext.Value `json:",embed"`
}

// AppArmorProfile names an AppArmor profile.
type AppArmorProfile struct {
	// Type is "RuntimeDefault", "Unconfined" or "Localhost", which needs LocalhostProfile.
	Type             string         `json:"type"`
	LocalhostProfile *string        `json:"localhostProfile,omitzero"`
	Unknown          jsontext.Value `json:",embed"`
}

// Sysctl is a kernel parameter of the pod.
type Sysctl struct {
	Name    string         `json:"name"`
	Value   string         `json:"value"`
	Unknown jsontext.Value `json:",embed"`
}
