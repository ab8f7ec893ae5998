package parity_test

import (
	"encoding/base64"
	stdjson "encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"
)

// kubeconfigWorld is the folders that all sets share: one for each file with credential files
// beside it, a home folder, and the working directory.
type kubeconfigWorld struct {
	root    string
	folders []string // of the files of a list
	home    string   // .kube in the home folder
	work    string   // the working directory
	now     time.Time
}

func newKubeconfigWorld(t testing.TB) *kubeconfigWorld {
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	w := &kubeconfigWorld{root: root, home: filepath.Join(root, ".kube"), work: filepath.Join(root, "work"), now: time.Now()}
	for i := range 4 {
		w.folders = append(w.folders, filepath.Join(root, fmt.Sprint("f", i)))
	}
	for _, dir := range append([]string{w.home, w.work}, w.folders...) {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "pki"), 0o700))
		for _, name := range []string{"ca.pem", "client.crt", "client.key", "token"} {
			for _, path := range []string{name, filepath.Join("pki", name)} {
				content := fmt.Sprintf("%s of %s\n", path, filepath.Base(dir))
				require.NoError(t, os.WriteFile(filepath.Join(dir, path), []byte(content), 0o600))
			}
		}
	}
	for _, name := range []string{"KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "POD_NAMESPACE", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", filepath.Dir(w.home))
	before := clientcmd.RecommendedHomeFile
	clientcmd.RecommendedHomeFile = filepath.Join(w.home, "config")
	t.Cleanup(func() { clientcmd.RecommendedHomeFile = before })
	return w
}

// kubeconfigMaker makes one set from its own random source.
type kubeconfigMaker struct {
	*rand.Rand
	world *kubeconfigWorld
	set   *kubeconfigSet
}

const kubeconfigSeed = 20260401

// generate returns the set of a number. It is the same each time, except the folder's name and
// the expiry of tokens.
func (w *kubeconfigWorld) generate(number int) *kubeconfigSet {
	m := &kubeconfigMaker{rand.New(rand.NewPCG(kubeconfigSeed, uint64(number))), w, &kubeconfigSet{number: number, env: map[string]string{}}}
	m.files()
	m.references()
	m.chooseOptions()
	if m.chance(.4) {
		m.overrides()
	}
	for m.chance(.42) {
		pick(m, oddities)(m, m.set.view())
	}
	m.environment()
	for _, f := range m.set.files {
		f.json = f.json && !f.holdsYAML()
	}
	return m.set
}

func (m *kubeconfigMaker) chance(p float64) bool { return m.Float64() < p }

func pick[T any](m *kubeconfigMaker, from []T) T { return from[m.IntN(len(from))] }

// files makes one to four files. Their entries share few names, and so collide.
func (m *kubeconfigMaker) files() {
	s := m.set
	n := m.IntN(10)
	switch {
	case n == 0:
		s.files = []*kubeconfigFile{{path: filepath.Join(m.world.home, "config")}}
	case n <= 3:
		s.files = []*kubeconfigFile{{path: filepath.Join(m.world.folders[0], "config")}}
		s.options.Path = m.listed(s.files[0].path)
		if m.chance(.3) {
			s.list = filepath.Join(m.world.folders[1], "config") // from another set, and not read
		}
	default:
		var list []string
		for i := range 1 + m.IntN(4) {
			f := &kubeconfigFile{path: filepath.Join(m.world.folders[i], "config")}
			s.files = append(s.files, f)
			list = append(list, m.listed(f.path))
		}
		s.list = m.pathList(list)
	}
	for i, f := range s.files {
		f.json = m.chance(.12)
		f.unknownFields = m.chance(.15)
		if m.chance(.75) {
			f.currentContext = pick(m, entryNames)
		}
		for _, name := range entryNames {
			if m.chance(.42) {
				f.clusters = append(f.clusters, m.cluster(name, i))
			}
			if m.chance(.42) {
				f.users = append(f.users, m.user(name, i))
			}
			if m.chance(.42) {
				c := &kubeconfigEntry{name: name}
				if m.chance(.5) {
					c.set("namespace", fmt.Sprintf("ns-%s-%d", name, i))
				}
				f.contexts = append(f.contexts, c)
			}
		}
	}
}

