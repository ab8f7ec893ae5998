package podcopy

import (
	"hash/maphash"
	"runtime"
	"strings"
)

// entryKind is what an entry of an archive became.
type entryKind uint8

const (
	fileEntry entryKind = iota + 1
	directoryEntry
	symlinkEntry
)

func (k entryKind) String() string {
	return [...]string{fileEntry: "file", directoryEntry: "directory", symlinkEntry: "symbolic link"}[k]
}

// entry is what an entryTable knows of an entry.
type entry struct {
	kind entryKind
	// directory is an index into unpacker.directories, plus one, for a directory that the
	// unpacker created.
	directory int
}

// entryTable holds the entries that were unpacked, by the hashes of their names, which saves
// memory. A random seed keeps an archive from choosing names with equal hashes.
type entryTable struct {
	seed  maphash.Seed
	found map[uint64]entry
}

func newEntryTable() entryTable {
	return entryTable{seed: maphash.MakeSeed(), found: map[uint64]entry{}}
}

func (t entryTable) add(name string, e entry) { t.found[t.hash(name)] = e }

func (t entryTable) find(name string) (entry, bool) {
	e, ok := t.found[t.hash(name)]
	return e, ok
}

func (t entryTable) hash(name string) uint64 {
	return maphash.String(t.seed, folded(name, runtime.GOOS))
}

// folded returns the same text for names that are the same file on an operating system. The disks
// of Windows and macOS ignore case, and Windows ignores blanks and dots at the end of a name.
func folded(name, system string) string {
	switch system {
	case "darwin":
		return strings.ToLower(name)
	case "windows":
		parts := strings.Split(strings.ToLower(name), "/")
		for i, part := range parts {
			if part != "." {
				parts[i] = strings.TrimRight(part, " .")
			}
		}
		return strings.Join(parts, "/")
	}
	return name
}
