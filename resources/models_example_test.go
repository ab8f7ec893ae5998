package resources_test

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

func ExamplePod() {
	pod := resources.Pod{
		APIVersion: "v1",
		Kind:       "Pod",
		Metadata:   resources.ObjectMeta{Name: "web-0", Labels: map[string]string{"app": "web"}},
		Spec: resources.PodSpec{
			Containers: []resources.Container{{
				Name:  "app",
				Image: "nginx:1",
				Ports: []resources.ContainerPort{{ContainerPort: 80}},
				Resources: resources.ResourceRequirements{
					Requests: map[string]resources.Quantity{"cpu": resources.MustQuantity("100m")},
				},
				ReadinessProbe: &resources.Probe{HTTPGet: &resources.HTTPGetAction{Path: "/", Port: resources.FromInt(80)}},
			}},
		},
	}
	out, err := json.Marshal(pod, jsontext.WithIndent("  "))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(out))
	// Output:
	// {
	//   "kind": "Pod",
	//   "apiVersion": "v1",
	//   "metadata": {
	//     "name": "web-0",
	//     "labels": {
	//       "app": "web"
	//     }
	//   },
	//   "spec": {
	//     "containers": [
	//       {
	//         "name": "app",
	//         "image": "nginx:1",
	//         "ports": [
	//           {
	//             "containerPort": 80
	//           }
	//         ],
	//         "resources": {
	//           "requests": {
	//             "cpu": "100m"
	//           }
	//         },
	//         "readinessProbe": {
	//           "httpGet": {
	//             "path": "/",
	//             "port": 80
	//           }
	//         }
	//       }
	//     ]
	//   }
	// }
}

func ExamplePod_unknownMembers() {
	var pod resources.Pod
	err := json.Unmarshal([]byte(`{"spec":{"containers":[{"name":"app","unknown":true}]}}`), &pod)
	if err != nil {
		fmt.Println(err)
		return
	}
	pod.Spec.Containers[0].Image = "nginx:2"

	out, err := json.Marshal(pod)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(pod.Spec.Containers[0].Unknown))
	fmt.Println(string(out))
	// Output: {"unknown":true}
	// {"spec":{"containers":[{"name":"app","image":"nginx:2","unknown":true}]}}
}

func ExampleEphemeralContainer() {
	c := resources.EphemeralContainer{
		Name:                "debugger",
		Image:               "busybox",
		Stdin:               true,
		TTY:                 true,
		TargetContainerName: "app",
	}
	out, err := json.Marshal(c)
	fmt.Println(string(out))
	fmt.Println(err)
	// Output:
	// {"name":"debugger","image":"busybox","stdin":true,"tty":true,"targetContainerName":"app"}
	// <nil>
}

func ExampleObject() {
	var object resources.Object
	err := json.Unmarshal([]byte(`{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"settings"},"data":{"color":"blue"}}`), &object)
	fmt.Println(object.Kind, object.Metadata.Name, string(object.Unknown), err)
	// Output: ConfigMap settings {"data":{"color":"blue"}} <nil>
}

func ExampleQuantity() {
	memory := resources.MustQuantity("1.5Gi")
	bytes, err := memory.Value()
	fmt.Println(memory, bytes, err)
	// Output: 1.5Gi 1610612736 <nil>
}

func ExampleTime() {
	var pod resources.Pod
	err := json.Unmarshal([]byte(`{"metadata":{"creationTimestamp":"2026-01-02T03:04:05Z"}}`), &pod)
	if err != nil {
		fmt.Println(err)
		return
	}
	created, err := pod.Metadata.CreationTimestamp.Time()
	fmt.Println(created.Year(), err)
	// Output: 2026 <nil>
}
