package pty

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// Open opens both ends of a pseudo-terminal of a size in characters.
func Open(columns, rows uint16) (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	var unlock, number int32
	err = errors.Join(
		Ioctl(master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock)),
		Ioctl(master, syscall.TIOCGPTN, unsafe.Pointer(&number)),
		Resize(master, columns, rows),
	)
	if err == nil {
		slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)),
			os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	return master, slave, nil
}

// Resize changes the size of a terminal, in characters.
func Resize(master *os.File, columns, rows uint16) error {
	size := [4]uint16{rows, columns}
	return Ioctl(master, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
}

// Ioctl calls ioctl(2) on f. It does not use f.Fd, after which reads could not be interrupted.
func Ioctl(f *os.File, request uintptr, argument unsafe.Pointer) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return err
}
