package imagearchive

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// FileError says why a file cannot be in an image, and what to do.
type FileError struct {
	Path string
	// Err is the reason, without the path.
	Err error
}

func (e *FileError) Error() string { return e.Path + " " + e.Err.Error() }

// Unwrap returns e.Err.
func (e *FileError) Unwrap() error { return e.Err }

// refused returns a FileError.
func refused(path, format string, args ...any) error {
	return &FileError{Path: path, Err: fmt.Errorf(format, args...)}
}

// tree has the files of an image.
type tree struct {
	entries  map[string]*entry // by their names, without a leading slash
	names    []string          // those of entries
	programs []string          // the names of the given programs
	// architecture is that of all programs, and archFile one of them.
	architecture, archFile string
}

// entry is a file, a directory or a symbolic link of an image.
type entry struct {
	source      string // the local file or directory
	isDirectory bool
	link        string // the target of a symbolic link
	size        int64  // of a file
	isProgram   bool
	interpreter string // the dynamic linker that the program needs
}

// temporaryFolder is where any user may write.
const temporaryFolder = "tmp"

// collect returns the files of the image that o describes.
func collect(ctx context.Context, o *PackOptions) (*tree, error) {
	t := &tree{entries: map[string]*entry{}}
	if o.Busybox == "" && len(o.Paths) == 0 {
		return nil, errors.New("an image needs a program: give a busybox, a program or a directory")
	}
	err := t.add(temporaryFolder, &entry{isDirectory: true})
	for _, source := range o.Paths {
		if err == nil {
			err = t.addPath(ctx, source)
		}
	}
	if err == nil && o.Busybox != "" {
		err = t.addBusybox(o.Busybox)
	}
	if err == nil {
		err = t.check(o)
	}
	slices.Sort(t.names)
	return t, err
}

// check refuses an image without a program, and programs whose dynamic linker is missing.
func (t *tree) check(o *PackOptions) error {
	if t.architecture == "" {
		return refused(strings.Join(o.Paths, " "), "has no program for Linux, so the image's "+
			"architecture is unknown: give an ELF file")
	}
	for _, name := range t.names {
		e := t.entries[name]
		if e.interpreter != "" && t.entries[strings.Trim(path.Clean(e.interpreter), "/")] == nil {
			return refused(e.source, "is linked dynamically and needs %q, which the image "+
				"lacks: link it statically, or give a directory that has its libraries",
				e.interpreter)
		}
	}
	return nil
}

// command returns the command of the image, or nil.
func (t *tree) command() []string {
	switch {
	case t.entries["bin/sh"] != nil:
		return []string{"/bin/sh"}
	case len(t.programs) == 1:
		return []string{"/" + t.programs[0]}
	}
	return nil
}

// addPath adds a local program or the contents of a local directory.
func (t *tree) addPath(ctx context.Context, source string) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return t.addDirectory(ctx, source)
	}
	name := "bin/" + filepath.Base(source)
	found, err := t.addFile(name, source, info)
	if err == nil && !found.isELF && !found.isScript {
		return refused(source, "is no program for Linux, neither an ELF file nor a script: "+
			"give the directory that has it")
	}
	t.programs = append(t.programs, name)
	return err
}

// addDirectory adds what is in a local directory.
func (t *tree) addDirectory(ctx context.Context, source string) error {
	return fs.WalkDir(os.DirFS(source), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil || name == "." {
			return err
		}
		local := filepath.Join(source, name)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch d.Type() {
		case fs.ModeDir:
			return t.add(name, &entry{source: local, isDirectory: true})
		case fs.ModeSymlink:
			target, err := os.Readlink(local)
			if err != nil {
				return err
			}
			return t.add(name, &entry{source: local, link: filepath.ToSlash(target)})
		}
		_, err = t.addFile(name, local, info)
		return err
	})
}

// addFile adds a local file, and returns what kind of program it is.
func (t *tree) addFile(name, source string, info fs.FileInfo) (found program, err error) {
	if !info.Mode().IsRegular() {
		return found, refused(source, "is no file, directory or symbolic link")
	}
	f, err := os.Open(source)
	if err != nil {
		return found, err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, headSize))
	if err != nil {
		return found, err
	}
	if found, err = readProgram(head); err != nil {
		return found, refused(source, "%w", err)
	}
	switch {
	case !found.isELF || found.architecture == t.architecture:
	case t.architecture == "":
		t.architecture, t.archFile = found.architecture, source
	default:
		return found, refused(source, "is for %s, and %s for %s: an image has one architecture",
			found.architecture, t.archFile, t.architecture)
	}
	return found, t.add(name, &entry{source: source, size: info.Size(),
		isProgram: found.isELF || found.isScript, interpreter: found.interpreter})
}

// add adds an entry, and the directories that it is in.
func (t *tree) add(name string, e *entry) error {
	old := t.entries[name]
	switch {
	case old == nil:
	case old.isDirectory && e.isDirectory:
		return nil
	default:
		return refused(e.source, "would be /%s, which is %s already", name, old.source)
	}
	folder := path.Dir(name)
	if folder != "." {
		if err := t.add(folder, &entry{source: e.source, isDirectory: true}); err != nil {
			return err
		}
	}
	t.entries[name], t.names = e, append(t.names, name)
	return nil
}

// writeLayer writes an archive with the files.
func (t *tree) writeLayer(ctx context.Context, w io.Writer) error {
	archive := tar.NewWriter(&interruptible{ctx, w})
	for _, name := range t.names {
		if err := t.entries[name].write(archive, name); err != nil {
			return err
		}
	}
	return archive.Close()
}

// write writes an entry to a layer.
func (e *entry) write(archive *tar.Writer, name string) error {
	header := &tar.Header{Name: name, Linkname: e.link, Size: e.size, Mode: 0o644}
	switch {
	case e.isDirectory && name == temporaryFolder:
		header.Name, header.Mode = name+"/", 0o1777
	case e.isDirectory:
		header.Name, header.Mode = name+"/", 0o755
	case e.link != "":
		header.Typeflag, header.Mode = tar.TypeSymlink, 0o777
	case e.isProgram:
		header.Mode = 0o755
	}
	err := archive.WriteHeader(header)
	switch {
	case errors.Is(err, tar.ErrHeader): // a name or link that no archive can have
		return refused(e.source, "cannot be in an archive: %w", err)
	case err != nil || e.isDirectory || e.link != "":
		return err
	}
	f, err := os.Open(e.source)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyN(archive, f, e.size)
	if errors.Is(err, io.EOF) {
		err = refused(e.source, "became shorter while it was packed: pack it again")
	}
	return err
}
