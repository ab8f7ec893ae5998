package podcopy

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/internal/podscript"
	"github.com/kx-k8s/kx/internal/printable"
)

// unpackThenRename unpacks an archive in the directory $2, with tar's options $1, beside its
// destination. When the archive is complete, it gives the files their names.
//
// The archive has one file or directory called $3, which becomes $4. Without $4, stdin begins with
// the directories that exist, one a line, up to an empty line. In each of them the archive has a
// directory called $3, whose files become the directory's own. Backslashes and newlines of their
// names are escaped.
//
// The archive ends with the entry $3.end: some tars succeed when stdin ends between two entries.
//
// Before, it removes what killed copies left: files with a name like $3 that no process has among
// its arguments. $3 has the number of the process namespace, in which such processes are visible.
const unpackThenRename = `options=$1 folder=$2 new=$3 name=$4 list=
processes=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n')
prepare() {
  case $processes in
  *"$new"*) ;;
  *) return 0 ;;
  esac
  for old in "$1/${new%-*}"-*; do
    id=${old##*/}
    case $processes in
    *"${id%.end}"*) ;;
    *) rm -rf "$old" ;;
    esac
  done
}
open() {
  case $1 in
  */.) ;;
  *) [ -L "$1" ] || [ -w "$1" ] || chmod u+w "$1" 2>/dev/null ;;
  esac
  prepare "$1"
}
complete() {
  into=$1 failed=0
  set --
  for file in "$into/$new"/* "$into/$new"/.[!.]* "$into/$new"/..?*; do
    if [ -e "$file" ] || [ -L "$file" ]; then
      set -- "$@" "$file"
      if [ $# = 200 ]; then
        mv -f "$@" "$into/" || failed=1
        set --
      fi
    fi
  done
  [ $# = 0 ] || mv -f "$@" "$into/" || failed=1
  return $failed
}
discard() { rm -rf "$1/$new"; }
each() {
  printf '%s' "$list" | {
    code=0
    while IFS= read -r line; do
      case $line in
      *\\*) line=$(printf '%b.' "$line") line=${line%.} ;;
      esac
      "$1" "$folder/$line" || code=1
    done
    return $code
  }
}
if [ "$name" ]; then
  prepare "$folder"
else
  list=$(while IFS= read -r line && [ "$line" ]; do printf '%s\n' "$line"; done)
  list="$list
"
  each open
fi
tar "$options" - -C "$folder"
code=$?
if [ $code = 0 ]; then
  code=1
  if [ ! -e "$folder/$new.end" ]; then
    echo "the archive ends early" >&2
  elif [ -z "$name" ]; then
    each complete && code=0
  elif [ -d "$folder/$name" ]; then
    echo "$folder/$name is a directory" >&2
  else
    mv -f "$folder/$new" "$folder/$name" && code=0
  fi
fi
discard "$folder"
each discard
rm -f "$folder/$new.end"
exit $code`

// findDirectories is a shell script that reads names in the directory $1, up to an empty line. It
// prints the numbers of those that are directories, and "link" after the number of a symbolic link.
// If the first is no directory, the others below it are none.
const findDirectories = `n=0
while IFS= read -r line && [ "$line" ]; do
  case $line in
  *\\*) line=$(printf '%b.' "$line") line=${line%.} ;;
  esac
  if [ -d "$1/$line" ]; then
    if [ -L "$1/$line" ]; then echo $n link; else echo $n; fi
  elif [ $n = 0 ]; then
    exit
  fi
  n=$((n + 1))
done`

// escaped returns a name for one line of a script's stdin.
func escaped(name string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(name)
}

// findExisting sets p.existing: the directories of the source, called name in folder, that exist in
// the container, and whether each is a symbolic link. Through a debug container none of them may
// be one: it would lead to the debug container's own files.
func (t *transfer) findExisting(ctx context.Context, p *packer, folder, name string) error {
	names := p.appendDirectories(nil, p.source, name)
	lines := make([]string, len(names), len(names)+2)
	for i, directory := range names {
		lines[i] = escaped(directory)
		if t.root != "" && strings.Contains(directory, "\n") {
			return errors.New("a directory with a newline in its name cannot be copied through " +
				"a debug container")
		}
	}
	out, err := podscript.Run(ctx, t.pods, t.pod, t.container,
		strings.Join(append(lines, "", ""), "\n"), findDirectories, t.root+folder)
	if err != nil || out == "" {
		return err
	}
	p.existing = map[string]bool{}
	for _, found := range strings.Split(out, "\n") {
		number, isLink := strings.CutSuffix(found, " link")
		i, err := strconv.Atoi(number)
		switch {
		case err != nil || i < 0 || i >= len(names): // no answer of the script
		case isLink && t.root != "":
			return errors.New(printable.Text(path.Join(folder, names[i])) +
				" is a symbolic link, which leads a debug container elsewhere: copy what is in " +
				"it to where it leads")
		default:
			p.existing[names[i]] = isLink
			p.preamble += lines[i] + "\n"
		}
	}
	p.preamble += "\n"
	return nil
}

// upload copies the source of p into folder, under name. to is the destination.
func (t *transfer) upload(ctx context.Context, p *packer, to remotePath, folder,
	name string) error {
	options := "xpf"
	if t.NoPreserve {
		options = "xof"
	}
	tar := []string{"tar", options, "-", "-C", t.root + folder}
	command := tar
	if to.pidNamespace != noRename {
		if p.source == "." && to.kind != kindNone {
			if err := t.findExisting(ctx, p, folder, name); err != nil {
				return err
			}
		}
		p.temporary = temporaryPrefix + to.pidNamespace + "-" + randomID()
		final := ""
		if p.preamble == "" { // the whole copy is new
			name, final = p.temporary, name
		}
		command = []string{"sh", "-c", unpackThenRename, "sh", options, t.root + folder,
			p.temporary, final}
	}
	pack := func(w io.Writer) error { return p.pack(w, name) }
	err := t.runTar(ctx, command, pack, nil)
	if err != nil || len(p.late) == 0 {
		return err
	}
	return t.runTar(ctx, tar, p.packLate, nil)
}

// to copies the local file into the container.
func (t *transfer) to(ctx context.Context) error {
	local, err := filepath.EvalSymlinks(t.Local)
	if err != nil {
		return err
	}
	info, err := os.Stat(local)
	if err != nil {
		return err
	}
	to, err := t.resolve(ctx)
	if err != nil {
		return err
	}
	from := splitSource(filepath.ToSlash(t.Local))
	folder, name := path.Dir(to.path), path.Base(to.path)
	switch {
	case to.kind == kindDir:
		folder, name = to.path, from.name
	case to.kind == kindOther,
		to.kind == kindFile && info.IsDir(),
		strings.HasSuffix(t.Remote, "/") && !info.IsDir():
		return errors.New("not a directory")
	}
	p, err := newPacker(t.Options, local, info)
	if err != nil {
		return err
	}
	defer p.close()
	if name == "." && p.empty() {
		return p.failed // an archive without entries is an error to some tars
	}
	err = t.upload(ctx, p, to, folder, name)
	if p.failed != nil {
		return p.failed
	}
	return err
}
