package resources_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
)

func ExampleAs() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client)
	pod, err := resources.As[resources.PodOutline](pods).Get(context.Background(), "distroless")
	if err != nil {
		log.Fatal(err)
	}
	for _, container := range pod.Spec.Containers {
		fmt.Println(pod.Metadata.Name, container.Name)
	}
	// Output: distroless app
}

func ExampleObject_Decode() {
	client, stop := demo()
	defer stop()
	object, err := resources.As[resources.Object](resources.New[resources.Pod](client)).Get(context.Background(), "distroless")
	if err != nil {
		log.Fatal(err)
	}
	var pod struct {
		Spec struct {
			RestartPolicy string `json:"restartPolicy"`
		} `json:"spec"`
	}
	if err := object.Decode(&pod); err != nil {
		log.Fatal(err)
	}
	fmt.Println(object.Metadata.Name, pod.Spec.RestartPolicy)
	// Output: distroless Always
}

func TestAsKeepsKindAndNamespace(t *testing.T) {
	server := kxtest.Start(t, kxtest.WithDemo())
	client := connect(t, server.Config())
	for name, options := range map[string][]resources.APIOption{
		"the configuration's namespace": nil,
		"a given namespace":             {resources.InNamespace("kube-system")},
		"all namespaces":                {resources.AllNamespaces()},
	} {
		t.Run(name, func(t *testing.T) {
			pods := resources.New[resources.Pod](client, options...)
			_, err := pods.List(t.Context(), resources.ListOptions{})
			require.NoError(t, err)
			want := last(t, server)
			objects := resources.As[resources.Object](pods)
			_, err = objects.List(t.Context(), resources.ListOptions{})
			require.NoError(t, err)
			require.Equal(t, want.Path, last(t, server).Path)
			require.Equal(t, pods.Kind(), objects.Kind())
		})
	}
}

func TestAnObjectDecodesIntoItsModel(t *testing.T) {
	object := &resources.Object{Kind: "Pod", Metadata: resources.ObjectMeta{Name: "a"}, Unknown: jsontext.Value(`{"spec":{"nodeName":"n","new":1}}`)}
	var pod resources.Pod
	require.NoError(t, object.Decode(&pod))
	require.Equal(t, "Pod a n", pod.Kind+" "+pod.Metadata.Name+" "+pod.Spec.NodeName)
	require.Equal(t, `{"new":1}`, string(pod.Spec.Unknown))

	require.NoError(t, (&resources.Object{Kind: "Pod"}).Decode(&pod), "an object of metadata alone")
	object.Unknown = jsontext.Value(`{"spec":[]}`)
	require.Error(t, object.Decode(&pod))
}

func TestMetaReturnsThePointerToTheMetadata(t *testing.T) {
	object := &resources.Object{}
	object.Meta().Name = "a"
	require.Equal(t, "a", object.Metadata.Name)
}
