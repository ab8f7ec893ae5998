package resources

import "github.com/go-json-experiment/json/jsontext"

// Volume is a volume of a pod. One of its sources is set. Sources that the API has deprecated are
// in Unknown.
type Volume struct {
	Name                  string                             `json:"name"`
	HostPath              *HostPathVolumeSource              `json:"hostPath,omitzero"`
	EmptyDir              *EmptyDirVolumeSource              `json:"emptyDir,omitzero"`
	Secret                *SecretVolumeSource                `json:"secret,omitzero"`
	NFS                   *NFSVolumeSource                   `json:"nfs,omitzero"`
	ISCSI                 *ISCSIVolumeSource                 `json:"iscsi,omitzero"`
	PersistentVolumeClaim *PersistentVolumeClaimVolumeSource `json:"persistentVolumeClaim,omitzero"`
	DownwardAPI           *DownwardAPIVolumeSource           `json:"downwardAPI,omitzero"`
	FC                    *FCVolumeSource                    `json:"fc,omitzero"`
	ConfigMap             *ConfigMapVolumeSource             `json:"configMap,omitzero"`
	Projected             *ProjectedVolumeSource             `json:"projected,omitzero"`
	CSI                   *CSIVolumeSource                   `json:"csi,omitzero"`
	Ephemeral             *EphemeralVolumeSource             `json:"ephemeral,omitzero"`
	Image                 *ImageVolumeSource                 `json:"image,omitzero"`
	Unknown               jsontext.Value                     `json:",embed"`
}

// KeyToPath puts one entry at a path within a volume.
type KeyToPath struct {
	Key  string `json:"key"`
	Path string `json:"path"`
	// Mode is the file's permission bits.
	Mode    *int32         `json:"mode,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// HostPathVolumeSource is a file or a folder of the node.
type HostPathVolumeSource struct {
	Path string `json:"path"`
	// Type is what must exist at the path, such as "Directory" or "FileOrCreate". If it is empty,
	// nothing is checked.
	Type    *string        `json:"type,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// EmptyDirVolumeSource is an empty folder that lives as long as the pod.
type EmptyDirVolumeSource struct {
	// Medium is "Memory" for a tmpfs, and empty for the node's disk.
	Medium    string         `json:"medium,omitzero"`
	SizeLimit *Quantity      `json:"sizeLimit,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// SecretVolumeSource is a Secret's entries as files.
type SecretVolumeSource struct {
	SecretName string      `json:"secretName,omitzero"`
	Items      []KeyToPath `json:"items,omitzero"`
	// DefaultMode is the files' permission bits.
	DefaultMode *int32         `json:"defaultMode,omitzero"`
	Optional    *bool          `json:"optional,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// ConfigMapVolumeSource is a ConfigMap's entries as files.
type ConfigMapVolumeSource struct {
	Name  string      `json:"name,omitzero"`
	Items []KeyToPath `json:"items,omitzero"`
	// DefaultMode is the files' permission bits.
	DefaultMode *int32         `json:"defaultMode,omitzero"`
	Optional    *bool          `json:"optional,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// NFSVolumeSource is a folder that an NFS server exports.
type NFSVolumeSource struct {
	Server   string         `json:"server"`
	Path     string         `json:"path"`
	ReadOnly bool           `json:"readOnly,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// ISCSIVolumeSource is an iSCSI disk.
type ISCSIVolumeSource struct {
	TargetPortal      string                `json:"targetPortal"`
	IQN               string                `json:"iqn"`
	Lun               int32                 `json:"lun"`
	ISCSIInterface    string                `json:"iscsiInterface,omitzero"`
	FSType            string                `json:"fsType,omitzero"`
	ReadOnly          bool                  `json:"readOnly,omitzero"`
	Portals           []string              `json:"portals,omitzero"`
	DiscoveryCHAPAuth bool                  `json:"chapAuthDiscovery,omitzero"`
	SessionCHAPAuth   bool                  `json:"chapAuthSession,omitzero"`
	SecretRef         *LocalObjectReference `json:"secretRef,omitzero"`
	InitiatorName     *string               `json:"initiatorName,omitzero"`
	Unknown           jsontext.Value        `json:",embed"`
}

// FCVolumeSource is a Fibre Channel disk.
type FCVolumeSource struct {
	TargetWWNs []string       `json:"targetWWNs,omitzero"`
	Lun        *int32         `json:"lun,omitzero"`
	FSType     string         `json:"fsType,omitzero"`
	ReadOnly   bool           `json:"readOnly,omitzero"`
	WWIDs      []string       `json:"wwids,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// CSIVolumeSource is a volume that a CSI driver makes for this pod alone.
type CSIVolumeSource struct {
	Driver               string                `json:"driver"`
	ReadOnly             *bool                 `json:"readOnly,omitzero"`
	FSType               *string               `json:"fsType,omitzero"`
	VolumeAttributes     map[string]string     `json:"volumeAttributes,omitzero"`
	NodePublishSecretRef *LocalObjectReference `json:"nodePublishSecretRef,omitzero"`
	Unknown              jsontext.Value        `json:",embed"`
}

// ImageVolumeSource is the content of an OCI image or artifact.
type ImageVolumeSource struct {
	Reference string `json:"reference,omitzero"`
	// PullPolicy is "Always", "IfNotPresent" or "Never".
	PullPolicy string         `json:"pullPolicy,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// PersistentVolumeClaimVolumeSource names a claim of the same namespace.
type PersistentVolumeClaimVolumeSource struct {
	ClaimName string         `json:"claimName"`
	ReadOnly  bool           `json:"readOnly,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// EphemeralVolumeSource makes a claim that lives as long as the pod.
type EphemeralVolumeSource struct {
	VolumeClaimTemplate *PersistentVolumeClaimTemplate `json:"volumeClaimTemplate,omitzero"`
	Unknown             jsontext.Value                 `json:",embed"`
}

// DownwardAPIVolumeSource is facts about the pod as files.
type DownwardAPIVolumeSource struct {
	Items []DownwardAPIVolumeFile `json:"items,omitzero"`
	// DefaultMode is the files' permission bits.
	DefaultMode *int32         `json:"defaultMode,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// DownwardAPIVolumeFile is one fact about the pod as a file.
type DownwardAPIVolumeFile struct {
	Path             string                 `json:"path"`
	FieldRef         *ObjectFieldSelector   `json:"fieldRef,omitzero"`
	ResourceFieldRef *ResourceFieldSelector `json:"resourceFieldRef,omitzero"`
	Mode             *int32                 `json:"mode,omitzero"`
	Unknown          jsontext.Value         `json:",embed"`
}
