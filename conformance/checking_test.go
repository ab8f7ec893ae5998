package conformance_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// checking are the behaviours of users who ask about their rights.
func checking() []behaviour {
	return []behaviour{
		{"kx auth check prints yes for an administrator", func(t *testing.T, w *world) {
			done := w.kx(t, "", "auth", "check")
			require.Equal(t, 0, done.code, done.stdout+done.stderr)
			require.Empty(t, done.stderr)
			for _, task := range []string{"debug", "exec", "attach", "logs", "port-forward"} {
				require.Regexp(t, `(?m)^`+task+` +yes$`, done.stdout)
			}
		}},
		{
			"kx auth check prints no for a read-only user, and lists the missing rights",
			func(t *testing.T, w *world) {
				_, file := w.grant(t, "check-reader", "get pods", "list pods", "watch pods", "get pods/log")
				done := w.kx(t, "", "--kubeconfig", file, "auth", "check")
				require.Equal(t, 1, done.code, done.stderr)
				for _, line := range []string{
					`debug +no: you lack patch pods/ephemeralcontainers`,
					`exec +no: you lack get pods/exec( and create pods/exec)?`, `logs +yes`,
					`answers +yes, v\d.*`, `credential +bearer token.*`,
					`you are +system:serviceaccount:` + w.config.Namespace + `:check-reader.*`,
					`namespace +` + w.config.Namespace + ` \(--namespace\)`,
				} {
					require.Regexp(t, `(?m)^`+line+`$`, done.stdout)
				}
				require.Contains(t, done.stderr, "--role")
			},
		},
		{
			"the Role that kx auth check --role prints suffices to debug, exec, attach, read logs and forward ports",
			func(t *testing.T, w *world) {
				cfg, file := w.grant(t, "role")
				printed := w.kx(t, "", "--kubeconfig", file, "auth", "check", "--role")
				require.Equal(t, 0, printed.code, printed.stderr)
				require.ElementsMatch(t, w.requiredRights(t), rightsIn(t, printed.stdout))
				if *e2e {
					w.apply(t, printed.stdout)
					client := connect(t, cfg)
					eventually(t, "the Role holds", func() bool {
						report, err := auth.Check(t.Context(), client, "")
						return err == nil && report.Allowed()
					})
				} else {
					cfg, file = w.grant(t, "role", rightsIn(t, printed.stdout)...)
				}
				done := w.kx(t, "", "--kubeconfig", file, "auth", "check")
				require.Equal(t, 0, done.code, done.stdout+done.stderr)
				for name, do := range tasks {
					require.NoError(t, do(t, w, cfg, file), name)
				}
				second := w.kx(t, "", "--kubeconfig", file, "auth", "check", "--role")
				require.Equal(t, 0, second.code, second.stderr)
				require.Empty(t, second.stdout)
			},
		},
		{"each right in that Role is needed", func(t *testing.T, w *world) {
			all := w.requiredRights(t)
			for i, left := range all {
				t.Run(left, func(t *testing.T) {
					t.Parallel()
					rest := append(append([]string{}, all[:i]...), all[i+1:]...)
					cfg, file := w.grant(t, fmt.Sprintf("without-%d", i), rest...)
					_, resource, _ := strings.Cut(left, " ")
					err := tasks[taskOf[resource]](t, w, cfg, file)
					require.Error(t, err)
					want := `User "[^"]+" cannot ` + strings.Replace(left, " ", ` resource "`, 1) + `"`
					// the server gives no reason for these
					if strings.HasPrefix(left, "create ") {
						want = `\(403\)`
					}
					require.Regexp(t, `is forbidden: `+want, err.Error())
				})
			}
		}},
		{"kx auth whoami names a service account as the server does", func(t *testing.T, w *world) {
			cfg, file := w.grant(t, "whoami")
			user, err := auth.WhoAmI(t.Context(), connect(t, cfg))
			require.NoError(t, err)
			require.Equal(t, "system:serviceaccount:"+w.config.Namespace+":whoami", user.Username)
			done := w.kx(t, "", "--kubeconfig", file, "auth", "whoami")
			require.Equal(t, 0, done.code, done.stderr)
			require.Contains(t, done.stdout, "Username")
			require.Contains(t, done.stdout, user.Username)
		}},
		{"kx auth can-i prints yes with exit status 0 and no with 1", func(t *testing.T, w *world) {
			_, file := w.grant(t, "can-i", "get pods", "get pods/log")
			for question, want := range map[string]result{
				"get pods":                       {"yes\n", "", 0},
				"get po web-0":                   {"yes\n", "", 0},
				"get pod/web-0":                  {"yes\n", "", 0},
				"get pods --subresource log":     {"yes\n", "", 0},
				"get pods --subresource exec":    {"no\n", "", 1},
				"get pods -A":                    {"no\n", "", 1},
				"get pods -q":                    {"", "", 0},
				"delete pods -q":                 {"", "", 1},
				"get deployments.apps":           {"no\n", "", 1},
				"get nodes":                      {"no\n", "", 1},
				"get /version":                   {"yes\n", "", 0},
				"get /metrics":                   {"no\n", "", 1},
				"create selfsubjectrulesreviews": {"yes\n", "", 0},
			} {
				require.Equal(
					t,
					want,
					w.kx(
						t,
						"",
						append([]string{"--kubeconfig", file, "auth", "can-i"}, strings.Fields(question)...)...),
					question,
				)
			}
		}},
		{"kx auth can-i --list lists the user's rights in the namespace", func(t *testing.T, w *world) {
			_, file := w.grant(t, "lister", "get pods", "list pods", "get pods/log")
			done := w.kx(t, "", "--kubeconfig", file, "auth", "can-i", "--list")
			require.Equal(t, 0, done.code, done.stderr)
			require.Empty(t, done.stderr)
			require.Regexp(t, `(?m)^Resources +Non-Resource URLs +Resource Names +Verbs$`, done.stdout)
			require.Regexp(t, `(?m)^pods +\[\] +\[\] +\[get list\]$`, done.stdout)
			require.Regexp(t, `(?m)^pods/log +\[\] +\[\] +\[get\]$`, done.stdout)
			require.Regexp(t, `(?m)^selfsubjectreviews\.authentication\.k8s\.io +\[\] +\[\] +\[create\]$`, done.stdout)
			require.Regexp(t, `(?m)^ +\[/version\] +\[\] +\[get\]$`, done.stdout)
		}},
		{"a refusal suggests the kx auth check that lists the user's rights", func(t *testing.T, w *world) {
			_, file := w.grant(t, "refused")
			done := w.kx(t, "", "--kubeconfig", file, "get", "pods")
			require.Equal(t, 1, done.code)
			hint := regexp.MustCompile(`"kx (auth check [^"]+)" says what this user may do`).
				FindStringSubmatch(done.stderr)
			require.NotNil(t, hint, done.stderr)
			check := w.kx(t, "", strings.Fields(hint[1])...)
			require.Equal(t, 1, check.code, check.stderr)
			require.Regexp(t, `(?m)^logs +no: you lack get pods and get pods/log$`, check.stdout)
		}},
	}
}

