package parity_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
)

// namedDifference is one intended difference between kx's loader and clientcmd.
//
// Where it applies, either it must hold, or kx must resolve the set like clientcmd resolves its
// twin: the set without the cause of the difference. Where none applies, both must resolve to the
// same.
type namedDifference struct {
	name, why string
	applies   func(v *kubeconfigView, theirs resolution) bool
	holds     func(v *kubeconfigView, ours, theirs resolution) bool
	twin      func(v *kubeconfigView) // changes the view's set, which is a copy
}

// fails reports whether the loader returns an error that contains all words.
func fails(words ...string) func(*kubeconfigView, resolution, resolution) bool {
	return func(_ *kubeconfigView, ours, _ resolution) bool {
		return ours.err != nil && !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(ours.err.Error(), word) })
	}
}

// theyWork selects sets that clientcmd resolves.
func theyWork(and func(v *kubeconfigView) bool) func(*kubeconfigView, resolution) bool {
	return func(v *kubeconfigView, theirs resolution) bool { return theirs.err == nil && and(v) }
}

// theyFail selects sets that clientcmd refuses with an error that contains words.
func theyFail(words string, and func(v *kubeconfigView) bool) func(*kubeconfigView, resolution) bool {
	return func(v *kubeconfigView, theirs resolution) bool {
		return theirs.err != nil && strings.Contains(theirs.err.Error(), words) && and(v)
	}
}

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// The first difference that applies counts. Differences with a twin come first: the rest of the
// set is then compared too.
var differences = []namedDifference{
	{
		name:    "nothing in the first document",
		why:     "clientcmd reads it as an empty configuration, and kx the next one",
		applies: func(v *kubeconfigView, _ resolution) bool { return v.any(isFirstEmpty) },
		twin: func(v *kubeconfigView) {
			for _, f := range v.read {
				if isFirstEmpty(f) {
					f.preamble = ""
				}
			}
		},
	},
	{
		name: "a text without quotes that YAML takes for something else",
		why:  "a token or password of digits is a text where one is due",
		applies: theyFail("cannot unmarshal", func(v *kubeconfigView) bool {
			return slices.ContainsFunc(v.set.entries(), func(e *kubeconfigEntry) bool { return isUnquoted(e, "token") || isUnquoted(e, "password") })
		}),
		twin: func(v *kubeconfigView) {
			for _, e := range v.set.entries() {
				for _, key := range []string{"token", "password"} {
					if isUnquoted(e, key) {
						e.set(key, e.text(key))
					}
				}
			}
		},
	},
	{
		name:    "data that is not base64 and not used",
		why:     "a fault of an entry that is not chosen is no reason not to work",
		applies: theyFail("illegal base64", func(v *kubeconfigView) bool { return len(unusedBadData(v)) > 0 }),
		twin: func(v *kubeconfigView) {
			for _, field := range unusedBadData(v) {
				field.entry.set(field.key, base64.StdEncoding.EncodeToString([]byte("of the twin")))
			}
		},
	},
	{
		name: "--token beside other credentials",
		why:  "the flag clears them; clientcmd lets a token file beat it, sends certificates too and refuses it beside a user name",
		applies: func(v *kubeconfigView, _ resolution) bool {
			return v.set.options.Override.Token != "" && v.user != nil && slices.ContainsFunc(otherCredentials, v.user.has)
		},
		twin: func(v *kubeconfigView) { v.user.remove(otherCredentials...) },
	},
	{
		name: "--client-certificate beside an exec plugin",
		why:  "the flag clears the plugin; clientcmd does not run it either, but still looks for faults in it",
		applies: func(v *kubeconfigView, _ resolution) bool {
			return v.set.options.Override.CertFile != "" && v.user.has("exec")
		},
		twin: func(v *kubeconfigView) { v.user.remove("exec") },
	},
	{
		name:    "--as-user-extra of a key that the file writes in other capitals",
		why:     "as headers the two are one key, so the flag replaces it; clientcmd sends the values of both",
		applies: func(v *kubeconfigView, _ resolution) bool { return len(extraInOtherCapitals(v)) > 0 },
		twin: func(v *kubeconfigView) {
			extra := maps.Clone(v.user.object("as-user-extra"))
			for _, key := range extraInOtherCapitals(v) {
				delete(extra, key)
			}
			v.user.set("as-user-extra", extra)
		},
	},
	{
		name: "an oidc auth-provider without issuer or client",
		why:  "clientcmd wants both to refresh the id-token; kx never does",
		applies: theyFail("Must provide idp-issuer-url", func(v *kubeconfigView) bool {
			return v.user.object("auth-provider")["name"] == "oidc"
		}),
		twin: func(v *kubeconfigView) {
			config := map[string]any{"idp-issuer-url": "https://issuer.example", "client-id": v.set.name() +
				" of the twin"}
			if before, ok := v.user.object("auth-provider")["config"].(map[string]any); ok {
				config["id-token"] = before["id-token"]
			}
			v.user.set("auth-provider", map[string]any{"name": "oidc", "config": config})
		},
	},
	{
		name:    "a fragment behind the server's path",
		why:     "clientcmd takes it for a part of the path, and drops it where there is no path",
		applies: theyWork(func(v *kubeconfigView) bool { return strings.Contains(v.server(), "#") }),
		twin: func(v *kubeconfigView) {
			server, _, _ := strings.Cut(v.server(), "#")
			v.cluster.set("server", server)
		},
	},
	{
		name:    "a file above 1 MiB",
		why:     "YAML's aliases make a small file large already, and no kubeconfig is that large",
		applies: theyWork(func(v *kubeconfigView) bool { return v.any(func(f *kubeconfigFile) bool { return f.size > 1<<20 }) }),
		holds:   fails("larger than 1 MiB"),
	},
	{
		name:    "a key twice in one mapping",
		why:     "clientcmd takes the last of them",
		applies: theyWork(func(v *kubeconfigView) bool { return v.any(hasKeyTwice) }),
		holds:   fails("duplicate key"),
	},
	{
		name:    "a broken second document",
		why:     "clientcmd does not look behind the first",
		applies: theyWork(func(v *kubeconfigView) bool { return v.any(hasBrokenSecond) }),
		holds:   fails("is neither YAML nor JSON"),
	},
	{
		name: "no context and no cluster",
		why:  "kubectl ends up at localhost:8080",
		applies: theyWork(func(v *kubeconfigView) bool {
			return v.contextName == "" && v.set.options.Cluster == "" && v.set.options.Override.Server == ""
		}),
		holds: func(v *kubeconfigView, ours, theirs resolution) bool {
			unset := errors.Is(ours.err, kubeconfig.ErrNotConfigured) || fails("current-context is not set")(v, ours, theirs)
			return unset && theirs.values["server"] == localhost
		},
	},
	{
		name: "a context that names no cluster",
		why:  "kubectl ends up at localhost:8080",
		applies: theyWork(func(v *kubeconfigView) bool {
			return v.context != nil && v.clusterName == "" && v.set.options.Override.Server == ""
		}),
		holds: func(v *kubeconfigView, ours, theirs resolution) bool {
			return fails("names no cluster")(v, ours, theirs) && theirs.values["server"] == localhost
		},
	},
	{
		name:    "a context that names a missing cluster",
		why:     "kubectl ends up at localhost:8080, or at --server with none of the cluster's settings",
		applies: theyWork(func(v *kubeconfigView) bool { return v.clusterName != "" && v.cluster == nil }),
		holds: func(v *kubeconfigView, ours, theirs resolution) bool {
			there := theirs.values["server"] == localhost || v.set.options.Override.Server != ""
			return isNotFound(ours.err, "cluster", v.clusterName) && there
		},
	},
	{
		name:    "a context that names a missing user",
		why:     "clientcmd sends requests without credentials",
		applies: theyWork(func(v *kubeconfigView) bool { return v.userName != "" && v.user == nil }),
		holds: func(v *kubeconfigView, ours, theirs resolution) bool {
			alone := theirs.values["authorization"] == "" || v.set.options.Override.Token != ""
			return isNotFound(ours.err, "user", v.userName) && alone
		},
	},
	{
		name:    "a namespace that is no DNS label",
		why:     "it would lead to another path of the API",
		applies: theyWork(func(v *kubeconfigView) bool { return v.namespace() != "" && !dnsLabel.MatchString(v.namespace()) }),
		holds:   fails("is not a DNS label"),
	},
	{
		name:    "a cluster without server",
		why:     "kubectl ends up at localhost:8080",
		applies: theyWork(func(v *kubeconfigView) bool { return v.server() == "" }),
		holds: func(v *kubeconfigView, ours, theirs resolution) bool {
			return fails("server is not set")(v, ours, theirs) && theirs.values["server"] == localhost
		},
	},
	{
		name:    "a server without scheme",
		why:     "clientcmd takes http:// for it, and drops the credentials",
		applies: theyWork(func(v *kubeconfigView) bool { return !strings.Contains(v.server(), "://") }),
		holds: func(v *kubeconfigView, ours, theirs resolution) bool {
			return fails("server ")(v, ours, theirs) && strings.HasPrefix(theirs.values["server"], "http://")
		},
	},
	{
		name: "a server of another scheme",
		why:  "no request can be sent there",
		applies: theyWork(func(v *kubeconfigView) bool {
			u, err := url.Parse(v.server())
			return err == nil && u.Scheme != "https" && u.Scheme != "http"
		}),
		holds: fails("must begin with https://"),
	},
	{
		name:    "a server with a user name",
		why:     "it would be sent as basic authentication beside the user's credentials",
		applies: theyWork(func(v *kubeconfigView) bool { return strings.Contains(v.server(), "@") }),
		holds:   fails("contains a user name"),
	},
	{
		name: "a proxy without host",
		why:  "with clientcmd it is the first request that fails",
		applies: theyWork(func(v *kubeconfigView) bool {
			u, err := url.Parse(v.cluster.text("proxy-url"))
			return err == nil && u.Scheme != "" && u.Host == ""
		}),
		holds: fails("proxy-url names no host"),
	},
	{
		name: "a contradiction where there is no TLS",
		why:  "clientcmd looks at neither credentials nor certificates then",
		applies: theyWork(func(v *kubeconfigView) bool {
			return !v.tls() && (hasInsecureCA(v) || hasTwoAuthorizations(v) || hasOldPlugin(v) || hasUselessProvider(v))
		}),
		holds: func(v *kubeconfigView, ours, theirs resolution) bool {
			return slices.ContainsFunc([]string{"exclude each other", "exec.apiVersion must be", "auth-provider"}, func(words string) bool {
				return fails(words)(v, ours, theirs)
			})
		},
	},
	{
		name: "two keys without certificate",
		why:  "clientcmd looks at keys only beside a certificate",
		applies: theyWork(func(v *kubeconfigView) bool {
			c := v.credential()
			return !c.hasCert() && c.key != "" && c.keyData != ""
		}),
		holds: fails("client-key and client-key-data exclude each other"),
	},
	{
		name: "a password without user name beside a token file or id-token",
		why:  "the two exclude each other, whatever the password is good for; clientcmd sends the token",
		applies: theyWork(func(v *kubeconfigView) bool {
			c := v.credential()
			return c.username == "" && c.password != "" && (c.tokenFile != "" || c.provider != nil)
		}),
		holds: fails("exclude each other"),
	},
	{
		name: "a group or extra without name",
		why:  "no header can carry it",
		applies: theyWork(func(v *kubeconfigView) bool {
			groups, _ := v.user.value("as-groups").([]any)
			_, unnamed := v.user.object("as-user-extra")[""]
			return slices.Contains(groups, any("")) && v.set.options.Override.Impersonate.Groups == nil || unnamed
		}),
		holds: func(v *kubeconfigView, ours, theirs resolution) bool {
			return fails("a group has no name")(v, ours, theirs) || fails("an extra key is empty")(v, ours, theirs)
		},
	},
	{
		name: "a credential file that is missing",
		why:  "the loader opens none of them; transport.New does",
		applies: theyFail("no such file or directory", func(v *kubeconfigView) bool {
			c := v.credential()
			return slices.ContainsFunc([]string{v.cluster.text("certificate-authority"), c.cert, c.key, c.tokenFile}, isAbsent)
		}),
		twin: func(v *kubeconfigView) { v.set.made = absentFiles(v) },
	},
}

