// Package kubeconfig resolves which API server to use, and with which credentials.
//
// [Load] reads kubeconfig files by kubectl's rules. Without any, it uses the service account of the
// pod that the program runs in; [InCluster] uses only that. Both return a [Config]: one cluster and
// one user, with nothing left to merge. [Read] returns the contexts of the files.
//
//	cfg, err := kubeconfig.Load(kubeconfig.Options{Context: "prod"})
//	if errors.Is(err, kubeconfig.ErrNotConfigured) {
//		log.Fatal("set KUBECONFIG: ", err)
//	}
//	if err != nil {
//		log.Fatal(err)
//	}
//	for _, warning := range cfg.Warnings {
//		log.Print(warning)
//	}
//	client, err := transport.New(cfg)
//
// The package opens no connection and runs no program. Package transport reads the credential files
// that a Config names, and runs its credential plugin.
//
// # Secrets
//
// Config, TLS, ExecConfig, Options and Overrides print REDACTED in place of each credential. They
// do so under every verb of package fmt that calls a method, and in every encoding of text. No
// error quotes a credential.
//
// Three cases call no method: %p, %w of a value that is no error, and a struct with a Config in an
// unexported field. go vet finds the first two. A struct of the third kind needs a String method.
//
// The file format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/.
package kubeconfig
