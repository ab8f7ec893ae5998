package kubeconfig

// Config is one resolved cluster and user: all that transport.New needs.
//
// A Config may also be made by hand. Server is then the only required field, and file paths must
// be absolute. Load decodes the in-line data of a kubeconfig; it does not read credential files.
//
// Printing or encoding a Config shows no credential: see [Config.String].
type Config struct {
	// Server is the API server's base URL, such as https://10.0.0.1:6443 or
	// https://rancher.example/k8s/clusters/c-1. Its path precedes the path of every request. It
	// has no query and no trailing slash.
	Server string
	// Namespace is the namespace of the context, else of the pod that the program runs in, else
	// "default".
	Namespace string

	TLS TLS

	// BearerToken is a static token. BearerTokenFile takes precedence over it; transport reads
	// that file again as it rotates.
	BearerToken     string
	BearerTokenFile string
	// Username and Password are for HTTP basic authentication.
	Username string
	Password string

	Impersonate Impersonate

	// Exec is the credential plugin of the user, or nil.
	Exec *ExecConfig

	// ProxyURL is an http, https or socks5 URL. "" selects the proxy of the environment.
	ProxyURL string
	// DisableCompression asks the server for uncompressed responses.
	DisableCompression bool

	// Source names the files and entries of this configuration, for messages.
	Source Source
	// Warnings are sentences to show to the user, about likely mistakes that are legal in a
	// kubeconfig.
	Warnings []string
}

// TLS configures how the server is verified and which client certificate is sent. Of each pair of
// a file and its data at most one is set. Data is PEM.
type TLS struct {
	CAFile, CertFile, KeyFile string
	CAData, CertData, KeyData []byte
	// ServerName is the name in the server's certificate, where it differs from the host of the
	// URL.
	ServerName string
	// Insecure turns verification of the server off.
	Insecure bool
}

// Impersonate names the user that requests act as: the Impersonate-* headers of
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation.
type Impersonate struct {
	User, UID string
	Groups    []string
	Extra     map[string][]string
}

// Source names the files and entries that a Config was read from. It is zero for a Config made by
// hand.
type Source struct {
	// Files are the kubeconfig files that were read, in order of precedence; none in a pod.
	Files []string
	// Context, Cluster and User are the names of the entries. Cluster is "" if Overrides.Server
	// replaced its server. User is "" if Overrides.Token replaced its credentials.
	Context, Cluster, User string
}

// ExecConfig is a credential plugin: a program that prints a token or a client certificate
// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/, "client-go credential
// plugins").
type ExecConfig struct {
	// APIVersion is client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1.
	APIVersion string
	// Command is an absolute path, or a bare name to look up in PATH.
	Command string
	Args    []string
	// Env is added to the environment of the process, in this order.
	Env []ExecEnvVar
	// InstallHint is shown where the command is not found. Its control characters are escaped.
	InstallHint     string
	InteractiveMode InteractiveMode
	// ProvideClusterInfo passes the cluster and ClusterConfig to the plugin.
	ProvideClusterInfo bool
	// ClusterConfig is the cluster's extension named client.authentication.k8s.io/exec, as a
	// value of JSON: nil, bool, int64, uint64, float64, string, []any or map[string]any.
	ClusterConfig any
}

// ExecEnvVar is one environment variable of a credential plugin.
type ExecEnvVar struct {
	Name, Value string
}

// InteractiveMode is how a credential plugin uses stdin.
type InteractiveMode string

// The modes of the ExecConfig API. InteractiveAlways fails without a terminal.
const (
	InteractiveNever       InteractiveMode = "Never"
	InteractiveIfAvailable InteractiveMode = "IfAvailable"
	InteractiveAlways      InteractiveMode = "Always"
)
