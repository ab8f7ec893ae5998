package cli

import "strings"

// replacements has the command lines of kx that do what a verb of kubectl does, for the verbs that
// kx does not have. Words in capitals stand for those of the user.
var replacements = map[string][]string{
	"annotate": {
		`kx patch KIND NAME --type merge -p '{"metadata":{"annotations":{"KEY":"VALUE"}}}'`,
	},
	"apply":         {"kx patch --type apply -f FILE"},
	"api-resources": {"kx api GET /apis"},
	"api-versions":  {"kx api GET /apis"},
	"autoscale":     {"kx create -f FILE"},
	"cluster-info":  {"kx auth check"},
	"cordon":        {`kx patch node NAME -p '{"spec":{"unschedulable":true}}'`},
	"diff":          {"kx patch --type apply -f FILE --dry-run=server -o yaml"},
	"drain": {
		`kx patch node NAME -p '{"spec":{"unschedulable":true}}'`,
		"kx delete pods -A --field-selector spec.nodeName=NAME",
	},
	"edit":    {"kx get KIND NAME -o yaml", "kx replace -f FILE"},
	"explain": {"kx api GET /openapi/v3/api/v1"},
	"expose":  {"kx create -f FILE"},
	"label":   {`kx patch KIND NAME --type merge -p '{"metadata":{"labels":{"KEY":"VALUE"}}}'`},
	"rollout": {"kx wait KIND/NAME --for rollout"},
	"run":     {"kx create -f FILE"},
	"scale": {
		`kx patch KIND NAME --subresource scale --type merge -p '{"spec":{"replicas":NUMBER}}'`,
	},
	"set": {`kx patch KIND NAME -p PATCH`},
	"taint": {
		`kx patch node NAME -p '{"spec":{"taints":[{"key":"KEY","effect":"NoSchedule"}]}}'`,
	},
	"top":      {"kx get pods.metrics.k8s.io"},
	"uncordon": {`kx patch node NAME -p '{"spec":{"unschedulable":false}}'`},
}

// replacement returns the command lines that do what a verb of kubectl does, or "".
func replacement(verb string) string { return strings.Join(replacements[verb], ", then ") }
