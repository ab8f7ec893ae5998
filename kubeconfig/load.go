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

// Options say what to load. Their zero value follows the environment and the current context, as kubectl without flags does.
//
// Printing and encoding Options shows no token.
type Options struct {
	// Path is the one kubeconfig file to read, which must exist (kubectl's --kubeconfig).
	// When empty, the files of the list in $KUBECONFIG are merged, and without that variable ~/.kube/config is read.
	Path string
	// Context is used in place of the files' current-context.
	Context string
	// Namespace, Cluster and User each replace what the context names.
	// A Cluster makes a context unnecessary; requests then carry only the credentials of User, if that is given.
	Namespace string
	Cluster   string
	User      string
	// Override replaces single fields of the cluster and the user that are so chosen; its Server makes a context unnecessary.
	Override Overrides
}

// Load finds the kubeconfig files, merges them, and resolves the chosen context.
//
// When no file gives a configuration and the program runs in a pod, the result is [InCluster]'s.
// Of several files the first wins for each named cluster, user and context, the whole entry, and for current-context;
// relative paths are relative to the file that they stand in. Files of the list that do not exist are skipped, and Config.Warnings says so when none does.
//
// A file may come from anywhere: one above 1 MiB is refused, and reading one takes at most 1 MiB and 200 times its size.
//
// The error is a [*NotFoundError] for a context, cluster or user that is in no file, wraps [ErrNotConfigured] when there is no configuration at all,
// and wraps fs.ErrNotExist when Options.Path does not exist. Any other error says what contradicts itself, in which entry, and what to do; none quotes a credential.
//
// The rules are those of https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/.
func Load(o Options) (*Config, error) {
	c, err := load(o, thisPod())
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return c, nil
}

func load(o Options, p pod) (*Config, error) {
	override, err := o.Override.ready()
	if err != nil {
		return nil, err
	}
	o.Override = override
	where, err := locate(o.Path)
	if err != nil {
		return nil, err
	}
	m, err := where.read()
	if err != nil {
		return nil, err
	}
	if m.empty() {
		return loadWithoutFiles(o, p, where, m)
	}
	return m.resolve(o, p)
}

// loadWithoutFiles falls back to the pod's service account, unless something was asked for that only a file can give, or all that is needed.
func loadWithoutFiles(o Options, p pod, where location, m *merged) (*Config, error) {
	notInPod := p.absent()
	switch {
	case o.Context != "" || o.Cluster != "" || o.User != "" || o.Override.complete():
		return m.resolve(o, p)
	case o.Override.Server != "" && (o.Path != "" || notInPod != ""):
		return m.resolve(o, p)
	case o.Path != "":
		return nil, fmt.Errorf("%w: %s holds none", ErrNotConfigured, where.paths[0])
	case notInPod != "":
		return nil, fmt.Errorf("%w: %s, and this is not a pod with a service account (%s); set KUBECONFIG to a kubeconfig file", ErrNotConfigured, where, notInPod)
	}
	account, err := p.config(o.Namespace)
	if err != nil {
		return nil, err
	}
	if o.Override.Insecure || o.Override.CAFile != "" {
		account.Warnings = nil // its only one is on a missing CA
	}
	c := &Config{Namespace: account.Namespace, Warnings: append(m.warnings, account.Warnings...)}
	const origin = "the pod's service account"
	err = c.fill(cluster{origin: origin, server: account.Server, ca: account.TLS.CAFile}, user{origin: origin, tokenFile: account.BearerTokenFile}, o.Override)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// location is where kubeconfig files are looked for, and who says so.
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

// locate prefers an explicit path to $KUBECONFIG, and that to the file in the home folder.
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
	if path := homeFile(runtime.GOOS, os.Getenv, exists); path != "" {
		return location{[]string{path}, fromHome}, nil
	}
	return location{nil, fromHome}, nil
}

// splitList skips empty parts and duplicates of a list that `:` separates, or `;` on Windows.
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

// homeFile returns .kube/config in the user's home folder, or "" for a user without one.
// On Windows several variables name that folder: the first in whose folder the file exists wins, else the first that is set.
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

// read parses and merges the files. One that is missing is skipped, unless it was asked for by name; one that cannot be read or parsed is an error.
func (l location) read() (*merged, error) {
	var files []*file
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
		m.warnings = append(m.warnings, l.String())
	}
	return m, nil
}

// String says, of a location where nothing was found, what was looked for.
func (l location) String() string {
	paths := strings.Join(l.paths, ", ")
	switch {
	case l.origin == fromEnvironment && paths == "":
		return "KUBECONFIG names no file"
	case l.origin == fromEnvironment:
		return "of the files that KUBECONFIG names none gives a configuration: " + paths
	case paths == "":
		return "KUBECONFIG is not set, and there is no home folder"
	default:
		return "KUBECONFIG is not set, and " + paths + " does not exist or is empty"
	}
}