var otherCredentials = []string{"tokenFile", "username", "password", "client-certificate", "client-certificate-data", "client-key", "client-key-data", "exec", "auth-provider"}

func isFirstEmpty(f *kubeconfigFile) bool {
	return !f.json && strings.HasPrefix(f.preamble, "---\n# nothing")
}
func hasBrokenSecond(f *kubeconfigFile) bool {
	return !f.json && strings.Contains(f.trailer, "not YAML")
}
func isAbsent(path string) bool { return strings.Contains(path, "absent") }

func isNotBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err != nil
}

func isUnquoted(e *kubeconfigEntry, key string) bool {
	_, verbatim := e.value(key).(yamlVerbatim)
	return verbatim && e.text(key) != ""
}

func hasKeyTwice(f *kubeconfigFile) bool {
	for _, s := range f.sections() {
		for _, e := range *s.entries {
			seen := map[string]bool{}
			for _, field := range e.fields {
				if seen[field.key] {
					return !f.json
				}
				seen[field.key] = true
			}
		}
	}
	return false
}

// extraInOtherCapitals returns the keys of the user's extra that a flag names in other capitals.
func extraInOtherCapitals(v *kubeconfigView) (keys []string) {
	for key := range v.user.object("as-user-extra") {
		for flag := range v.set.options.Override.Impersonate.Extra {
			if flag != key && strings.EqualFold(flag, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

type badData struct {
	entry *kubeconfigEntry
	key   string
}

// unusedBadData returns the fields that are not base64 and are not used.
func unusedBadData(v *kubeconfigView) []badData {
	o, c := v.set.options.Override, v.credential()
	used := map[badData]bool{
		{v.cluster, "certificate-authority-data"}: !o.Insecure && o.CAFile == "",
		{v.user, "client-certificate-data"}:       o.Token == "" && o.CertFile == "",
		{v.user, "client-key-data"}:               o.Token == "" && o.KeyFile == "" && c.hasCert(),
	}
	var unused []badData
	for _, e := range v.set.entries() {
		for _, key := range []string{"certificate-authority-data", "client-certificate-data", "client-key-data"} {
			if isNotBase64(e.text(key)) && !used[badData{e, key}] {
				unused = append(unused, badData{e, key})
			}
		}
	}
	return unused
}

func hasInsecureCA(v *kubeconfigView) bool {
	o := v.set.options.Override
	if o.Insecure || o.CAFile != "" {
		return o.Insecure && o.CAFile != ""
	}
	return v.cluster.hasCA() && v.cluster.flag("insecure-skip-tls-verify")
}

func hasTwoAuthorizations(v *kubeconfigView) bool {
	c := v.credential()
	return c.hasToken() && c.hasBasic()
}

func hasOldPlugin(v *kubeconfigView) bool {
	version, _ := v.credential().exec["apiVersion"].(string)
	return version != "" && version != "client.authentication.k8s.io/v1" && version != "client.authentication.k8s.io/v1beta1"
}

// hasUselessProvider reports whether no id-token is valid and no other credential replaces it.
func hasUselessProvider(v *kubeconfigView) bool {
	c := v.credential()
	if c.provider == nil {
		return false
	}
	config, _ := c.provider["config"].(map[string]any)
	token, _ := config["id-token"].(string)
	return c.provider["name"] != "oidc" || !validIDToken(token) && !c.hasToken() && c.username == ""
}

// absentFiles returns the missing credential files of the chosen entries.
func absentFiles(v *kubeconfigView) []string {
	var files []string
	for _, field := range []struct {
		entry *kubeconfigEntry
		key   string
	}{{v.cluster, "certificate-authority"}, {v.user, "client-certificate"}, {v.user, "client-key"}, {v.user, "tokenFile"}} {
		name := field.entry.text(field.key)
		if isAbsent(name) {
			files = append(files, filepath.Join(filepath.Dir(v.file(field.entry).path), name))
		}
	}
	return files
}

// silence is a case in which kx warns and clientcmd does not. The result is the same.
type silence struct {
	name  string
	words string // of the warning
	when  func(v *kubeconfigView) bool
}

var silences = []silence{
	{"a static credential beats exec", "so its exec plugin", func(v *kubeconfigView) bool {
		c := v.credential()
		return v.set.options.Override.Token == "" && v.set.options.Override.CertFile == "" && c.exec != nil && c.static()
	}},
	{"a static credential beats auth-provider", "so its auth-provider", func(v *kubeconfigView) bool {
		c := v.credential()
		return v.set.options.Override.Token == "" && c.provider != nil && (c.hasToken() || c.username != "")
	}},
	{"http:// drops the credentials", "is reached without TLS", func(v *kubeconfigView) bool {
		c := v.credential()
		return strings.HasPrefix(strings.ToLower(v.server()), "http://") && (c.static() ||
			c.exec != nil || c.provider != nil)
	}},
	{"of several documents the first is read", "several YAML documents", func(v *kubeconfigView) bool {
		return v.any(func(f *kubeconfigFile) bool { return !f.json && strings.HasPrefix(f.trailer, "---\napiVersion") })
	}},
	{"a client key without certificate", "client key but no client certificate", func(v *kubeconfigView) bool {
		c := v.credential()
		return !c.hasCert() && c.hasKey()
	}},
	{"a password without user name", "a password but no username", func(v *kubeconfigView) bool {
		c := v.credential()
		return v.set.options.Override.Token == "" && c.username == "" && c.password != ""
	}},
	{"no file of the list exists", "KUBECONFIG", func(v *kubeconfigView) bool {
		return v.set.list != "" && v.set.options.Path == "" && len(v.read) == 0
	}},
}