var entryNames = []string{"alpha", "beta", "gamma"}

// listed returns a path for a list or flag, sometimes relative to the working directory.
func (m *kubeconfigMaker) listed(path string) string {
	if m.chance(.75) {
		return path
	}
	rel, err := filepath.Rel(m.world.work, path)
	if err != nil {
		panic(err)
	}
	return rel
}

// pathList returns a list of paths, sometimes with duplicates, empty parts and missing files.
func (m *kubeconfigMaker) pathList(list []string) string {
	if m.chance(.15) {
		list = append(list, list[m.IntN(len(list))])
	}
	if m.chance(.15) {
		i := m.IntN(len(list) + 1)
		list = append(list[:i:i], append([]string{""}, list[i:]...)...)
	}
	if m.chance(.15) {
		i := m.IntN(len(list) + 1)
		list = append(list[:i:i], append([]string{filepath.Join(m.world.folders[3], "gone", "config")}, list[i:]...)...)
		m.set.files = append(m.set.files, &kubeconfigFile{path: filepath.Join(m.world.folders[3], "gone", "config"), missing: true})
	}
	return strings.Join(list, string(filepath.ListSeparator))
}

// references makes the contexts name existing entries.
func (m *kubeconfigMaker) references() {
	v := m.set.view()
	if len(v.clusters) == 0 {
		f := pick(m, v.read)
		f.clusters = append(f.clusters, m.cluster("alpha", 0))
	}
	if len(v.users) == 0 {
		f := pick(m, v.read)
		f.users = append(f.users, m.user("alpha", 0))
	}
	if len(v.contexts) == 0 {
		f := pick(m, v.read)
		f.contexts = append(f.contexts, &kubeconfigEntry{name: "alpha"})
	}
	v = m.set.view()
	known := func(entries map[string]*kubeconfigEntry) []string {
		var there []string
		for _, name := range entryNames {
			if entries[name] != nil {
				there = append(there, name)
			}
		}
		return there
	}
	for _, f := range m.set.files {
		for _, c := range f.contexts {
			c.set("cluster", pick(m, known(v.clusters)))
			if m.chance(.93) {
				c.set("user", pick(m, known(v.users)))
			}
		}
		if f.currentContext != "" {
			f.currentContext = pick(m, known(v.contexts))
		}
	}
	if m.set.view().currentContext == "" {
		f := m.set.view().read[0]
		f.currentContext = pick(m, known(v.contexts))
	}
}

func (m *kubeconfigMaker) chooseOptions() {
	v, o := m.set.view(), &m.set.options
	if m.chance(.2) {
		o.Context = pick(m, entryNames)
		if v.contexts[o.Context] == nil && m.chance(.8) {
			o.Context = ""
		}
	}
	if m.chance(.15) {
		o.Namespace = "ns-flag"
	}
	if m.chance(.12) {
		o.Cluster = pick(m, entryNames)
		if v.clusters[o.Cluster] == nil && m.chance(.7) {
			o.Cluster = ""
		}
	}
	if m.chance(.12) {
		o.User = pick(m, entryNames)
		if v.users[o.User] == nil && m.chance(.7) {
			o.User = ""
		}
	}
}

