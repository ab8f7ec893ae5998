package kubeconfig

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

// parsedFile is the content of one kubeconfig file, without the fields that kx does not know.
type parsedFile struct {
	path           string
	text           []byte // in UTF-8
	docs           []*yaml.Node
	currentContext string
	clusters       []cluster
	users          []user
	contexts       []Context
	// nodes are the list elements as they are written, by section ("clusters", "users",
	// "contexts") and name.
	nodes    map[string]map[string]*yaml.Node
	warnings []string
}

type cluster struct {
	name, origin          string // origin is the file and the entry, for messages
	server                string
	tlsServerName         string
	insecureSkipTLSVerify bool
	ca, caData            string
	proxyURL              string
	disableCompression    bool
	execConfig            any
}

type user struct {
	name, origin       string
	cert, certData     string
	key, keyData       string
	token, tokenFile   string
	username, password string
	impersonate        Impersonate
	authProvider       *authProvider
	exec               *ExecConfig
}

type authProvider struct {
	name   string
	config map[string]string
}

// readFile reads and parses one file.
func readFile(path string) (*parsedFile, error) {
	data, err := readLimited(path)
	if err != nil {
		return nil, err
	}
	f, err := parseFile(path, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// readLimited reads a file of at most 1 MiB. The file may be a pipe, whose size is unknown.
func readLimited(path string) ([]byte, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("%s: is larger than 1 MiB, so it is not a kubeconfig", path)
	}
	return data, nil
}

func parseFile(path string, data []byte) (*parsedFile, error) {
	text, _, err := decodeText(data)
	if err != nil {
		return nil, err
	}
	docs, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	root, more := firstRoot(docs)
	f := &parsedFile{path: path, text: text, docs: docs,
		nodes: map[string]map[string]*yaml.Node{}}
	if more {
		f.warnings = append(f.warnings,
			path+" has several YAML documents: only the first is read")
	}
	if root == nil {
		return f, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("is not a kubeconfig: it is %s, not a mapping",
			yamlnode.KindName(root))
	}
	d := &fileDecoder{walker: newWalker(len(text)), file: f}
	return f, d.root(root)
}

// dir returns the folder of the file, to which its relative paths are relative.
func (f *parsedFile) dir() string { return filepath.Dir(f.path) }
