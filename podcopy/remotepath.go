package podcopy

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/kx-k8s/kx/internal/podscript"
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
	out, err := podscript.Run(ctx, c.pods, c.pod, c.in, "", resolvePath, c.root, c.Remote)
	if podscript.ProgramMissing(err) && c.root == "" { // tar may be there
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
	link, err := podscript.Run(ctx, c.pods, c.pod, c.in, p.directories.String()+"\n", findLink, c.root+folder)
	p.directories = nil
	if err == nil && link != "" {
		err = errors.New(path.Join(folder, link) + " is a symbolic link, which leads a debug container elsewhere: copy what is in it to where it leads")
	}
	return err
}
