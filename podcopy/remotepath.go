package podcopy

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/kx-k8s/kx/internal/podscript"
	"github.com/kx-k8s/kx/internal/printable"
)

// resolvePath is a shell script that follows the path $2 as a process with the root directory $1
// would. It prints the kind of file that the path leads to, and the path without symbolic links,
// below $1.
//
// It takes one step at a time, since the kernel would follow an absolute link below /proc/N/root
// to the debug container's own files. It prints names with printf: echo reads -n as an option,
// and some shells' echo reads backslashes.
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

// The kinds of files that resolvePath prints. kindUnknown stands for containers without a shell.
const (
	kindDir     = "dir"
	kindFile    = "file"
	kindOther   = "other"
	kindNone    = "none"
	kindUnknown = ""
)

// resolve returns the kind of the remote path and the path without symbolic links.
func (t *transfer) resolve(ctx context.Context) (kind, found string, err error) {
	out, err := podscript.Run(ctx, t.pods, t.pod, t.container, "", resolvePath, t.root, t.Remote)
	if podscript.ProgramMissing(err) && t.root == "" { // tar may exist without sh
		return kindUnknown, path.Clean(t.Remote), nil
	}
	kind, found, _ = strings.Cut(out, "\n")
	return kind, "/" + strings.TrimPrefix(found, "/"), err
}

// findLink is a shell script that reads names, up to an empty line. It prints the first that is
// a symbolic link in the directory $1.
const findLink = `while IFS= read -r name && [ "$name" ]; do
  if [ -L "$1/$name" ]; then printf '%s\n' "$name"; exit; fi
done`

// refuseLinks fails if a directory that p writes to is a symbolic link in the container.
// The link would lead a debug container to its own files.
func (t *transfer) refuseLinks(ctx context.Context, folder string, p *packer, name string) error {
	directories, err := p.directories(name)
	if err != nil {
		return err
	}
	link, err := podscript.Run(ctx, t.pods, t.pod, t.container, directories+"\n", findLink,
		t.root+folder)
	if err == nil && link != "" {
		err = errors.New(printable.Text(path.Join(folder, link)) +
			" is a symbolic link, which leads a debug container elsewhere: copy what is in it to " +
			"where it leads")
	}
	return err
}
