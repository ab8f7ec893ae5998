package term

import (
	"os"
	"syscall"
	"time"
)

// WatchSize returns a channel that receives when the terminal may have another size, until stop is
// called. Windows reports a new size only to readers of input events, and kx reads bytes. So kx
// looks at the size four times a second.
func WatchSize() (changed <-chan time.Time, stop func()) {
	ticker := time.NewTicker(250 * time.Millisecond)
	return ticker.C, ticker.Stop
}

var setConsoleMode = syscall.NewLazyDLL("kernel32.dll").NewProc("SetConsoleMode")

// interpretEscapes makes a console interpret escape sequences
// (ENABLE_VIRTUAL_TERMINAL_PROCESSING|DISABLE_NEWLINE_AUTO_RETURN of SetConsoleMode). It returns nil
// for a handle that is no output.
func interpretEscapes(f *os.File) (undo func()) {
	var before uint32
	if syscall.GetConsoleMode(syscall.Handle(f.Fd()), &before) != nil {
		return nil
	}
	ok, _, _ := setConsoleMode.Call(f.Fd(), uintptr(before|0x4|0x8))
	if ok == 0 {
		return nil
	}
	return func() { _, _, _ = setConsoleMode.Call(f.Fd(), uintptr(before)) }
}
