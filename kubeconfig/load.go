package kubeconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Options select what Load reads. Their zero value follows the environment and the current
// context, like kubectl without flags.
//
// Printing or encoding Options shows no token.
type Options struct {
	// Path is the one kubeconfig file to read (kubectl's --kubeconfig); it must exist. "" selects
	// the files of $KUBECONFIG, and without that variable ~/.kube/config.
	Path string
	// Context replaces the current-context of the files.
	Context string
	// Namespace, Cluster and User each replace what the context names. With a Cluster no context
	// is needed; without a User requests then carry no credentials.
	Namespace string
	Cluster   string
	User      string
	// Override replaces single fields of the chosen cluster and user. With its Server no context
	// is needed.
	Override Overrides
}

// Load finds the kubeconfig files, merges them, and resolves the chosen context.
//
// Where no file has a configuration and the program runs in a pod, Load returns the configuration
// of [InCluster]. Of several files the first takes precedence, for each named entry as a whole
// and for current-context. A relative path is relative to its own file. Files of the list that do
// not exist are skipped. If none of them exists, Config.Warnings says so.
//
// A file may come from anywhere. Load refuses one above 1 MiB, and allocates at most 1 MiB plus
// 200 times the file's size.
//
//   - [*NotFoundError]: no file has the context, cluster or user.
//   - [ErrNotConfigured]: there is no configuration at all.
//   - fs.ErrNotExist: Options.Path does not exist.
//   - Any other error names the entry, the contradiction in it and the remedy.
//
// No error quotes a credential. The rules:
// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/.
func Load(o Options) (*Config, error) {
	c, err := loadWithPod(thisPod(), o)
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return c, nil
}

// loadWithPod is Load with the environment of a pod.
func loadWithPod(p pod, o Options) (*Config, error) {
	override, err := o.Override.checked()
	if err != nil {
		return nil, err
	}
	o.Override = override
	loc, err := locate(o.Path)
	if err != nil {
		return nil, err
	}
	m, err := loc.read()
	if err != nil {
		return nil, err
	}
	if m.empty() {
		return loadWithoutFiles(o, p, loc, m)
	}
	return m.resolve(o, p)
}

// loadWithoutFiles falls back to the pod's service account. It does not use the account if the
// options name an entry (only a file has entries), or need nothing of the account.
func loadWithoutFiles(o Options, p pod, loc location, m *merged) (*Config, error) {
	notInPod := p.missing()
	switch {
	case o.Context != "" || o.Cluster != "" || o.User != "" || o.Override.isComplete():
		return m.resolve(o, p)
	case o.Override.Server != "" && (o.Path != "" || notInPod != ""):
		return m.resolve(o, p)
	case o.Path != "":
		return nil, fmt.Errorf("%w: %s has no clusters, users or contexts", ErrNotConfigured,
			loc.paths[0])
	case notInPod != "":
		return nil, fmt.Errorf("%w: %s, and this is not a pod with a service account (%s); "+
			"set KUBECONFIG to a kubeconfig file", ErrNotConfigured, loc.problem(), notInPod)
	}
	account, err := p.config(o.Namespace)
	if err != nil {
		return nil, err
	}
	if o.Override.Insecure || o.Override.CAFile != "" {
		account.Warnings = nil // the only warning is about a missing CA
	}
	c := &Config{Namespace: account.Namespace, Warnings: append(m.warnings, account.Warnings...)}
	const origin = "the pod's service account"
	err = c.setEntries(
		cluster{origin: origin, server: account.Server, ca: account.TLS.CAFile},
		user{origin: origin, tokenFile: account.BearerTokenFile}, o.Override)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// location is the list of kubeconfig files to read, and its origin.
type location struct {
	paths  []string
	origin origin
}

type origin int

const (
	fromOption origin = iota
	fromEnvironment
	fromHome
)

// locate returns the explicit path, else the files of $KUBECONFIG, else the file in the home
// folder.
func locate(path string) (location, error) {
	if path != "" {
		abs, err := filepath.Abs(path)
		return location{[]string{abs}, fromOption}, err
	}
	list := os.Getenv("KUBECONFIG")
	if list != "" {
		paths, err := splitList(list)
		return location{paths, fromEnvironment}, err
	}
	path = homeFile(runtime.GOOS, os.Getenv, exists)
	if path != "" {
		return location{[]string{path}, fromHome}, nil
	}
	return location{nil, fromHome}, nil
}

// splitList splits a list at `:`, or at `;` on Windows. It drops empty and duplicate parts.
func splitList(list string) ([]string, error) {
	var paths []string
	for _, path := range filepath.SplitList(list) {
		if path == "" {
			continue
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(paths, abs) {
			paths = append(paths, abs)
		}
	}
	return paths, nil
}

// homeFile returns .kube/config in the user's home folder, or "" for a user without a home
// folder. Windows has several variables for that folder. The first whose file exists wins, else
// the first that is set.
func homeFile(goos string, getenv func(string) string, exists func(string) bool) string {
	homes := []string{getenv("HOME")}
	if goos == "windows" {
		drive, path := getenv("HOMEDRIVE"), getenv("HOMEPATH")
		if drive != "" && path != "" {
			homes = append(homes, drive+path)
		}
		homes = append(homes, getenv("USERPROFILE"))
	}
	first := ""
	for _, home := range homes {
		if home == "" {
			continue
		}
		path := filepath.Join(home, ".kube", "config")
		if exists(path) {
			return path
		}
		if first == "" {
			first = path
		}
	}
	return first
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// read parses and merges the files. A missing file is skipped, unless Options.Path names it. A
// file that cannot be read or parsed is an error.
func (l location) read() (*merged, error) {
	var files []*parsedFile
	for _, path := range l.paths {
		f, err := readFile(path)
		if errors.Is(err, fs.ErrNotExist) && l.origin != fromOption {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	m := merge(files)
	if len(files) == 0 && l.origin == fromEnvironment {
		m.warnings = append(m.warnings, l.problem())
	}
	return m, nil
}

// problem returns why the location has no configuration, for an error.
func (l location) problem() string {
	paths := strings.Join(l.paths, ", ")
	switch {
	case l.origin == fromEnvironment && paths == "":
		return "KUBECONFIG names no file"
	case l.origin == fromEnvironment:
		return "no file of KUBECONFIG has a configuration: " + paths
	case paths == "":
		return "KUBECONFIG is not set, and there is no home folder"
	default:
		return "KUBECONFIG is not set, and " + paths + " does not exist or is empty"
	}
}
