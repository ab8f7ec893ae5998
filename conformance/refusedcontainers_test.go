package conformance_test

import (
	"testing"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// refusedContainers are the containers that the server refuses, however they are sent.
func refusedContainers() []behaviour {
	const at0 = "spec.ephemeralContainers[0]"
	notAllowed := func(field string) string {
		return at0 + "." + field + ": Forbidden: cannot be set for an Ephemeral Container"
	}
	// invalid is the behaviour of a server that refuses a container with this message and these
	// causes.
	invalid := func(sentence, c, words string, causes ...string) behaviour {
		return behaviour{sentence, func(t *testing.T, w *world) {
			name := w.pod(t)
			err := w.refusedPatch(t, name, patch.Strategic(`{"spec":{"ephemeralContainers":[`+c+`]}}`))
			refused(t, err, transport.ErrInvalid, `Pod "`+name+`" is invalid: `+words, causes...)
		}}
	}
	forbidden := func(field, value string) behaviour {
		return invalid(
			"an ephemeral container with "+field+" is refused",
			string(raw("debugger", `"`+field+`":`+value)),
			notAllowed(field),
			at0+"."+field+" FieldValueForbidden",
		)
	}
	return []behaviour{
		forbidden("ports", `[{"containerPort":80,"protocol":"TCP"}]`),
		forbidden("resources", `{"limits":{"cpu":"1"}}`),
		forbidden("livenessProbe", `{"exec":{"command":["true"]}}`),
		forbidden("readinessProbe", `{"exec":{"command":["true"]}}`),
		forbidden("startupProbe", `{"exec":{"command":["true"]}}`),
		forbidden("lifecycle", `{"preStop":{"exec":{"command":["true"]}}}`),
		forbidden("resizePolicy", `[{"resourceName":"cpu","restartPolicy":"NotRequired"}]`),
		forbidden("restartPolicy", `"Always"`),
		invalid(
			"an ephemeral container with a mount of a subPath is refused",
			string(raw("debugger", `"volumeMounts":[{"name":"data","mountPath":"/data","subPath":"a"}]`)),
			at0+".volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container",
		),
		invalid(
			"an ephemeral container with a mount of a subPathExpr is refused",
			string(raw("debugger", `"volumeMounts":[{"name":"data","mountPath":"/data","subPathExpr":"$(A)"}]`)),
			at0+".volumeMounts[0].subPathExpr: Forbidden: cannot be set for an Ephemeral Container",
		),
		invalid(
			"an ephemeral container with a mount of a volume that the pod lacks is refused",
			string(raw("debugger", `"volumeMounts":[{"name":"other","mountPath":"/data"}]`)),
			at0+`.volumeMounts[0].name: Not found: "other"`,
			at0+".volumeMounts[0].name FieldValueNotFound",
		),
		invalid("an ephemeral container with the name of a container is refused", string(raw("app", "")),
			at0+`.name: Duplicate value: "app"`, at0+".name FieldValueDuplicate"),
		{"two ephemeral containers with the same name are refused", func(t *testing.T, w *world) {
			name := w.pod(t, "first")
			err := w.refusedPatch(t, name, patch.JSON().Add("/spec/ephemeralContainers/-", container("first")))
			refused(
				t, err, transport.ErrInvalid,
				`Pod "`+name+`" is invalid: spec.ephemeralContainers[1].name: Duplicate value: "first"`,
				"spec.ephemeralContainers[1].name FieldValueDuplicate",
			)
		}},
		invalid(
			"an ephemeral container for a target that the pod lacks is refused",
			string(raw("debugger", `"targetContainerName":"other"`)),
			at0+`.targetContainerName: Not found: "other"`,
			at0+".targetContainerName FieldValueNotFound",
		),
		invalid("an ephemeral container without an image is refused", `{"name":"debugger"}`,
			at0+".image: Required value", at0+".image FieldValueRequired"),
		{"an ephemeral container without a name is refused", func(t *testing.T, w *world) {
			name := w.pod(t)
			err := w.refusedPatch(t, name, patch.Merge(list(resources.EphemeralContainer{Image: image})))
			refused(
				t, err, transport.ErrInvalid,
				`Pod "`+name+`" is invalid: `+at0+".name: Required value",
				at0+".name FieldValueRequired",
			)
		}},
		invalid(
			"an ephemeral container whose name is not a DNS label is refused",
			string(raw("De_bugger", "")),
			at0+`.name: Invalid value: "De_bugger": a lowercase RFC 1123 label must consist of lower case `+
				`alphanumeric characters or '-', and must start and end with an alphanumeric character `+
				`(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
			at0+".name FieldValueInvalid",
		),
		invalid(
			"an ephemeral container with an unknown pull policy is refused",
			string(raw("debugger", `"imagePullPolicy":"Sometimes"`)),
			at0+`.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`,
			at0+".imagePullPolicy FieldValueNotSupported",
		),
		{"each fault of an ephemeral container has its own cause", func(t *testing.T, w *world) {
			name := w.pod(t)
			err := w.refusedPatch(
				t,
				name,
				patch.Strategic(
					list(raw("app", `"targetContainerName":"other","ports":[{"containerPort":80,"protocol":"TCP"}]`)),
				),
			)
			refused(
				t, err, transport.ErrInvalid,
				`Pod "`+name+`" is invalid: [`+at0+`.name: Duplicate value: "app", `+at0+`.targetContainerName: Not `+
					`found: "other", `+notAllowed(
					"ports",
				)+`]`,
				at0+".name FieldValueDuplicate",
				at0+".targetContainerName FieldValueNotFound",
				at0+".ports FieldValueForbidden",
			)
		}},
		{"ephemeral containers cannot be created with the pod", func(t *testing.T, w *world) {
			_, err := w.pods.CreateRaw(
				t.Context(),
				[]byte(
					`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"with"},"spec":{"containers":[{"name":"app",
						"image":"kx.local/busybox:1"}],
				"ephemeralContainers":[{"name":"debugger","image":"kx.local/busybox:1"}]}}`,
				),
			)
			refused(
				t, err, transport.ErrInvalid,
				`Pod "with" is invalid: spec.ephemeralContainers: Forbidden: cannot be set on create`,
				"spec.ephemeralContainers FieldValueForbidden",
			)
		}},
		{"ephemeral containers cannot be added by a write of the pod itself", func(t *testing.T, w *world) {
			name := w.pod(t)
			w.unchanged(t, name, func() {
				_, err := w.pods.Patch(t.Context(), name, patch.Strategic(list(container("debugger"))))
				requireFixed(t, err)
			})
		}},
		{"a static pod takes no ephemeral container", func(t *testing.T, w *world) {
			name := w.name()
			w.create(
				t,
				`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`",
					"annotations":{"kubernetes.io/config.mirror":"1"}},
				"spec":{"nodeName":"kx-no-such","automountServiceAccountToken":false,"containers":[{"name":"app",
				"image":"kx.local/busybox:1"}]}}`,
			)
			_, err := w.ec.Patch(t.Context(), name, patch.Strategic(list(container("debugger"))))
			refused(
				t, err, transport.ErrInvalid,
				`Pod "`+name+`" is invalid: []: Forbidden: static pods do not support ephemeral containers`,
			)
		}},
	}
}
