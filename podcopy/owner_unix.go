//go:build unix

package podcopy

import (
	"io/fs"
	"syscall"
)

// ownerOf returns the numeric user and group of a file.
func ownerOf(info fs.FileInfo) (uid, gid int) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid), int(stat.Gid)
	}
	return 0, 0
}
