package debug

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// resolvePath follows the path $2 as a process would whose root is $1, and prints what it leads to and the path without symbolic links, below that root.
// The kernel would take an absolute link under /proc/N/root for one to the debug container's own files. A name is printed by printf: echo would take
// -n for an option, and that of some shells a backslash for more than it is.
const resolvePath = `rest=$2 n=0
case $rest in
/*) at= ;;
*) at=$(pwd -P) at=${at%/} ;;
esac
while [ "$rest" ]; do
  part=${rest%%/*}
  case $rest in
  */*) rest=${rest#*/} ;;
  *) rest= ;;
  esac
  case $part in
  '' | .) continue ;;
  ..) at=${at%/*}; continue ;;
  esac
  if [ -L "$1$at/$part" ]; then
    n=$((n + 1))
    if [ $n -gt 40 ]; then echo "$2: too many symbolic links" >&2; exit 1; fi
    link=$(readlink "$1$at/$part") || exit
    case $link in /*) at= ;; esac
    rest=$link/$rest
  else
    at=$at/$part
  fi
done
if [ -d "$1$at/" ]; then echo dir
elif [ -f "$1$at" ]; then echo file
elif [ -e "$1$at" ]; then echo other
else echo none
fi
printf '%s\n' "$at"`

// The kinds of files that resolvePath tells, and that of one where there is no shell to ask.
const (
	kindDir     = "dir"
	kindFile    = "file"
	kindOther   = "other"
	kindUnknown = ""
)

// resolve finds out where the path in the container leads to, and what is there.
func (c *copying) resolve(ctx context.Context) (kind, found string, err error) {
	out, err := runScript(ctx, c.pods, c.pod, c.in, "", resolvePath, c.root, c.Remote)
	if lacksProgram(err) && c.root == "" { // tar may be there
		return kindUnknown, path.Clean(c.Remote), nil
	}
	kind, found, _ = strings.Cut(out, "\n")
	return kind, "/" + strings.TrimPrefix(found, "/"), err
}

// findLink prints the first of the names on stdin, which an empty line ends, that is a symbolic link in the directory $1.
const findLink = `while IFS= read -r name && [ "$name" ]; do
  if [ -L "$1/$name" ]; then printf '%s\n' "$name"; exit; fi
done`

// refuseLinks makes sure that no directory that p is to write to is a symbolic link, which would lead a debug container to its own files.
func (c *copying) refuseLinks(ctx context.Context, folder, local string, p *packer) error {
	p.directories = new(strings.Builder)
	if err := p.add(local, p.name); err != nil {
		return err
	}
	link, err := runScript(ctx, c.pods, c.pod, c.in, p.directories.String()+"\n", findLink, c.root+folder)
	p.directories = nil
	if err == nil && link != "" {
		err = errors.New(path.Join(folder, link) + " is a symbolic link, which leads a debug container elsewhere: copy what is in it to where it leads")
	}
	return err
}

// runScript has the shell of a container read a script, and gives what that prints without the line's end. What it says on stderr is an error when it fails.
func runScript(ctx context.Context, pods *resources.API[resources.PodOutline], pod, container, stdin, script string, args ...string) (string, error) {
	o := subresource.ExecOptions{Container: container, Command: append([]string{"sh", "-c", script, "sh"}, args...)}
	if stdin != "" {
		o.Stdin = strings.NewReader(stdin)
	}
	res, err := subresource.Exec(pods).Run(ctx, pod, o)
	if err != nil {
		return "", err
	}
	said := strings.TrimSpace(string(res.Stderr))
	switch {
	case res.ExitCode == 0:
	case res.ExitCode < 126:
		return "", errors.New(said)
	default:
		return "", &subresource.ExitError{What: said, Code: res.ExitCode}
	}
	return strings.TrimSuffix(string(res.Stdout), "\n"), nil
}

// lacksProgram tells whether a program was not run because the container does not have it: a runtime that has started no process has no exit code,
// and those that run one to start it end with a shell's.
func lacksProgram(err error) bool {
	var exit *subresource.ExitError
	if errors.As(err, &exit) {
		return exit.Code == 126 || exit.Code == 127
	}
	var status *transport.StatusError
	return errors.As(err, &status) && (strings.Contains(status.Status.Message, "executable file not found") || strings.Contains(status.Status.Message, "no such file or directory"))
}