// taskOf maps a right on a resource to a task that fails without it. Each task reads the pod; exec
// stands for all.
var taskOf = map[string]string{
	"pods": "exec", "pods/exec": "exec", "pods/ephemeralcontainers": "debug", "pods/attach": "attach",
	"pods/log": "logs", "pods/portforward": "port-forward",
}

// tasks perform the tasks that kx auth check lists, as a user.
var tasks = map[string]func(t *testing.T, w *world, cfg *kubeconfig.Config, file string) error{
	"debug": func(t *testing.T, w *world, _ *kubeconfig.Config, file string) error {
		return ended(w.kx(
			t, "", "--kubeconfig", file, "debug", w.running(t), "--image", image, "--image-pull-policy",
			"Never", "-q", "--", "sleep", "60",
		))
	},
	"debug -i": func(t *testing.T, w *world, _ *kubeconfig.Config, file string) error {
		return ended(w.kx(
			t, "sleep 1\n", "--kubeconfig", file, "debug", w.running(t), "--image", image,
			"--image-pull-policy", "Never", "-q", "-i", "--", "sh",
		))
	},
	"debug -i of an ended program": func(t *testing.T, w *world, _ *kubeconfig.Config, file string) error {
		return ended(w.kx(
			t, "", "--kubeconfig", file, "debug", w.running(t), "--image", image, "--image-pull-policy",
			"Never", "-q", "-i", "--", "true",
		))
	},
	"exec": func(t *testing.T, w *world, _ *kubeconfig.Config, file string) error {
		return ended(w.kx(t, "", "--kubeconfig", file, "exec", w.running(t), "--", "true"))
	},
	"attach": func(t *testing.T, w *world, _ *kubeconfig.Config, file string) error {
		name := w.ready(
			t,
			`{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","stdin":true,"stdinOnce":true,`+
				`"command":["cat"]}`,
		)
		return ended(w.kx(t, "hello\n", "--kubeconfig", file, "attach", name, "-i", "-q"))
	},
	"logs": func(t *testing.T, w *world, cfg *kubeconfig.Config, _ string) error {
		pods, name := resources.New[resources.PodOutline](connect(t, cfg)), w.running(t)
		if _, err := pods.Get(t.Context(), name); err != nil {
			return err
		}
		log, err := subresource.Log(pods).Open(t.Context(), name, subresource.LogOptions{})
		if err != nil {
			return err
		}
		defer log.Close()
		_, err = io.Copy(io.Discard, log)
		return err
	},
	"port-forward": func(t *testing.T, w *world, cfg *kubeconfig.Config, _ string) error {
		client, name := connect(t, cfg), w.running(t)
		if _, err := resources.New[resources.PodOutline](client).Get(t.Context(), name); err != nil {
			return err
		}
		conn, err := subresource.PortForward(resources.New[resources.PodOutline](client)).Dial(t.Context(), name, 80)
		if err != nil {
			return err
		}
		return conn.Close()
	},
}

