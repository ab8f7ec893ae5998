package conformance_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// waitLimit is how long a behaviour waits on a busy machine.
const waitLimit = 90 * time.Second

// commandLimit is how long one command may run, also on a busy machine.
const commandLimit = 4 * time.Minute

// target is a server under test.
type target struct {
	config     *kubeconfig.Config // of an administrator; its namespace is for this run alone
	kubeconfig string             // config as a file, except for the namespace
	kxProgram  string             // kx, built from this tree
	kubectl    string             // the program, or "" if there is none
	tmux       bool               // tmux is installed
	// addUser creates a user with these rights, and returns the configuration and the server's name
	// of the user.
	addUser func(t *testing.T, name string, rights ...right) (*kubeconfig.Config, string)

	// clientCertificate returns an administrator's certificate as PEM, and otherCertificate that of
	// a user without rights to exec.
	clientCertificate, otherCertificate func(t *testing.T) (cert, key []byte)
	// the kubeconfigs of admin, editor, viewer and nobody; empty on a server without these users
	users   map[string]string
	isLocal bool // the cluster's node is this machine
	proxies bool // tinyproxy and microsocks are installed

	minor       int  // the minor version of the server's Kubernetes
	streamsOnly bool // run the behaviours of streams only
	version4    bool // the server's newest stream protocol is v4.channel.k8s.io

	pods atomic.Int64 // the number of names that were given out
}

// right is a right in the run's namespace: verbs on resources. A resource outside the core group is
// NAME.GROUP.
type right struct{ verbs, resources []string }

func newTarget(t *testing.T) *target {
	var tgt *target
	_, err := exec.LookPath("tmux")
	if *e2e {
		require.NoError(t, err, "-e2e needs tmux")
		tgt = newCluster(t)
	} else {
		tgt = newSandbox(t)
	}
	tgt.proxies = findProxies(t)
	require.Contains(t, []string{"", "v4", "v5"}, *streams, "-streams")
	tgt.tmux = err == nil
	tgt.streamsOnly, tgt.version4 = *streams != "", *streams == "v4"
	tgt.kxProgram = buildCommand(t)
	return tgt
}

// newSandbox starts a kxtest server below a path, as proxies mount API servers.
func newSandbox(t *testing.T, opts ...kxtest.Option) *target {
	srv := kxtest.Start(t, append(opts, kxtest.WithPathPrefix("/k8s/clusters/c-1"), kxtest.WithDemo())...)
	tgt := &target{minor: newest, config: srv.Config(), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig"),
		users: map[string]string{}}
	for name, user := range map[string]string{"editor": "kx-editor", "viewer": "kx-viewer", "nobody": "kx-nobody"} {
		tgt.users[name] = filepath.Join(t.TempDir(), "kubeconfig")
		require.NoError(t, os.WriteFile(tgt.users[name], srv.KubeconfigOf(user), 0o600))
	}
	tgt.users["admin"] = tgt.kubeconfig
	certificate := func(user string, groups ...string) func(t *testing.T) (cert, key []byte) {
		return func(t *testing.T) (cert, key []byte) {
			cfg, err := srv.UserWithCertificate(user, groups)
			require.NoError(t, err)
			return cfg.TLS.CertData, cfg.TLS.KeyData
		}
	}
	tgt.clientCertificate, tgt.otherCertificate = certificate("kx-certified", "system:masters"), certificate("kx-other")
	require.NoError(t, srv.WriteKubeconfig(tgt.kubeconfig))
	tgt.config.Namespace = newNamespace(t, tgt.config)
	tgt.addUser = func(_ *testing.T, name string, rights ...right) (*kubeconfig.Config, string) {
		name = fmt.Sprintf("system:serviceaccount:%s:%s", tgt.config.Namespace, name)
		var rules []kxtest.Rule
		for _, r := range rights {
			for _, verb := range r.verbs {
				rules = append(rules, kxtest.Allow(verb, r.resources...).In(tgt.config.Namespace))
			}
		}
		cfg := srv.User(name, rules...)
		cfg.Namespace = tgt.config.Namespace
		return cfg, name
	}
	return tgt
}

// newNamespace creates a namespace that the test's end deletes.
func newNamespace(t *testing.T, cfg *kubeconfig.Config) string {
	namespaces := resources.New[resources.Namespace](connect(t, cfg))
	made, err := namespaces.Create(t.Context(),
		&resources.Namespace{Metadata: resources.ObjectMeta{GenerateName: "kx-conformance-"}})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := namespaces.Delete(atEnd(t), made.Metadata.Name)
		require.NoError(t, err)
	})
	return made.Metadata.Name
}

func connect(t *testing.T, cfg *kubeconfig.Config, opts ...transport.Option) *transport.Client {
	client, err := transport.New(cfg, opts...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}