// overrides sets one to three of the flags.
func (m *kubeconfigMaker) overrides() {
	o := &m.set.options.Override
	flags := []func(){
		func() {
			o.Server = pick(m, []string{"https://flag.example:6443", "https://flag.example/k8s/flag?q=1",
				"https://[fd00::2]:6443", "http://flag.example"})
		},
		func() { o.TLSServerName = "name.flag" },
		func() { o.Insecure = true },
		func() { o.CAFile = m.flagPath("ca.pem") },
		func() { o.CertFile, o.KeyFile = m.flagPath("client.crt"), m.flagPath("client.key") },
		func() { o.CertFile = m.flagPath("client.crt") },
		func() { o.KeyFile = m.flagPath("client.key") },
		func() { o.Token = "token-flag" },
		func() { o.Impersonate.User = "as-flag" },
		func() { o.Impersonate.User, o.Impersonate.UID = "as-flag", "uid-flag" },
		func() { o.Impersonate.User, o.Impersonate.Groups = "as-flag", []string{"group-flag-1", "group-flag-2"} },
		func() {
			o.Impersonate.User, o.Impersonate.Extra = "as-flag", map[string][]string{"scopes": {"flag"}, "example.com/key": {"flag"}}
		},
		func() { o.Impersonate.UID = "uid-flag" },
		func() { o.Impersonate.Groups = []string{"group-flag"} },
	}
	for range 1 + m.IntN(3) {
		pick(m, flags)()
	}
}

// flagPath returns a credential file in the form of a flag.
func (m *kubeconfigMaker) flagPath(name string) string {
	return pick(m, []string{name, "pki/" + name, filepath.Join(m.world.work, name), filepath.Join("..", "f0", name)})
}

func (m *kubeconfigMaker) environment() {
	if m.chance(.2) { // no pod: half of what it takes
		m.set.env[pick(m, []string{"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"})] = "443"
		m.set.env["POD_NAMESPACE"] = "ns-pod"
	}
}

// filePath returns a credential file in the form of a kubeconfig, mostly relative to its folder.
func (m *kubeconfigMaker) filePath(name string) string {
	return pick(m, []string{name, "pki/" + name, "./" + name, "../f2/" + name, "../../" + filepath.Base(m.world.root) + "/f1/" + name, filepath.Join(m.world.folders[3], name)})
}

// data returns in-line data. No loader checks whether it is PEM.
func data(what string) string { return base64.StdEncoding.EncodeToString([]byte(what)) }

func (m *kubeconfigMaker) cluster(name string, file int) *kubeconfigEntry {
	e := &kubeconfigEntry{name: name}
	id := fmt.Sprintf("%s-%d", name, file)
	scheme := "https://"
	if m.chance(.1) {
		scheme = pick(m, []string{"http://", "http://", "HTTPS://"})
	}
	host := id + ".example:6443"
	switch m.IntN(10) {
	case 0:
		host = fmt.Sprintf("[fd00::%d:%d]:6443", len(name), file)
	case 1:
		host = fmt.Sprintf("[fd00::%d:%d]", len(name), file)
	case 2:
		host = "10.0.0." + fmt.Sprint(file) + ":6443"
	}
	suffix := ""
	if m.chance(.3) {
		suffix = pick(m, []string{"/", "/k8s/clusters/c-1", "/k8s/clusters/c-1/", "/a//b",
			"/with%20space"})
	}
	if m.chance(.08) {
		suffix += pick(m, []string{"?q=1", "?", "#part", "?q=1#part"})
	}
	e.set("server", scheme+host+suffix)
	switch m.IntN(7) {
	case 0, 1, 2:
		e.set("certificate-authority", m.filePath("ca.pem"))
	case 3, 4:
		e.set("certificate-authority-data", data("ca of "+id))
	case 5:
		e.set("insecure-skip-tls-verify", true)
	}
	if m.chance(.15) {
		e.set("tls-server-name", id+".name")
	}
	if m.chance(.2) {
		e.set("proxy-url", pick(m, []string{"http://", "https://", "socks5://",
			"http://user:pass@"})+id+".proxy:3128")
	}
	if m.chance(.15) {
		e.set("disable-compression", m.chance(.8))
	}
	if m.chance(.2) {
		e.set("extensions", m.extensions(id))
	}
	return e
}

