package kubeconfig

// Config is one resolved cluster and user: everything that transport.New needs, with no file left to find and nothing left to merge.
//
// A Config may also be made by hand; Server is then the only field that must be set.
// File paths are absolute. Contents of credential files are not read here, but the in-line data of a kubeconfig is decoded.
//
// Printing and encoding a Config shows no credential: see [Config.String].
type Config struct {
	// Server is the API server's base URL, such as https://10.0.0.1:6443 or https://rancher.example/k8s/clusters/c-1.
	// Its path, if any, is kept in front of every request's; it has no query and no slash at its end.
	Server string
	// Namespace is the one that the context names, else that of the pod which the program runs in, or "default".
	Namespace string

	TLS TLS

	// BearerToken is a static token. BearerTokenFile, when set, is read again as it rotates and beats BearerToken.
	BearerToken     string
	BearerTokenFile string
	// Username and Password are for HTTP basic authentication.
	Username string
	Password string

	Impersonate Impersonate

	// Exec is the credential plugin that the user names, or nil.
	Exec *ExecConfig

	// ProxyURL is an http, https or socks5 URL; when empty the environment's proxy settings hold.
	ProxyURL string
	// DisableCompression asks the server for uncompressed answers.
	DisableCompression bool

	// Source says where this configuration was found, for messages.
	Source Source
	// Warnings are sentences on what is legal in the files but likely not meant; they are for the user to see.
	Warnings []string
}

// TLS says how the server is verified and which client certificate is presented.
// Of each pair of a file and its data at most one is set. Data is PEM.
type TLS struct {
	CAFile, CertFile, KeyFile string
	CAData, CertData, KeyData []byte
	// ServerName is the name that the server's certificate must hold, when it is not the one in the URL.
	ServerName string
	// Insecure turns verification of the server off.
	Insecure bool
}

// Impersonate names whom the requests act as (the Impersonate-* headers of the API server's authentication page).
type Impersonate struct {
	User, UID string
	Groups    []string
	Extra     map[string][]string
}

// Source names the files and entries that a Config was read from. All are empty for a Config made by hand.
type Source struct {
	// Files are the kubeconfig files that were read, in the order of their precedence; none in a pod.
	Files []string
	// Context, Cluster and User are the names of the entries in those files. Cluster is empty where Overrides.Server has taken the place of its server,
	// and User where Overrides.Token has taken that of its credentials.
	Context, Cluster, User string
}

// ExecConfig is a credential plugin: a program that prints a token or a client certificate
// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
type ExecConfig struct {
	// APIVersion is client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1.
	APIVersion string
	// Command is absolute, or a bare name to look up in PATH.
	Command string
	Args    []string
	// Env is added to the process's own environment, in this order.
	Env []ExecEnvVar
	// InstallHint is for the user to see when the command is not found; control characters in it are escaped.
	InstallHint     string
	InteractiveMode InteractiveMode
	// ProvideClusterInfo passes the cluster to the plugin, and ClusterConfig with it.
	ProvideClusterInfo bool
	// ClusterConfig is the cluster's extension named client.authentication.k8s.io/exec, as the values of a JSON document
	// (nil, bool, int64, uint64, float64, string, []any, map[string]any).
	ClusterConfig any
}

// ExecEnvVar is one environment variable of a credential plugin.
type ExecEnvVar struct {
	Name, Value string
}

// InteractiveMode says what a credential plugin does with standard input.
type InteractiveMode string

// The modes of the ExecConfig API. InteractiveAlways without a terminal is an error.
const (
	InteractiveNever       InteractiveMode = "Never"
	InteractiveIfAvailable InteractiveMode = "IfAvailable"
	InteractiveAlways      InteractiveMode = "Always"
)
