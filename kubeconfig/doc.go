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
// Config, TLS, ExecConfig, ExecEnvVar, Options and Overrides show REDACTED in place of each
// credential: when package fmt prints them, and in encodings such as those of JSON and slog. No
// error quotes a credential.
//
// In three cases package fmt calls no method of a value, and prints its credentials:
//
//   - the verb %p;
//   - the verb %w for a value that is not an error;
//   - a struct that has the value in an unexported field.
//
// go vet finds the first two. A struct of the third kind needs a String method of its own.
//
// The file format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/.
package kubeconfig