// ended returns an error if kx failed.
func ended(done result) error {
	if done.code != 0 {
		return errors.New(strings.TrimSpace(done.stderr))
	}
	return nil
}

// requiredRights are the rights that the tasks need. From Kubernetes 1.35 on, streams need create
// as well.
func (w *world) requiredRights(t *testing.T) []string {
	report, err := auth.Check(t.Context(), w.client, "")
	require.NoError(t, err)
	all := []string{"get pods", "get pods/log", "patch pods/ephemeralcontainers"}
	create := len(report.Tasks[1].Access) == 3
	for _, stream := range []string{"pods/exec", "pods/attach", "pods/portforward"} {
		all = append(all, "get "+stream)
		if create {
			all = append(all, "create "+stream)
		}
	}
	return all
}

// rightsIn returns the rights of a printed Role, in its order.
func rightsIn(t *testing.T, printed string) (rights []string) {
	document, _, ok := strings.Cut(printed, "---\n")
	require.True(t, ok, printed)
	text, err := patch.YAMLToJSON([]byte(document))
	require.NoError(t, err)
	var role auth.Role
	require.NoError(t, json.Unmarshal(text, &role))
	for _, rule := range role.Rules {
		require.Equal(t, []string{""}, rule.APIGroups)
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				rights = append(rights, verb+" "+resource)
			}
		}
	}
	return rights
}

// grant creates a user with rights such as "get pods". It returns the user's configuration, also as
// a file.
func (w *world) grant(t *testing.T, name string, rights ...string) (cfg *kubeconfig.Config, file string) {
	t.Helper()
	var each []right
	for _, r := range rights {
		verb, resource, _ := strings.Cut(r, " ")
		each = append(each, right{[]string{verb}, []string{resource}})
	}
	if !*e2e {
		cfg, _ = w.addUser(t, name, each...)
		return cfg, w.write(t, cfg, "token: "+cfg.BearerToken)
	}
	cfg, user := w.addUser(t, name)
	if len(rights) > 0 {
		role := auth.Role{
			APIVersion: "rbac.authorization.k8s.io/v1",
			Kind:       "Role",
			Metadata:   auth.Metadata{Name: name, Namespace: w.config.Namespace},
		}
		for _, r := range each {
			role.Rules = append(role.Rules, auth.PolicyRule{
				APIGroups: []string{""},
				Resources: r.resources,
				Verbs:     r.verbs,
			})
		}
		binding := auth.RoleBinding{
			APIVersion: role.APIVersion, Kind: "RoleBinding", Metadata: role.Metadata, RoleRef: auth.Reference{
				APIGroup: "rbac.authorization.k8s.io",
				Kind:     "Role",
				Name:     name,
			},
			Subjects: []auth.Subject{{Kind: "ServiceAccount", Name: name, Namespace: w.config.Namespace}},
		}
		w.apply(t, encode(t, role)+"\n"+encode(t, binding))
		client := connect(t, cfg)
		for _, r := range each { // the authorizer sees the binding with a delay
			resource, sub, _ := strings.Cut(r.resources[0], "/")
			eventually(
				t,
				user+" may "+r.verbs[0]+" "+r.resources[0],
				func() bool { return isAllowed(t, client, r.verbs[0], resource, sub, w.config.Namespace) },
			)
		}
	}
	return cfg, w.write(t, cfg, "token: "+cfg.BearerToken)
}

// apply creates the objects of documents, with kubectl if there is one.
func (w *world) apply(t *testing.T, documents string) {
	t.Helper()
	done := result{}
	if w.kubectl != "" && !strings.HasPrefix(documents, "{") {
		done = w.run(t, w.kubectl, documents, "apply", "-f", "-")
	} else {
		done = w.kx(t, documents, "create", "-f", "-")
	}
	require.Equal(t, 0, done.code, done.stderr)
}
