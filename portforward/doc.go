// Package portforward forwards local ports to ports of a pod, or of one of the pods of a workload
// or service. It is the library side of kx port-forward.
//
//	kind := (*resources.Deployment)(nil).APIKind()
//	f, err := portforward.New(ctx, client, kind, "web", portforward.Options{})
//	if err != nil {
//		return err
//	}
//	listeners, err := portforward.Listen(8080, "localhost")
//	if err != nil {
//		return err
//	}
//	for _, l := range listeners {
//		go f.Serve(ctx, l, "http", func(err error) { log.Print(err) })
//	}
//
// Forwarder.Dial returns a single connection, without a local port.
package portforward
