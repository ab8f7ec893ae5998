package cli

import (
	"os"
	"syscall"
	"time"
)

// watchSize gives a channel that gets something when the terminal's size may have changed, until stop is called. Windows tells that only to those who
// read the console's input as events, in place of the bytes that the remote program needs: so the size is looked up again and again.
func watchSize() (changed <-chan time.Time, stop func()) {
	ticker := time.NewTicker(250 * time.Millisecond)
	return ticker.C, ticker.Stop
}

var setConsoleMode = syscall.NewLazyDLL("kernel32.dll").NewProc("SetConsoleMode")

// interpretEscapes makes a console understand what programs write to move the cursor (ENABLE_VIRTUAL_TERMINAL_PROCESSING, and without a line feed's
// return: DISABLE_NEWLINE_AUTO_RETURN). A handle that is no output refuses that.
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
