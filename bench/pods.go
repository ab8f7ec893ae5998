//go:build linux

package main

import (
	"encoding/json"
	"fmt"
)

// listedName returns the name of a listed pod.
func listedName(i int) string { return fmt.Sprintf("web-%05d", i) }

// listedPod returns a pod as teams have them: two containers with probes, environment and volumes.
// No scheduler takes it, so that no node runs it.
func listedPod(i int) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":%[1]q,
"labels":{"app":"web","tier":"front","team":"team-%[2]d"},
"annotations":{"example.com/owner":"team-%[2]d@example.com"}},
"spec":{"schedulerName":"none","automountServiceAccountToken":false,
"volumes":[{"name":"data","emptyDir":{}},{"name":"cache","emptyDir":{"medium":"Memory"}},
{"name":"settings","configMap":{"name":"web-settings","optional":true}}],
"containers":[{"name":"app","image":"registry.example.com/web/app:1.14.2",
"args":["--listen=:8080","--log-level=info"],
"ports":[{"name":"http","containerPort":8080}],
"env":[{"name":"POD_NAME","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},
{"name":"REGION","value":"eu-central-1"},{"name":"POOL","value":"%[2]d"}],
"resources":{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"memory":"256Mi"}},
"volumeMounts":[{"name":"data","mountPath":"/data"},{"name":"settings","mountPath":"/etc/web"}],
"readinessProbe":{"httpGet":{"path":"/ready","port":"http"},"periodSeconds":5},
"livenessProbe":{"httpGet":{"path":"/live","port":"http"},"initialDelaySeconds":10}},
{"name":"proxy","image":"registry.example.com/web/proxy:2.3.0",
"ports":[{"name":"admin","containerPort":9901}],
"env":[{"name":"UPSTREAM","value":"127.0.0.1:8080"}],
"volumeMounts":[{"name":"cache","mountPath":"/var/cache/proxy"}],
"readinessProbe":{"tcpSocket":{"port":"admin"}}}]}}`,
		listedName(i), i%50)
}

// runningPod returns a pod whose container runs a command once.
func runningPod(name, image string, command ...string) []byte {
	words, _ := json.Marshal(command) // strings can always be encoded
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},
"spec":{"restartPolicy":"Never","terminationGracePeriodSeconds":0,
"automountServiceAccountToken":false,
"containers":[{"name":"app","image":%q,"imagePullPolicy":"IfNotPresent","command":%s}]}}`,
		name, image, words)
}
