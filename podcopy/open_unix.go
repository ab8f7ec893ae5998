//go:build unix

package podcopy

import "syscall"

// openFlags open a file without following a link, and without waiting for the other end of a pipe.
const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
