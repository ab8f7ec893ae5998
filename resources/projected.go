package resources

import "github.com/go-json-experiment/json/jsontext"

// ProjectedVolumeSource puts several sources into one folder.
type ProjectedVolumeSource struct {
	Sources []VolumeProjection `json:"sources,omitzero"`
	// DefaultMode is the files' permission bits.
	DefaultMode *int32         `json:"defaultMode,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// VolumeProjection is one source of a projected volume; one of its fields is set.
type VolumeProjection struct {
	Secret              *SecretProjection              `json:"secret,omitzero"`
	DownwardAPI         *DownwardAPIProjection         `json:"downwardAPI,omitzero"`
	ConfigMap           *ConfigMapProjection           `json:"configMap,omitzero"`
	ServiceAccountToken *ServiceAccountTokenProjection `json:"serviceAccountToken,omitzero"`
	ClusterTrustBundle  *ClusterTrustBundleProjection  `json:"clusterTrustBundle,omitzero"`
	PodCertificate      *PodCertificateProjection      `json:"podCertificate,omitzero"`
	Unknown             jsontext.Value                 `json:",embed"`
}

// SecretProjection is a Secret's entries as files.
type SecretProjection struct {
	Name     string         `json:"name,omitzero"`
	Items    []KeyToPath    `json:"items,omitzero"`
	Optional *bool          `json:"optional,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// ConfigMapProjection is a ConfigMap's entries as files.
type ConfigMapProjection struct {
	Name     string         `json:"name,omitzero"`
	Items    []KeyToPath    `json:"items,omitzero"`
	Optional *bool          `json:"optional,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// DownwardAPIProjection is facts about the pod as files.
type DownwardAPIProjection struct {
	Items   []DownwardAPIVolumeFile `json:"items,omitzero"`
	Unknown jsontext.Value          `json:",embed"`
}

// ServiceAccountTokenProjection is a token of the pod's service account, renewed before it expires.
type ServiceAccountTokenProjection struct {
	Audience          string         `json:"audience,omitzero"`
	ExpirationSeconds *int64         `json:"expirationSeconds,omitzero"`
	Path              string         `json:"path"`
	Unknown           jsontext.Value `json:",embed"`
}

// ClusterTrustBundleProjection is a set of trusted certificates, by bundle or by signer.
type ClusterTrustBundleProjection struct {
	Name          *string        `json:"name,omitzero"`
	SignerName    *string        `json:"signerName,omitzero"`
	LabelSelector *LabelSelector `json:"labelSelector,omitzero"`
	Optional      *bool          `json:"optional,omitzero"`
	Path          string         `json:"path"`
	Unknown       jsontext.Value `json:",embed"`
}

// PodCertificateProjection is a key and a certificate for the pod, renewed before it expires.
type PodCertificateProjection struct {
	SignerName string `json:"signerName,omitzero"`
	// KeyType is, for example, "ED25519", "ECDSAP256" or "RSA3072".
	KeyType              string            `json:"keyType,omitzero"`
	MaxExpirationSeconds *int32            `json:"maxExpirationSeconds,omitzero"`
	CredentialBundlePath string            `json:"credentialBundlePath,omitzero"`
	KeyPath              string            `json:"keyPath,omitzero"`
	CertificateChainPath string            `json:"certificateChainPath,omitzero"`
	UserAnnotations      map[string]string `json:"userAnnotations,omitzero"`
	Unknown              jsontext.Value    `json:",embed"`
}
