package faults_test

const (
	configMapText = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"NAME"},"data":{"a":"2"}}`
	debugWords    = "-c tools --image kx.local/busybox:1 --image-pull-policy Never --profile baseline --timeout 20s"
)

// verbs are the verbs of the command that speak with a server, each in its main forms.
func verbs() []*subject {
	return []*subject{
		{name: "get -o json", args: "get configmap shared-0 -o json"},
		{name: "get -o yaml of a list", args: "get configmaps -l app=shared -o yaml"},
		{name: "get -o name in pages", args: "get configmaps -l app=shared -o name --chunk-size 2"},
		{name: "get in a table", args: "get pods shared done"},
		{name: "get of two kinds", args: "get configmaps,deployments -l app=shared -o name"},
		{name: "get --watch", args: "get configmaps -l app=shared -o name --watch", until: "shared-4", partial: true, follows: true},
		{name: "get --raw", args: "get --raw /version", raw: true},
		{name: "get --subresource", args: "get deployment shared --subresource scale -o json"},
		{name: "describe", args: "describe pod done --show-events=false", tells: true},
		{name: "events", args: "events pod/none"},
		{name: "wait", args: "wait pod/shared --for condition=Ready", limits: "--timeout=5s"},
		{name: "create", args: "create -f -", stdin: configMapText},
		{name: "create --dry-run", args: "create -f - --dry-run=server", stdin: configMapText},
		{name: "replace", args: "replace -f -", stdin: configMapText, needs: configMap},
		{name: "patch", args: `patch configmap NAME --type merge -p '{"data":{"b":"2"}}'`, needs: configMap},
		{name: "patch --type json", args: `patch configmap NAME --type json -p '[{"op":"add","path":"/data/b","value":"2"}]'`, needs: configMap},
		{name: "patch --type apply", args: "patch --type apply -f -", stdin: configMapText},
		{name: "patch --subresource", args: `patch pod NAME --subresource ephemeralcontainers -p '{"spec":{"ephemeralContainers":[{"name":"tools","image":"kx.local/busybox:1"}]}}'`, needs: parked},
		{name: "delete", args: "delete configmap NAME", needs: configMap, limits: "--timeout=5s"},
		{name: "delete --wait=false", args: "delete configmap NAME --wait=false", needs: configMap},
		{name: "api GET", args: "api GET /version", raw: true},
		{name: "api POST", args: "api POST /api/v1/namespaces/NAMESPACE/configmaps -f -", stdin: configMapText, raw: true},
		{name: "logs", args: "logs shared", partial: true},
		{name: "logs -f", args: "logs done -f", partial: true, follows: true},
		{name: "logs -l", args: "logs -l app=done --tail=-1", partial: true},
		{name: "exec", args: "exec shared -- sh -c 'echo one; sleep 0.1; echo two'", partial: true, lost: 125},
		{name: "exec -i", args: "exec -i shared -- cat", stdin: "one\ntwo\n", partial: true, lost: 125},
		{name: "attach -i", args: "attach -i -q NAME", stdin: "one\ntwo\n", needs: reading, partial: true, lost: 125},
		{name: "cp out", args: "cp shared:/etc/passwd FOLDER/passwd -q"},
		{name: "cp in", args: "cp FOLDER/kubeconfig shared:/tmp/NAME -q"},
		{name: "cp --via-debug", args: "cp NAME:/etc/passwd FOLDER/passwd -q --via-debug --image kx.local/busybox:1 --image-pull-policy Never", needs: running, checks: true},
		{name: "port-forward", args: "port-forward shared :8080 --address 127.0.0.1", forward: true, partial: true},
		{name: "debug", args: "debug NAME -q " + debugWords + " -- sleep 60", needs: running, limits: "--timeout=5s", checks: true},
		{name: "debug -i", args: "debug NAME -i -q " + debugWords + " -- sh -c 'read line; echo got $line'", stdin: "one\n", needs: running, limits: "--timeout=5s", partial: true, lost: 125, checks: true},
		{name: "debug --attach=false", args: "debug NAME -q --attach=false " + debugWords + " -- sleep 60", needs: parked, checks: true},
		{name: "debug --copy-to", args: "debug NAME -q --copy-to NAME-copy " + debugWords + " -- sleep 60", needs: copied, limits: "--timeout=5s", checks: true},
		{name: "debug node/NAME", args: "debug node/NODE -i " + debugWords + " -- sh -c 'read line; echo got $line' NAME", stdin: "one\n", needs: onNode, cleans: true, limits: "--timeout=5s", partial: true, lost: 125, checks: true},
		{name: "image load", args: "image load ARCHIVE --node NODE --image kx.local/busybox:1 --image-pull-policy Never --timeout 20s", uploads: true, cleans: true, limits: "--timeout=5s", checks: true},
		{name: "debug stop", args: "debug stop NAME tools --grace-period 1s", needs: debugged, verifies: true},
		{name: "debug ls", args: "debug ls shared"},
		{name: "debug images", args: "debug images shared"},
		{name: "auth whoami", args: "auth whoami"},
		{name: "auth can-i", args: "auth can-i get pods"},
		{name: "auth can-i --list", args: "auth can-i --list"},
		{name: "auth check", args: "auth check", tells: true},
		{name: "version", args: "version"},
	}
}
