// Package resources holds the objects of the Kubernetes API as Go types, and API[T], which reads,
// writes, lists and watches the objects of one kind.
//
//	pods := resources.New[resources.Pod](client, resources.InNamespace("default"))
//	pod, err := pods.Get(ctx, "web-0")
//	if errors.Is(err, transport.ErrNotFound) {
//		return nil
//	}
//	for pod, err := range pods.All(ctx, resources.ListOptions{LabelSelector: "app=web"}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(pod.Metadata.Name, pod.Status.Phase)
//	}
//
// A model keeps unknown fields: each struct has a field Unknown with the JSON members that its Go
// type lacks. An object that is read, changed and written back loses nothing.
//
// Package subresource has the subresources. ForKind and Object serve kinds without a model.
package resources