func (m *kubeconfigMaker) extensions(id string) []any {
	other := map[string]any{"name": "other.example/x", "extension": map[string]any{"kind": "X"}}
	config := map[string]any{"audience": id, "n": 1, "list": []any{true, nil, "a"}}
	own := map[string]any{"name": "client.authentication.k8s.io/exec", "extension": config}
	return pick(m, [][]any{{own}, {own}, {other, own}, {other}})
}

func (m *kubeconfigMaker) user(name string, file int) *kubeconfigEntry {
	e := &kubeconfigEntry{name: name}
	id := fmt.Sprintf("%s-%d", name, file)
	switch m.IntN(10) {
	case 0, 1:
		e.set("token", "token-"+id)
	case 2:
		e.set("tokenFile", m.filePath("token"))
	case 3:
		e.set("token", "token-"+id)
		e.set("tokenFile", m.filePath("token"))
	case 4:
		e.set("username", "user-"+id)
		e.set("password", pick(m, []string{"pass-" + id, "0123", "p: #x", ""}))
	case 5, 6:
		m.clientCertificate(e, id)
	case 7, 8:
		e.set("exec", m.exec(id))
	}
	if m.chance(.06) {
		m.clientCertificate(e, id)
	}
	if m.chance(.06) {
		e.set("exec", m.exec(id))
	}
	if m.chance(.25) {
		m.impersonate(e, id)
	}
	return e
}

func (m *kubeconfigMaker) clientCertificate(e *kubeconfigEntry, id string) {
	if m.chance(.5) {
		e.set("client-certificate", m.filePath("client.crt"))
	} else {
		e.set("client-certificate-data", data("certificate of "+id))
	}
	if m.chance(.5) {
		e.set("client-key", m.filePath("client.key"))
	} else {
		e.set("client-key-data", data("key of "+id))
	}
}

func (m *kubeconfigMaker) impersonate(e *kubeconfigEntry, id string) {
	e.set("as", "as-"+id)
	if m.chance(.4) {
		e.set("as-uid", "uid-"+id)
	}
	if m.chance(.4) {
		e.set("as-groups", []any{"group-" + id, "system:masters"})
	}
	if m.chance(.4) {
		e.set("as-user-extra", map[string]any{"scopes": []any{"a", "b"}, "Example.com/Key": []any{id}})
	}
}

func (m *kubeconfigMaker) exec(id string) map[string]any {
	e := map[string]any{"apiVersion": "client.authentication.k8s.io/v1beta1"}
	if m.chance(.5) {
		e["apiVersion"] = "client.authentication.k8s.io/v1"
		e["interactiveMode"] = pick(m, []string{"Never", "IfAvailable", "Always"})
	} else if m.chance(.3) {
		e["interactiveMode"] = "Never"
	}
	e["command"] = pick(m, []string{"plugin-" + id, "./bin/plugin", "bin/plugin-" + id, "../plugin", "/opt/plugin-" + id})
	if m.chance(.6) {
		e["args"] = []any{"get-token", id, "two words"}
	}
	if m.chance(.4) {
		e["env"] = []any{map[string]any{"name": "B", "value": id}, map[string]any{"name": "A", "value": ""}}
	}
	if m.chance(.3) {
		e["installHint"] = "install \x1b[1mit\x1b[0m\nfor " + id
	}
	if m.chance(.5) {
		e["provideClusterInfo"] = true
	}
	return e
}

// jwt returns an id-token that expires after a duration.
func (m *kubeconfigMaker) jwt(in time.Duration) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"none"}`) + "." + part(fmt.Sprintf(`{"sub":"u","exp":%d}`, m.world.now.Add(in).Unix())) + "." + part("s")
}

// validIDToken reports whether a token of jwt has not expired.
func validIDToken(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return false
	}
	var claims struct{ Exp int64 }
	return stdjson.Unmarshal(payload, &claims) == nil && time.Now().Before(time.Unix(claims.Exp, 0))
}
