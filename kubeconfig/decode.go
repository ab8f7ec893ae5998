package kubeconfig

import (
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

// fileDecoder fills a parsedFile from the nodes of its text. It visits a field twice if a merge key
// (`<<`) has it too. The second value replaces the first as a whole.
type fileDecoder struct {
	walker
	file *parsedFile
}

func (d *fileDecoder) root(n *yaml.Node) error {
	return d.mapping(n, nil, func(key string, v *yaml.Node) error {
		field := (*fieldPath)(nil).key(key)
		switch key {
		case "apiVersion":
			return d.requireValue(v, field, "v1")
		case "kind":
			return d.requireValue(v, field, "Config")
		case "current-context":
			return d.readString(v, field, &d.file.currentContext)
		case "clusters":
			d.file.clusters = nil
			return d.entries(v, key, "cluster", func(name string, field *fieldPath,
				n *yaml.Node) error {
				c := cluster{name: name}
				err := d.cluster(n, field, &c)
				d.file.clusters = append(d.file.clusters, c)
				return err
			})
		case "users":
			d.file.users = nil
			return d.entries(v, key, "user", func(name string, field *fieldPath,
				n *yaml.Node) error {
				u := user{name: name}
				err := d.user(n, field, &u)
				d.file.users = append(d.file.users, u)
				return err
			})
		case "contexts":
			d.file.contexts = nil
			return d.entries(v, key, "context", func(name string, field *fieldPath,
				n *yaml.Node) error {
				c := Context{Name: name}
				err := d.context(n, field, &c)
				d.file.contexts = append(d.file.contexts, c)
				return err
			})
		}
		return nil
	})
}

// requireValue fails if the field is set to another value than want, as in the manifest of another
// object.
func (d *fileDecoder) requireValue(n *yaml.Node, field *fieldPath, want string) error {
	var got string
	if err := d.readString(n, field, &got); err != nil {
		return err
	}
	if got != "" && got != want {
		return fieldError(n, field, "is not %s, so this is not a kubeconfig", want)
	}
	return nil
}

// entries calls visit with each named entry of a section. Two entries of one name are an error.
func (d *fileDecoder) entries(
	n *yaml.Node, section, kind string,
	visit func(name string, field *fieldPath, n *yaml.Node) error,
) error {
	byName := map[string]*yaml.Node{}
	d.file.nodes[section] = byName
	return d.list(n, (*fieldPath)(nil).key(section), func(field *fieldPath, item *yaml.Node) error {
		var name string
		var body *yaml.Node
		err := d.mapping(item, field, func(key string, v *yaml.Node) error {
			switch key {
			case "name":
				return d.readString(v, field.key("name"), &name)
			case kind:
				body = v
			}
			return nil
		})
		if err != nil {
			return err
		}
		if first, twice := byName[name]; twice {
			return fieldError(item, field,
				"has the name %q of the entry on line %d: names in a file are unique", name,
				first.Line)
		}
		byName[name] = item
		if body == nil {
			body = &yaml.Node{Kind: yaml.MappingNode, Line: item.Line}
		}
		return visit(name, field.key(kind), body)
	})
}

func (d *fileDecoder) cluster(n *yaml.Node, field *fieldPath, c *cluster) error {
	return d.mapping(n, field, func(key string, v *yaml.Node) error {
		field := field.key(key)
		switch key {
		case "server":
			return d.readString(v, field, &c.server)
		case "tls-server-name":
			return d.readString(v, field, &c.tlsServerName)
		case "insecure-skip-tls-verify":
			return d.readBool(v, field, &c.insecureSkipTLSVerify)
		case "certificate-authority":
			return d.readString(v, field, &c.ca)
		case "certificate-authority-data":
			return d.readString(v, field, &c.caData)
		case "proxy-url":
			return d.readString(v, field, &c.proxyURL)
		case "disable-compression":
			return d.readBool(v, field, &c.disableCompression)
		case "extensions":
			return d.execExtension(v, field, &c.execConfig)
		}
		return nil
	})
}

// execExtension reads the extension for credential plugins. Other extensions have no meaning to
// kx.
func (d *fileDecoder) execExtension(n *yaml.Node, field *fieldPath, dst *any) error {
	*dst = nil
	return d.list(n, field, func(field *fieldPath, item *yaml.Node) error {
		var name string
		var body *yaml.Node
		err := d.mapping(item, field, func(key string, v *yaml.Node) error {
			switch key {
			case "name":
				return d.readString(v, field.key("name"), &name)
			case "extension":
				body = v
			}
			return nil
		})
		if err != nil || name != "client.authentication.k8s.io/exec" || body == nil {
			return err
		}
		*dst, err = d.readValue(body, field.key("extension"))
		return err
	})
}

func (d *fileDecoder) user(n *yaml.Node, field *fieldPath, u *user) error {
	return d.mapping(n, field, func(key string, v *yaml.Node) error {
		field := field.key(key)
		switch key {
		case "client-certificate":
			return d.readString(v, field, &u.cert)
		case "client-certificate-data":
			return d.readString(v, field, &u.certData)
		case "client-key":
			return d.readString(v, field, &u.key)
		case "client-key-data":
			return d.readString(v, field, &u.keyData)
		case "token":
			return d.readString(v, field, &u.token)
		case "tokenFile":
			return d.readString(v, field, &u.tokenFile)
		case "username":
			return d.readString(v, field, &u.username)
		case "password":
			return d.readString(v, field, &u.password)
		case "as":
			return d.readString(v, field, &u.impersonate.User)
		case "as-uid":
			return d.readString(v, field, &u.impersonate.UID)
		case "as-groups":
			return d.readStrings(v, field, &u.impersonate.Groups)
		case "as-user-extra":
			return d.readExtra(v, field, &u.impersonate.Extra)
		case "auth-provider":
			return d.authProvider(v, field, &u.authProvider)
		case "exec":
			return d.exec(v, field, &u.exec)
		}
		return nil
	})
}

func (d *fileDecoder) readExtra(n *yaml.Node, field *fieldPath, dst *map[string][]string) error {
	*dst = nil
	extra := map[string][]string{}
	err := d.mapping(n, field, func(key string, v *yaml.Node) error {
		var values []string
		err := d.readStrings(v, field, &values)
		extra[key] = values
		return err
	})
	if len(extra) > 0 {
		*dst = extra
	}
	return err
}

func (d *fileDecoder) authProvider(n *yaml.Node, field *fieldPath, dst **authProvider) error {
	*dst = nil
	if yamlnode.IsNull(n) {
		return nil
	}
	p := &authProvider{config: map[string]string{}}
	*dst = p
	return d.mapping(n, field, func(key string, v *yaml.Node) error {
		field := field.key(key)
		switch key {
		case "name":
			return d.readString(v, field, &p.name)
		case "config":
			return d.mapping(v, field, func(key string, v *yaml.Node) error {
				var s string
				err := d.readString(v, field, &s)
				p.config[key] = s
				return err
			})
		}
		return nil
	})
}

func (d *fileDecoder) exec(n *yaml.Node, field *fieldPath, dst **ExecConfig) error {
	*dst = nil
	if yamlnode.IsNull(n) {
		return nil
	}
	e := &ExecConfig{}
	*dst = e
	return d.mapping(n, field, func(key string, v *yaml.Node) error {
		field := field.key(key)
		switch key {
		case "apiVersion":
			return d.readString(v, field, &e.APIVersion)
		case "command":
			return d.readString(v, field, &e.Command)
		case "args":
			return d.readStrings(v, field, &e.Args)
		case "env":
			return d.execEnv(v, field, &e.Env)
		case "installHint":
			return d.readString(v, field, &e.InstallHint)
		case "interactiveMode":
			return d.readString(v, field, (*string)(&e.InteractiveMode))
		case "provideClusterInfo":
			return d.readBool(v, field, &e.ProvideClusterInfo)
		}
		return nil
	})
}

func (d *fileDecoder) execEnv(n *yaml.Node, field *fieldPath, dst *[]ExecEnvVar) error {
	*dst = nil
	return d.list(n, field, func(field *fieldPath, item *yaml.Node) error {
		var v ExecEnvVar
		err := d.mapping(item, field, func(key string, n *yaml.Node) error {
			switch key {
			case "name":
				return d.readString(n, field.key("name"), &v.Name)
			case "value":
				return d.readString(n, field.key("value"), &v.Value)
			}
			return nil
		})
		*dst = append(*dst, v)
		return err
	})
}

func (d *fileDecoder) context(n *yaml.Node, field *fieldPath, c *Context) error {
	return d.mapping(n, field, func(key string, v *yaml.Node) error {
		field := field.key(key)
		switch key {
		case "cluster":
			return d.readString(v, field, &c.Cluster)
		case "user":
			return d.readString(v, field, &c.User)
		case "namespace":
			return d.readString(v, field, &c.Namespace)
		}
		return nil
	})
}
