package podcopy

import "io/fs"

// ownerOf returns root's numbers: owners have no numbers here.
func ownerOf(fs.FileInfo) (uid, gid int) { return 0, 0 }
