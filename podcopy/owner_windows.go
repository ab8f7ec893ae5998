package podcopy

import "io/fs"

// ownerOf gives root's numbers: owners have no numbers here.
func ownerOf(fs.FileInfo) (uid, gid int64) { return 0, 0 }
