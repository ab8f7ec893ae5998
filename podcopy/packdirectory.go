package podcopy

import (
	"archive/tar"
	"io"
	"io/fs"
	"path"
	"path/filepath"
)

// appendDirectories appends the names that directories will have in the archive.
func (p *packer) appendDirectories(names []string, local, name string) []string {
	info, err := p.root.Lstat(local)
	if err != nil || !info.IsDir() {
		return names // add reports the error
	}
	names = append(names, name)
	for _, child := range p.children(local) {
		names = p.appendDirectories(names, filepath.Join(local, child), path.Join(name, child))
	}
	return names
}

// addDirectory adds a directory and its contents. The name "." stands for a directory that exists
// in the container: it keeps its mode and time.
//
// What is new in any directory that exists is in a directory called p.temporary there.
func (p *packer) addDirectory(local, name string, info fs.FileInfo) error {
	h := p.header(name+"/", info)
	h.Typeflag = tar.TypeDir
	isLink, exists := p.existing[name]
	isNew := name != "." && !exists
	first := *h
	first.Mode |= 0o700 // so that files can be created in it
	if exists {
		first.Name, first.Mode = path.Join(name, p.temporary)+"/", 0o700
	}
	if exists || isNew {
		if err := p.archive.WriteHeader(&first); err != nil {
			return err
		}
	}
	children, err := p.readDirectory(local, info)
	if err != nil {
		p.fail(local, err)
	}
	for _, child := range children {
		to := path.Join(name, child)
		_, merges := p.existing[to]
		if exists && !merges {
			to = path.Join(name, p.temporary, child)
		}
		if err := p.add(filepath.Join(local, child), to); err != nil {
			return err
		}
	}
	// A directory moves to another one only if its owner may write to it.
	moves := isNew && path.Base(path.Dir(name)) == p.temporary && h.Mode&0o200 == 0
	switch {
	case moves:
		h.Name = path.Join(name, "../..", path.Base(name)) + "/"
		fallthrough
	case exists && name != "." && !isLink:
		p.late = append(p.late, h)
		return nil
	case !isNew:
		return nil
	}
	// A second header sets the mode and time once the contents are there: busybox sets them at
	// each header.
	return p.archive.WriteHeader(h)
}

// packLate writes an archive that sets the modes and times of the directories whose files have
// been renamed since.
func (p *packer) packLate(w io.Writer) error {
	archive := tar.NewWriter(w)
	for _, h := range p.late {
		if err := archive.WriteHeader(h); err != nil {
			return err
		}
	}
	return archive.Close()
}
