package imagearchive

import (
	"bytes"
	"io"
	"os"
	"slices"
)

// maxBusybox limits the memory for a busybox. The largest have 3 MiB.
const maxBusybox = 64 << 20

// addBusybox adds a busybox, and a link for each of its programs that is not in the image yet.
func (t *tree) addBusybox(source string) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	found, err := t.addFile("bin/busybox", source, info)
	if err != nil {
		return err
	}
	f, err := os.Open(source)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxBusybox))
	if err != nil {
		return err
	}
	applets := findApplets(text)
	if !found.isELF || len(applets) == 0 {
		return refused(source, "is no busybox for Linux: no list of programs is in it")
	}
	for _, applet := range applets {
		name := "bin/" + applet
		if t.entries[name] == nil {
			err = t.add(name, &entry{source: source, link: "busybox"})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// findApplets returns the names of the programs in a busybox: its table applet_names, which has
// them in order, each with a NUL behind it. Reading the table works for other architectures too,
// where busybox --list does not run.
func findApplets(text []byte) (applets []string) {
	var ordered []string
	for name := range bytes.SplitSeq(text, []byte{0}) {
		switch {
		case !isApplet(name):
			ordered = nil
			continue
		case len(ordered) > 0 && string(name) <= ordered[len(ordered)-1]:
			ordered = nil
		}
		ordered = append(ordered, string(name))
		if len(ordered) > len(applets) && slices.Contains(ordered, "sh") {
			applets = ordered
		}
	}
	return applets
}

// isApplet reports whether name can be that of a program in busybox, such as "[[" and "udhcpc6".
func isApplet(name []byte) bool {
	for i, c := range name {
		isLetter := c >= 'a' && c <= 'z' || c == '['
		if !isLetter && (i == 0 || bytes.IndexByte([]byte("0123456789._-"), c) < 0) {
			return false
		}
	}
	return len(name) > 0 && len(name) < 32
}
