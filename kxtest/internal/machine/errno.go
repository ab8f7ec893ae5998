package machine

import "errors"

// errno is an error of the kernel in the C library's words.
type errno string

func (e errno) Error() string { return string(e) }

const (
	errNotPermitted errno = "Operation not permitted"
	errNoEntry      errno = "No such file or directory"
	errNoProcess    errno = "No such process"
	errNotExec      errno = "Exec format error"
	errBadFile      errno = "Bad file descriptor"
	errAgain        errno = "Resource temporarily unavailable"
	errNoMemory     errno = "Cannot allocate memory"
	errAccess       errno = "Permission denied"
	errExists       errno = "File exists"
	errNotDirectory errno = "Not a directory"
	errIsDirectory  errno = "Is a directory"
	errInvalid      errno = "Invalid argument"
	errNotTerminal  errno = "Inappropriate ioctl for device"
	errNoSpace      errno = "No space left on device"
	errSeek         errno = "Illegal seek"
	errReadOnly     errno = "Read-only file system"
	errPipe         errno = "Broken pipe"
	errNameTooLong  errno = "File name too long"
	errNotEmpty     errno = "Directory not empty"
	errLoop         errno = "Too many levels of symbolic links"
	errIO           errno = "Input/output error"
	errNoDevice     errno = "No such device or address"
	errAddressInUse errno = "Address already in use"
	errInterrupted  errno = "Interrupted system call"
)

// reason returns the kernel's error in the chain, without the failed operation.
func reason(err error) string {
	if e, ok := errors.AsType[errno](err); ok {
		return string(e)
	}
	return err.Error()
}
