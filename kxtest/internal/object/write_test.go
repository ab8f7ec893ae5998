package object_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

func ExampleWrite_Patch() {
	create := &object.Write{
		APIVersion: "v1",
		Kind:       "Pod",
		Resource:   "pods",
		Namespace:  "default",
		Manager:    "me",
		Time:       "2026-01-02T03:04:05Z",
	}
	pod, err := create.Create(
		[]byte(`{"metadata":{"name":"web-0"},"spec":{"containers":[{"name":"app","image":"app:1"}]}}`),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	patch := &object.Write{
		APIVersion: "v1", Kind: "Pod", Resource: "pods", Namespace: "default", Name: "web-0",
		Subresource: "ephemeralcontainers", Manager: "me", Time: "2026-01-02T03:04:06Z",
	}
	_, err = patch.Patch(
		pod,
		"application/strategic-merge-patch+json",
		[]byte(`{"spec":{"ephemeralContainers":[{"name":"app","image":"busybox"}]}}`),
	)
	if refusal, ok := errors.AsType[*object.Status](err); ok {
		last := refusal.Causes[len(refusal.Causes)-1]
		fmt.Println(refusal.Code, refusal.Reason)
		fmt.Printf("%s: %s\n", last.Field, last.Message)
	}
	// Output:
	// 422 Invalid
	// spec.ephemeralContainers[0].name: Duplicate value: "app"
}

func TestAGeneratedNameIsThePrefixAndFiveCharacters(t *testing.T) {
	w := &object.Write{APIVersion: "v1", Kind: "Pod", Resource: "pods", Namespace: "default"}
	pod, err := w.Create(
		[]byte(`{"metadata":{"generateName":"web-"},"spec":{"containers":[{"name":"app","image":"app:1"}]}}`),
	)
	require.NoError(t, err)
	require.Regexp(
		t,
		regexp.MustCompile(`^web-[bcdfghjklmnpqrstvwxz2456789]{5}$`),
		pod["metadata"].(map[string]any)["name"],
	)
}

func TestAnnotationsAreAtMost256KiB(t *testing.T) {
	for length, want := range map[int]string{
		256<<10 - 1: "",
		256 << 10:   `Pod "p" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes`,
	} {
		w := &object.Write{APIVersion: "v1", Kind: "Pod", Resource: "pods", Namespace: "default"}
		_, err := w.Create([]byte(
			`{"metadata":{"name":"p","annotations":{"a":"` + strings.Repeat(
				"x",
				length,
			) + `"}},"spec":{"containers":[{"name":"app","image":"app:1"}]}}`,
		))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, want)
	}
}

func TestAWriteNeverChangesTheStoredObject(t *testing.T) {
	pod := storedPod(
		t,
		`{"metadata":{"name":"p","labels":{"a":"b"}},"spec":{"containers":[{"name":"app","image":"app:1"}]}}`,
	)
	before := object.Copy(pod)
	for _, subresource := range []string{"", "status", "ephemeralcontainers"} {
		for contentType, body := range map[string]string{
			"application/strategic-merge-patch+json": `{"metadata":{"labels":{"a":"c"}},` +
				`"spec":{"ephemeralContainers":[{"name":"d","image":"i"}],"containers":[{"name":"app","image":"j"}]},` +
				`"status":{"phase":"Running"}}`,
			"application/merge-patch+json": `{"metadata":{"labels":null},` +
				`"spec":{"containers":[{"name":"app","image":"j"}]},"status":{"phase":"Running"}}`,
			"application/json-patch+json": `[{"op":"replace","path":"/spec/containers/0/image",` +
				`"value":"j"},{"op":"add","path":"/spec/tolerations/-","value":{"operator":"Exists"}},{"op":"remove",` +
				`"path":"/metadata/labels"}]`,
			"application/apply-patch+yaml": `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p",` +
				`"labels":{"a":"c"}},"spec":{"ephemeralContainers":[{"name":"d","image":"i"}]}}`,
		} {
			w := &object.Write{
				APIVersion: "v1", Kind: "Pod", Resource: "pods", Namespace: "default", Name: "p",
				Subresource: subresource,
				Manager:     "b", Time: "2026-01-02T03:04:06Z", Force: contentType == "application/apply-patch+yaml",
			}
			_, _ = w.Patch(pod, contentType, []byte(body)) // a refusal changes nothing either
			require.Equal(t, before, pod, "%s %s", subresource, contentType)
		}
	}
}

func TestAWriteThatChangesNothingLeavesAnEqualObject(t *testing.T) {
	pod := storedPod(t, `{"metadata":{"name":"p"},"spec":{"containers":[{"name":"app","image":"app:1"}]}}`)
	body, err := object.Encode(pod)
	require.NoError(t, err)
	w := &object.Write{
		APIVersion: "v1",
		Kind:       "Pod",
		Resource:   "pods",
		Namespace:  "default",
		Name:       "p",
		Manager:    "b",
		Time:       "2026-01-02T03:04:06Z",
	}
	replaced, err := w.Replace(pod, body)
	require.NoError(t, err)
	require.True(t, object.Equal(pod, replaced))
	patched, err := w.Patch(pod, "application/merge-patch+json", []byte(`{}`))
	require.NoError(t, err)
	require.True(t, object.Equal(pod, patched))
}

// storedPod creates a pod and sets the metadata that a store sets.
func storedPod(t *testing.T, body string) map[string]any {
	t.Helper()
	w := &object.Write{
		APIVersion: "v1", Kind: "Pod", Resource: "pods", Namespace: "default",
		Manager: "a", Time: "2026-01-02T03:04:05Z",
	}
	pod, err := w.Create([]byte(body))
	require.NoError(t, err)
	metadata := pod["metadata"].(map[string]any)
	metadata["uid"], metadata["resourceVersion"], metadata["creationTimestamp"] = "u", "1", "2026-01-02T03:04:05Z"
	return pod
}
