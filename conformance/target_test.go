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

// patience is how long a behaviour waits for what takes its time on a busy machine.
const patience = 90 * time.Second

// target is a server under test.
type target struct {
	config     *kubeconfig.Config // of an administrator; its namespace is this run's own
	kubeconfig string             // the same as a file, but for the namespace
	kxProgram  string             // kx, built from this tree
	kubectl    string             // the program, empty where there is none
	tmux       bool               // there is a terminal to sit at
	// addUser makes a user called name who may do these, and gives the configuration and the name that the server has for him.
	addUser func(t *testing.T, name string, rights ...right) (*kubeconfig.Config, string)

	// clientCertificate gives an administrator's, as PEM, and otherCertificate that of a user who may exec nothing.
	clientCertificate, otherCertificate func(t *testing.T) (cert, key []byte)
	users                               map[string]string // the kubeconfigs of admin, editor, viewer and nobody; empty where there are no such users
	here                                bool              // the cluster's node is this machine
	proxies                             bool              // tinyproxy and microsocks are installed

	streamsOnly bool // show the behaviours of streams alone
	version4    bool // the server speaks v4.channel.k8s.io at best

	pods atomic.Int64 // how many were named
}

// right is what a user may do in the run's namespace: verbs on resources of the core group.
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

// newSandbox makes a kxtest server, below a path as proxies mount API servers.
func newSandbox(t *testing.T, opts ...kxtest.Option) *target {
	srv := kxtest.Start(t, append(opts, kxtest.WithPathPrefix("/k8s/clusters/c-1"), kxtest.WithDemo())...)
	tgt := &target{config: srv.Config(), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig"), users: map[string]string{}}
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

// newNamespace makes a namespace that goes with the test.
func newNamespace(t *testing.T, cfg *kubeconfig.Config) string {
	namespaces := resources.New[resources.Namespace](connect(t, cfg))
	made, err := namespaces.Create(t.Context(), &resources.Namespace{Metadata: resources.ObjectMeta{GenerateName: "kx-conformance-"}})
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
