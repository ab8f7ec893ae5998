package kubeconfig

import (
	"os"
	"path/filepath"
)

// The paths in a file are relative to its folder. Only the chosen entries' paths are resolved: many
// entries may name one long path by an alias, and each resolved path is a copy.

func (c cluster) resolvePaths(dir string) cluster {
	c.ca = resolvePath(c.ca, dir)
	return c
}

func (u user) resolvePaths(dir string) user {
	u.cert, u.key, u.tokenFile = resolvePath(u.cert, dir), resolvePath(u.key, dir),
		resolvePath(u.tokenFile, dir)
	if u.exec != nil {
		e := *u.exec
		e.Command = resolveCommand(e.Command, dir)
		u.exec = &e
	}
	return u
}

func resolvePath(path, dir string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// resolveCommand returns a bare name unchanged, to be looked up in PATH. A command with a separator
// is a path.
func resolveCommand(command, dir string) string {
	for i := range len(command) {
		if os.IsPathSeparator(command[i]) {
			return resolvePath(command, dir)
		}
	}
	return command
}
