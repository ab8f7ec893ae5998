package podcopy

import (
	"context"
	"path"
	"strings"

	"github.com/kx-k8s/kx/internal/podscript"
)

// resolvePath is a shell script that follows the path $2 as a process with the root directory $1
// would. It prints the kind of file that the path leads to, and the path without symbolic links,
// below $1. Between the two it prints the number of its process namespace, or "-" if the container
// lacks mv or rm.
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
space=$(readlink /proc/self/ns/pid 2>/dev/null) space=${space#*:?} space=${space%]}
command -v mv >/dev/null && command -v rm >/dev/null || space=-
printf '%s\n' "$space" "$at"`

// The kinds of files that resolvePath prints. kindUnknown stands for containers without a shell.
const (
	kindDir     = "dir"
	kindFile    = "file"
	kindOther   = "other"
	kindNone    = "none"
	kindUnknown = ""
)

// noRename in place of a process namespace means that the container cannot rename files.
const noRename = "-"

// remotePath is a path in the container.
type remotePath struct {
	kind         string
	pidNamespace string // a number, "" if it is unknown, or noRename
	path         string // without symbolic links
}

// resolve finds out what the remote path leads to.
func (t *transfer) resolve(ctx context.Context) (remotePath, error) {
	out, err := podscript.Run(ctx, t.pods, t.pod, t.container, "", resolvePath, t.root, t.Remote)
	if podscript.ProgramMissing(err) && t.root == "" { // tar may exist without sh
		return remotePath{kindUnknown, noRename, path.Clean(t.Remote)}, nil
	}
	kind, rest, _ := strings.Cut(out, "\n")
	namespace, found, _ := strings.Cut(rest, "\n")
	return remotePath{kind, namespace, "/" + strings.TrimPrefix(found, "/")}, err
}
