package faults_test

import (
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

var shared = resources.ListOptions{LabelSelector: "app=shared"}

// calls are the calls of the library that speak with a server.
func calls() []*subject {
	return append(append(reads(), writes()...), streams()...)
}

func reads() []*subject {
	return []*subject{
		{name: "Client.Fetch", raw: true, call: func(c *callOf) (string, error) {
			body, err := c.client.Fetch(c.ctx, &transport.Request{Method: "GET", Path: []string{"version"}})
			return string(body), err
		}},
		{name: "API.Get", call: func(c *callOf) (string, error) {
			got, err := c.configMaps.Get(c.ctx, "shared-0")
			return dataOf(got, err)
		}},
		{name: "API.List", call: func(c *callOf) (string, error) {
			list, err := c.configMaps.List(c.ctx, shared)
			if err != nil {
				return "", err
			}
			return fmt.Sprint(len(list.Items)), nil
		}},
		{name: "API.All in pages", partial: true, call: func(c *callOf) (out string, err error) {
			for object, err := range c.configMaps.All(c.ctx, resources.ListOptions{
				LabelSelector: "app=shared", Limit: 2}) {
				if err != nil {
					return out, err
				}
				out += object.Metadata.Name + " " + object.Data["text"] + "\n"
			}
			return out, nil
		}},
		{name: "API.AllMetadata", partial: true, call: func(c *callOf) (out string, err error) {
			for object, err := range c.configMaps.AllMetadata(c.ctx, shared) {
				if err != nil {
					return out, err
				}
				out += object.Metadata.Name + "\n"
			}
			return out, nil
		}},
		{name: "API.AllNames", partial: true, call: func(c *callOf) (out string, err error) {
			for name, err := range c.configMaps.AllNames(c.ctx, shared) {
				if err != nil {
					return out, err
				}
				out += name + "\n"
			}
			return out, nil
		}},
		{name: "API.ListTable", call: func(c *callOf) (string, error) {
			table, err := c.configMaps.ListTable(c.ctx, shared)
			if err != nil {
				return "", err
			}
			return fmt.Sprint(len(table.Rows), len(table.ColumnDefinitions)), nil
		}},
		{name: "API.AllRows", partial: true, call: func(c *callOf) (out string, err error) {
			for table, err := range c.configMaps.AllRows(c.ctx, shared) {
				if err != nil {
					return out, err
				}
				out += fmt.Sprintln(len(table.ColumnDefinitions), string(table.Rows[0].Cells[0]))
			}
			return out, nil
		}},
		{name: "API.Watch", partial: true, follows: true, call: func(c *callOf) (out string, err error) {
			for event, err := range c.configMaps.Watch(c.ctx, shared) {
				if err != nil {
					return out, err
				}
				out += string(event.Type) + " " + event.Object.Metadata.Name + "\n"
				if event.Object.Metadata.Name == "shared-4" {
					break
				}
			}
			return out, nil
		}},
		{name: "API.WatchTable", partial: true, follows: true, call: func(c *callOf) (out string, err error) {
			for event, err := range c.configMaps.WatchTable(c.ctx, shared) {
				switch {
				case err != nil:
					return out, err
				case len(event.Object.Rows) == 0:
					continue
				}
				name := strings.Trim(string(event.Object.Rows[0].Cells[0]), `"`)
				out += string(event.Type) + " " + name + "\n"
				if name == "shared-4" {
					break
				}
			}
			return out, nil
		}},
		{name: "Store", follows: true, partial: true, call: func(c *callOf) (string, error) {
			store := resources.NewStore(c.configMaps, resources.StoreOptions[resources.ConfigMap]{
				LabelSelector: "app=shared"})
			failed := make(chan error, 1)
			go func() { failed <- store.Run(c.ctx) }()
			select {
			case err := <-failed:
				return "", err
			case <-store.Synced():
			}
			count := 0
			for range store.All() {
				count++
			}
			c.cancel()
			<-failed
			return fmt.Sprint(count), nil
		}},
		{name: "WaitFor", call: func(c *callOf) (string, error) {
			return "", resources.WaitFor(c.ctx, c.pods, "shared", resources.Ready)
		}},
		{name: "Discover", call: func(c *callOf) (string, error) {
			kind, err := resources.Discover(c.ctx, c.client, "configmaps")
			return fmt.Sprint(kind), err
		}},
		{name: "Discovery.All", call: func(c *callOf) (string, error) {
			found, err := resources.NewDiscovery(c.client).All(c.ctx)
			return fmt.Sprint(len(found)), err
		}},
		{name: "Scale.Get", call: func(c *callOf) (string, error) {
			got, err := subresource.Scale(resources.New[resources.Deployment](c.client)).Get(c.ctx, "shared")
			if err != nil {
				return "", err
			}
			return fmt.Sprint(got.Spec.Replicas), nil
		}},
		{name: "auth.WhoAmI", call: func(c *callOf) (string, error) {
			user, err := auth.WhoAmI(c.ctx, c.client)
			if err != nil {
				return "", err
			}
			return user.Username, nil
		}},
		{name: "auth.CanI", call: func(c *callOf) (string, error) {
			got, err := auth.CanI(c.ctx, c.client, auth.Attributes{Verb: "get", Resource: "pods"})
			if err != nil {
				return "", err
			}
			return fmt.Sprint(got.Allowed), nil
		}},
		{name: "auth.Rules", call: func(c *callOf) (string, error) {
			rules, err := auth.Rules(c.ctx, c.client, c.pods.Namespace())
			if err != nil {
				return "", err
			}
			return fmt.Sprint(len(rules.Rules)), nil
		}},
	}
}

// dataOf returns the data of a config map, in the order of the keys.
func dataOf(got *resources.ConfigMap, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return got.Metadata.Name + " " + fmt.Sprint(got.Data), nil
}

func writes() []*subject {
	return []*subject{
		{name: "API.Create", call: func(c *callOf) (string, error) {
			return dataOf(c.configMaps.Create(c.ctx, c.object()))
		}},
		{name: "API.Create with DryRun", call: func(c *callOf) (string, error) {
			return dataOf(c.configMaps.Create(c.ctx, c.object(), subresource.DryRun()))
		}},
		{name: "API.Update", needs: configMap, call: func(c *callOf) (string, error) {
			return dataOf(c.configMaps.Update(c.ctx, c.object()))
		}},
		{name: "API.Patch", needs: configMap, call: func(c *callOf) (string, error) {
			return dataOf(c.configMaps.Patch(c.ctx, c.name, patch.JSON().Add("/data/b", "2")))
		}},
		{name: "API.Patch with Apply", call: func(c *callOf) (string, error) {
			return dataOf(c.configMaps.Patch(c.ctx, c.name, patch.Apply(c.object()),
				subresource.FieldManager("faults")))
		}},
		{name: "API.Modify", needs: configMap, call: func(c *callOf) (string, error) {
			attempts := 0
			return dataOf(c.configMaps.Modify(c.ctx, c.name, func(m *resources.ConfigMap) error {
				attempts++
				if attempts == 5 {
					c.cancel() // Modify tries until its context ends
				}
				m.Data["b"] = "2"
				return nil
			}))
		}},
		{name: "API.Delete", needs: configMap, call: func(c *callOf) (string, error) {
			_, err := c.configMaps.Delete(c.ctx, c.name)
			return "", err
		}},
		{name: "Scale.Patch with DryRun", call: func(c *callOf) (string, error) {
			got, err := subresource.Scale(resources.New[resources.Deployment](c.client)).Patch(c.ctx, "shared",
				patch.Merge(map[string]any{"spec": map[string]any{"replicas": 2}}), subresource.DryRun())
			if err != nil {
				return "", err
			}
			return fmt.Sprint(got.Spec.Replicas), nil
		}},
		{name: "Resize.Patch", needs: parked, call: func(c *callOf) (string, error) {
			pod, err := subresource.Resize(c.pods).Patch(c.ctx, c.name, patch.JSON().Replace(
				"/spec/containers/0/resources/requests/cpu", "2m"))
			if err != nil {
				return "", err
			}
			return pod.Metadata.Name, nil
		}},
		{name: "Status.Get", call: func(c *callOf) (string, error) {
			got, err := subresource.Status(resources.New[resources.Deployment](c.client)).Get(c.ctx, "shared")
			if err != nil {
				return "", err
			}
			return got.Metadata.Name, nil
		}},
		{name: "Status.Patch", needs: parked, call: func(c *callOf) (string, error) {
			pod, err := subresource.Status(c.pods).Patch(c.ctx, c.name, patch.Merge(
				map[string]any{"status": map[string]any{"message": "the fault"}}))
			if err != nil {
				return "", err
			}
			return pod.Status.Message, nil
		}},
		{name: "Eviction.Evict", needs: running, call: func(c *callOf) (string, error) {
			return "", subresource.Eviction(c.pods).Evict(c.ctx, c.name)
		}},
		{name: "EphemeralContainers.Add", needs: parked, checks: true, call: func(c *callOf) (string, error) {
			pod, err := subresource.EphemeralContainers(c.pods).Add(c.ctx, c.name,
				resources.EphemeralContainer{Name: "tools", Image: image})
			if err != nil {
				return "", err
			}
			return fmt.Sprint(pod.Metadata.Name, " ", len(pod.Spec.EphemeralContainers)), nil
		}},
	}
}

// object returns a config map of the cell's name.
func (c *callOf) object() *resources.ConfigMap {
	return &resources.ConfigMap{APIVersion: "v1", Kind: "ConfigMap",
		Metadata: resources.ObjectMeta{Name: c.name}, Data: map[string]string{"a": strings.Repeat("2", 100)}}
}
