package resources

import (
	"slices"
	"strings"
)

// builtIns are the kinds of Kubernetes 1.37 without a model: apiVersion, kind, plural name, short
// names. An exclamation mark follows the plural name of a kind without a namespace.
const builtIns = `v1 Binding bindings
v1 ComponentStatus componentstatuses! cs
v1 LimitRange limitranges limits
v1 PersistentVolume persistentvolumes! pv
v1 PodTemplate podtemplates
v1 ReplicationController replicationcontrollers rc
v1 ResourceQuota resourcequotas quota
admissionregistration.k8s.io/v1 MutatingAdmissionPolicy mutatingadmissionpolicies!
admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings!
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations!
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy validatingadmissionpolicies!
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings!
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration validatingwebhookconfigurations!
apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions! crd crds
apiregistration.k8s.io/v1 APIService apiservices!
apps/v1 ControllerRevision controllerrevisions
authentication.k8s.io/v1 SelfSubjectReview selfsubjectreviews!
authentication.k8s.io/v1 TokenReview tokenreviews!
authorization.k8s.io/v1 LocalSubjectAccessReview localsubjectaccessreviews
authorization.k8s.io/v1 SelfSubjectAccessReview selfsubjectaccessreviews!
authorization.k8s.io/v1 SelfSubjectRulesReview selfsubjectrulesreviews!
authorization.k8s.io/v1 SubjectAccessReview subjectaccessreviews!
autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers hpa
certificates.k8s.io/v1 CertificateSigningRequest certificatesigningrequests! csr
certificates.k8s.io/v1 ClusterTrustBundle clustertrustbundles!
certificates.k8s.io/v1 PodCertificateRequest podcertificaterequests
coordination.k8s.io/v1 Lease leases
flowcontrol.apiserver.k8s.io/v1 FlowSchema flowschemas!
flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration prioritylevelconfigurations!
networking.k8s.io/v1 IngressClass ingressclasses!
networking.k8s.io/v1 Ingress ingresses ing
networking.k8s.io/v1 IPAddress ipaddresses! ip
networking.k8s.io/v1 NetworkPolicy networkpolicies netpol
networking.k8s.io/v1 ServiceCIDR servicecidrs!
node.k8s.io/v1 RuntimeClass runtimeclasses!
policy/v1 PodDisruptionBudget poddisruptionbudgets pdb
rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings!
rbac.authorization.k8s.io/v1 ClusterRole clusterroles!
rbac.authorization.k8s.io/v1 RoleBinding rolebindings
rbac.authorization.k8s.io/v1 Role roles
resource.k8s.io/v1 DeviceClass deviceclasses!
resource.k8s.io/v1 DeviceTaintRule devicetaintrules!
resource.k8s.io/v1 ResourceClaim resourceclaims
resource.k8s.io/v1 ResourceClaimTemplate resourceclaimtemplates
resource.k8s.io/v1 ResourceSlice resourceslices!
scheduling.k8s.io/v1 PriorityClass priorityclasses! pc
storage.k8s.io/v1 CSIDriver csidrivers!
storage.k8s.io/v1 CSINode csinodes!
storage.k8s.io/v1 CSIStorageCapacity csistoragecapacities
storage.k8s.io/v1 StorageClass storageclasses! sc
storage.k8s.io/v1 VolumeAttachment volumeattachments!
storage.k8s.io/v1 VolumeAttributesClass volumeattributesclasses! vac
storagemigration.k8s.io/v1 StorageVersionMigration storageversionmigrations!`

// BuiltIn returns a kind of Kubernetes 1.37 by a name such as "ingresses", "Ingress", "ing",
// "ingresses.networking.k8s.io" or "ingresses.v1.networking.k8s.io". It knows the kinds of Lookup
// and those without a model, and sends no request.
//
// An older server may lack the kind, or serve another version of it. It then answers requests with
// 404, and [Discovery.Find] returns what it serves.
func BuiltIn(name string) (Kind, bool) {
	kind, ok := Lookup(name)
	if ok {
		return kind, true
	}
	name, in, qualified := strings.Cut(strings.ToLower(name), ".")
	for line := range strings.Lines(builtIns) {
		words := strings.Fields(line)
		group, version, named := strings.Cut(words[0], "/")
		if !named {
			group, version = "", words[0]
		}
		plural, clusterWide := strings.CutSuffix(words[2], "!")
		isName := name == plural || strings.EqualFold(name, words[1]) ||
			slices.Contains(words[3:], name)
		if isName && (!qualified || named && (in == group || in == version+"."+group)) {
			return Kind{Group: group, Version: version, Kind: words[1], Resource: plural,
				Namespaced: !clusterWide}, true
		}
	}
	return Kind{}, false
}
