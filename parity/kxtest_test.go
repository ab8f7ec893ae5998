package parity_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kx-k8s/kx/kxtest"
)

// waitLimit is the longest wait for a server, which may share its machine with much else.
const waitLimit = 2 * time.Minute

// startKxtest starts a server, and returns it with the configuration of client-go's clients.
func startKxtest(t *testing.T, options ...kxtest.Option) (*kxtest.Server, *rest.Config) {
	srv := kxtest.Start(t, options...)
	config, err := clientcmd.RESTConfigFromKubeConfig(srv.Kubeconfig())
	require.NoError(t, err)
	config.QPS = -1 // no limit
	return srv, config
}

// contentTypes are the encodings of request bodies in client-go. Protobuf is the default of typed
// clients.
var contentTypes = map[string]string{"JSON": "application/json", "protobuf": "application/vnd.kubernetes.protobuf"}

// sleepingPod is a pod whose container prints a line, and sleeps.
func sleepingPod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "app", Image: kxtest.BusyboxImage, Command: []string{"sh", "-c", "echo started; sleep 1000"},
		}}},
	}
}

// configMap is a config map with one key.
func configMap(name, value string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"key": value}}
}
