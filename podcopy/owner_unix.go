//go:build unix

package podcopy

import (
	"io/fs"
	"syscall"
)

// ownerOf gives the numbers of a file's user and group.
func ownerOf(info fs.FileInfo) (uid, gid int64) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int64(stat.Uid), int64(stat.Gid)
	}
	return 0, 0
}
