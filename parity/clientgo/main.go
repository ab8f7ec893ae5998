// Command clientgo does with client-go what examples/inject does with kx, to compare their sizes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func main() {
	if err := inject(context.Background(), os.Getenv("POD_NAMESPACE"), os.Args[1], os.Args[2],
		os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func inject(ctx context.Context, namespace, pod, image string, command []string) error {
	config, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	containers := []corev1.EphemeralContainer{{
		EphemeralContainerCommon: corev1.EphemeralContainerCommon{
			Name: "debugger", Image: image, Command: command,
		},
	}}
	patch, err := json.Marshal(map[string]any{
		"spec": map[string]any{"ephemeralContainers": containers},
	})
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Pods(namespace).Patch(ctx, pod, types.StrategicMergePatchType, patch,
		metav1.PatchOptions{}, "ephemeralcontainers")
	return err
}
