package conformance_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// createOneOfEach creates a namespace with an object of each kind of which it would have none, and
// cluster-scoped ones. None has an effect on other objects.
func (w *world) createOneOfEach(t *testing.T) (namespace string) {
	t.Helper()
	namespace = w.config.Namespace + "-" + w.name()
	documents := strings.ReplaceAll(oneOfEach, "NAME", namespace)
	kubectl := func(ctx context.Context, args ...string) {
		cmd := exec.CommandContext(ctx, w.kubectl, append([]string{"--kubeconfig", w.kubeconfig, "-n", namespace}, args...)...)
		cmd.Stdin = strings.NewReader(documents)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	t.Cleanup(func() { kubectl(atEnd(t), "delete", "--wait=false", "--ignore-not-found", "-f", "-") })
	kubectl(within(t, commandLimit), "create", "-f", "-")
	return namespace
}

// oneOfEach has text of each form that YAML quotes, folds or writes in a block.
const oneOfEach = `
{apiVersion: v1, kind: Namespace, metadata: {name: NAME}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: NAME}}
---
{apiVersion: v1, kind: Pod, metadata: {name: NAME}, spec: {schedulerName: none, automountServiceAccountToken: false, containers: [{name: a, image: b, resources: {requests: {cpu: 100m}}, env: [{name: A, value: "on"}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: NAME}, spec: {selector: {app: none}, ports: [{port: 80, targetPort: http}]}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: NAME}, spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Gi}}}}
---
{apiVersion: v1, kind: Event, metadata: {name: NAME}, involvedObject: {kind: Pod, namespace: NAME, name: NAME}, type: Normal, reason: Tested, message: "Readiness probe failed: HTTP probe failed with statuscode: 503, and it is tried again", lastTimestamp: "2026-01-02T03:04:05Z"}
---
{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: NAME}, spec: {holderIdentity: a, renewTime: "2026-01-02T03:04:05.123456Z"}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: NAME}, rules: [{apiGroups: ["*"], resources: ["*"], verbs: [get]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: NAME}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: NAME}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: NAME, annotations: {a/b10: "1", a/b9: "yes", a/b.c: "<&>"}}, data: {script: "#!/bin/sh\necho a\n", indented: "  a\nb", tab: "a\tb\n", emoji: "😀 é", time: "12:30:45", address: "10.0.0.1:80", empty: "", lines: "\n\n",
  long: "a text of more than eighty columns, which is folded: 'quoted' and \"quoted\", with  two spaces and # a sign in it"}, binaryData: {b: AAECAw==}}
---
{apiVersion: v1, kind: Secret, metadata: {name: NAME}, stringData: {password: "none"}}
---
{apiVersion: v1, kind: LimitRange, metadata: {name: NAME}, spec: {limits: [{type: Pod, max: {cpu: "64"}}]}}
---
{apiVersion: v1, kind: ResourceQuota, metadata: {name: NAME}, spec: {hard: {services.loadbalancers: "5"}}}
---
{apiVersion: v1, kind: PodTemplate, metadata: {name: NAME}, template: {spec: {containers: [{name: a, image: b, args: ["-c", "a: b"]}]}}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: NAME}, spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /tmp}, storageClassName: NAME}}
---
{apiVersion: v1, kind: ReplicationController, metadata: {name: NAME}, spec: {replicas: 0, selector: {app: NAME}, template: {metadata: {labels: {app: NAME}}, spec: {containers: [{name: a, image: b}]}}}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: NAME}, spec: {replicas: 0, selector: {matchLabels: {app: NAME}}, template: {metadata: {labels: {app: NAME}}, spec: {containers: [{name: a, image: b}]}}}}
---
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: NAME}, spec: {selector: {matchLabels: {app: NAME}}, template: {metadata: {labels: {app: NAME}}, spec: {nodeSelector: {no: node}, containers: [{name: a, image: b}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: NAME}, spec: {replicas: 0, selector: {matchLabels: {app: NAME}}, template: {metadata: {labels: {app: NAME}}, spec: {containers: [{name: a, image: b}]}}}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: NAME}, spec: {suspend: true, template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: NAME}, spec: {suspend: true, schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: NAME}, spec: {maxReplicas: 1, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: none}}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: NAME}, spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}}
---
{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: NAME}, spec: {controller: example.com/none}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: NAME}, spec: {podSelector: {matchLabels: {app: NAME}}}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: NAME}, spec: {maxUnavailable: 10%, selector: {matchLabels: {app: NAME}}}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: NAME}, provisioner: example.com/none}
---
{apiVersion: storage.k8s.io/v1, kind: CSIDriver, metadata: {name: NAME}, spec: {attachRequired: false}}
---
{apiVersion: storage.k8s.io/v1, kind: VolumeAttachment, metadata: {name: NAME}, spec: {attacher: none.example.com, nodeName: none, source: {persistentVolumeName: NAME}}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: NAME}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: NAME}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: NAME}, spec: {matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]}, validations: [{expression: "true"}]}}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.NAME.example.com}, spec: {group: NAME.example.com, scope: Namespaced, names: {plural: things, kind: Thing}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}
`
