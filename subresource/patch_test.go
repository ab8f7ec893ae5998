package subresource_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// inSpec returns a document with these ephemeral containers.
func inSpec(containers ...resources.EphemeralContainer) map[string]any {
	return map[string]any{"spec": map[string]any{"ephemeralContainers": containers}}
}

func applied(containers ...resources.EphemeralContainer) patch.Patch {
	document := inSpec(containers...)
	document["apiVersion"], document["kind"], document["metadata"] = "v1", "Pod", map[string]any{"name": "distroless"}
	return patch.Apply(document)
}

func TestEachKindOfPatchIsSentUnchanged(t *testing.T) {
	for name, test := range map[string]struct {
		patch       patch.Patch
		options     []subresource.PatchOption
		contentType string
		query       string
	}{
		"merge": {patch.Merge(inSpec(debugger("one"))), []subresource.PatchOption{subresource.FieldValidation(subresource.Strict)},
			"application/merge-patch+json", "fieldValidation=Strict"},
		"json": {patch.JSON().Add("/spec/ephemeralContainers", []resources.EphemeralContainer{debugger("one")}), nil,
			"application/json-patch+json", ""},
		"strategic": {patch.Strategic(inSpec(debugger("one"))), []subresource.PatchOption{subresource.FieldManager("tester"), subresource.DryRun()},
			"application/strategic-merge-patch+json", "dryRun=All&fieldManager=tester"},
		"apply": {applied(debugger("one")), []subresource.PatchOption{subresource.FieldManager("tester"), subresource.Force()},
			"application/apply-patch+yaml", "fieldManager=tester&force=true"},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			pod, err := subresource.EphemeralContainers(podsOf(t, server)).Patch(t.Context(), "distroless", test.patch, test.options...)
			require.NoError(t, err)
			require.Equal(t, []string{"one"}, names(pod.Spec.EphemeralContainers))
			request := last(t, server)
			require.Equal(t, http.MethodPatch, request.Method)
			require.Equal(t, "/api/v1/namespaces/default/pods/distroless/ephemeralcontainers", request.Path)
			require.Equal(t, test.contentType, request.Header.Get("Content-Type"))
			require.Equal(t, test.query, request.Query.Encode())
			body, err := test.patch.Encode()
			require.NoError(t, err)
			require.Equal(t, string(body), string(request.Body))
		})
	}
}

func TestPatchFailsBeforeAnythingIsSent(t *testing.T) {
	server := start(t)
	ec := subresource.EphemeralContainers(podsOf(t, server))
	for name, test := range map[string]struct {
		patch   resources.Patch
		options []subresource.PatchOption
		option  string // in the *OptionError; empty for another error
		text    string
	}{
		"a mistake made when it was built":   {patch.JSON().Add("no/slash", 1), nil, "", `path must be empty or start with "/"`},
		"no patch":                           {nil, nil, "", "the patch is nil"},
		"Force with merge":                   {patch.Merge(inSpec()), []subresource.PatchOption{subresource.Force()}, "Force", "not application/merge-patch+json"},
		"Force with JSON":                    {patch.JSON().Remove("/a"), []subresource.PatchOption{subresource.Force()}, "Force", "not application/json-patch+json"},
		"Force with strategic":               {patch.Strategic(inSpec()), []subresource.PatchOption{subresource.Force()}, "Force", "not application/strategic-merge-patch+json"},
		"apply without a manager":            {applied(), nil, "FieldManager", "needs the name of a field manager"},
		"apply with an empty manager":        {applied(), []subresource.PatchOption{subresource.FieldManager("")}, "FieldManager", "needs the name of a field manager"},
		"apply with a manager of 129 bytes":  {applied(), []subresource.PatchOption{subresource.FieldManager(strings.Repeat("m", 129))}, "FieldManager", "129"},
		"an unknown validation":              {patch.Merge(inSpec()), []subresource.PatchOption{subresource.FieldValidation("None")}, "FieldValidation", `"None"`},
		"Force without a manager, for apply": {applied(), []subresource.PatchOption{subresource.Force()}, "FieldManager", "needs the name"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ec.Patch(t.Context(), "distroless", test.patch, test.options...)
			require.ErrorContains(t, err, test.text)
			var option *resources.OptionError
			if test.option != "" {
				require.ErrorAs(t, err, &option)
				require.Equal(t, test.option, option.Option)
			}
		})
	}
	require.Empty(t, server.Requests())
}

