// Package kubeconfig finds out which API server to talk to and as whom.
//
// [Load] reads kubeconfig files by the rules that kubectl has, and falls back to the service account of the pod it runs in;
// [InCluster] reads that service account alone. Both return a [Config]: one cluster and one user, with no file left to find and nothing left to merge.
// [Read] gives what the files hold together, for showing it and for choosing another context.
//
// The package opens no connection and runs no program: tokens, certificates and credential plugins that a Config names are for package transport to read and to run.
//
// # Secrets
//
// Config, TLS, ExecConfig, Options and Overrides print REDACTED in place of every credential, under every verb of package fmt that asks a value how to print itself and in every encoding of text; no error quotes a credential.
// What does not ask is %p or %w of what is no pointer or error (go vet finds both), and any verb of a struct that has a Config in an unexported field
// (of a *Config there %v shows the address alone). Such a struct needs a String method of its own.
//
// The file format is described at https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/.
package kubeconfig