func TestARefusedPatchSuggestsAnotherWrite(t *testing.T) {
	manager := subresource.FieldManager("tester")
	for name, test := range map[string]struct {
		before  patch.Patch // sent first, if it is not zero
		patch   patch.Patch
		message string
		advice  string
	}{
		"a merge patch with the new container alone": {
			patch.Merge(inSpec(debugger("one"))), patch.Merge(inSpec(debugger("two"))),
			`existing ephemeral containers "one" may not be removed`,
			"a merge patch replaces the whole list, which would remove the containers that are there: use a strategic patch",
		},
		"an apply with the new container alone": {
			applied(debugger("one")), applied(debugger("two")),
			`existing ephemeral containers "one" may not be removed`,
			"server-side apply would remove a container that this field manager applied before and now leaves out; apply all of its containers",
		},
		"a JSON Patch that adds to no list": {
			patch.Patch{}, patch.JSON().Add("/spec/ephemeralContainers/-", debugger("one")),
			"the server rejected our request due to an error in our request",
			`an operation did not apply: while a pod has no ephemeral containers there is no list to add to at "/spec/ephemeralContainers/-"; use a strategic patch`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			ec := subresource.EphemeralContainers(podsOf(t, server))
			if test.before.ContentType() != "" {
				_, err := ec.Patch(t.Context(), "distroless", test.before, manager)
				require.NoError(t, err)
			}
			_, err := ec.Patch(t.Context(), "distroless", test.patch, manager)
			require.ErrorIs(t, err, transport.ErrInvalid)
			require.NotErrorIs(t, err, subresource.ErrNotServed)
			var refused *subresource.RefusedError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, test.advice, refused.Advice)
			var status *transport.StatusError
			require.ErrorAs(t, err, &status)
			require.Equal(t, http.StatusUnprocessableEntity, status.Code)
			require.Contains(t, status.Status.Message, test.message)
			require.Equal(t, status.Error()+"; "+test.advice, err.Error())
		})
	}
}

func TestOtherRefusalsHaveNoAdvice(t *testing.T) {
	changed := debugger("one")
	changed.Image = kxtest.DistrolessImage
	ported := debugger("two")
	ported.Ports = []resources.ContainerPort{{ContainerPort: 80}}
	for name, test := range map[string]struct {
		patch    patch.Patch
		is       error
		detailed string // after the server's refusal
	}{
		"a change of an existing container":                          {patch.Strategic(inSpec(changed)), transport.ErrInvalid, ""},
		"a merge patch with a forbidden field":                       {patch.Merge(inSpec(debugger("one"), ported)), transport.ErrInvalid, ""},
		"a JSON Patch with a forbidden field":                        {patch.JSON().Add("/spec/ephemeralContainers/-", ported), transport.ErrInvalid, ""},
		"a JSON Patch that removes a container, named by the server": {patch.JSON().Remove("/spec/ephemeralContainers/0"), transport.ErrInvalid, ""},
		"a JSON Patch whose test fails":                              {patch.JSON().Test("/metadata/name", "another"), transport.ErrInvalid, `: json patch: operation 1 (test "/metadata/name"): test failed: want "another", got "distroless"`},
		"a JSON Patch that adds to another list":                     {patch.JSON().Add("/metadata/finalizers/-", "example.com/a"), transport.ErrInvalid, ""},
		"an outdated resourceVersion":                                {patch.Merge(map[string]any{"metadata": map[string]any{"resourceVersion": "1"}}), transport.ErrConflict, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			ec := subresource.EphemeralContainers(podsOf(t, server))
			_, err := ec.Add(t.Context(), "distroless", debugger("one"))
			require.NoError(t, err)
			_, err = ec.Patch(t.Context(), "distroless", test.patch)
			require.ErrorIs(t, err, test.is)
			var status *transport.StatusError
			require.ErrorAs(t, err, &status)
			require.Equal(t, status.Error()+test.detailed, err.Error())
		})
	}
}
