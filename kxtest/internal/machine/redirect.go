package machine

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxFile is the highest file descriptor.
const maxFile = 255

// redirect opens the files of a command. undo restores the files from before.
func (s *sh) redirect(redirects []*syntax.Redirect) (undo func(), ok bool) {
	saved := map[int]*description{}
	undo = func() {
		for fd, d := range saved {
			if s.t.next != nil { // another program takes over the process and these files
				if d != nil {
					d.drop()
				}
				continue
			}
			now := s.t.setFile(fd, d)
			if now != nil {
				now.drop()
			}
		}
	}
	for _, r := range redirects {
		fds, d, ok := s.openRedirect(r)
		if !ok {
			if s.flow == flowNext {
				s.status = 1
			}
			return undo, false
		}
		for _, fd := range fds {
			if d != nil {
				d.share()
			}
			old := s.t.setFile(fd, d)
			if _, alreadySaved := saved[fd]; !alreadySaved {
				saved[fd] = old
			} else if old != nil {
				old.drop()
			}
		}
		if d != nil {
			d.drop()
		}
	}
	return undo, true
}

// keepRedirects is redirect for exec without a command: the files stay open.
func (s *sh) keepRedirects(redirects []*syntax.Redirect) {
	s.status = 0
	for _, r := range redirects {
		fds, d, ok := s.openRedirect(r)
		if !ok {
			if s.flow == flowNext {
				s.status, s.flow = 2, flowExit
			}
			return
		}
		for _, fd := range fds {
			if d != nil {
				d.share()
			}
			old := s.t.setFile(fd, d)
			if old != nil {
				old.drop()
			}
		}
		if d != nil {
			d.drop()
		}
	}
}

// openRedirect opens the file of a redirection and returns the descriptors that it replaces. A nil
// file closes them.
func (s *sh) openRedirect(r *syntax.Redirect) (fds []int, d *description, ok bool) {
	fd := 1
	switch r.Op {
	case syntax.RdrIn, syntax.RdrInOut, syntax.DplIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		fd = 0
	}
	if r.N != nil {
		n, err := strconv.Atoi(r.N.Value)
		if err != nil || n > maxFile {
			s.fatalf("%s: %s", r.N.Value, errBadFile)
			return nil, nil, false
		}
		fd = n
	}
	if r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc || r.Op == syntax.WordHdoc {
		text, ok := s.hereDocument(r)
		return []int{fd}, open(&textFile{ns: s.t.ns, text: text}, "pipe:[5]"), ok
	}
	name, ok := s.literal(r.Word)
	if !ok {
		return nil, nil, false
	}
	flags, fds := os.O_WRONLY|os.O_CREATE|os.O_TRUNC, []int{fd}
	switch r.Op {
	case syntax.RdrIn:
		flags = os.O_RDONLY
	case syntax.RdrInOut:
		flags = os.O_RDWR | os.O_CREATE
	case syntax.AppOut:
		flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	case syntax.RdrAll:
		fds = []int{1, 2}
	case syntax.AppAll:
		flags, fds = os.O_WRONLY|os.O_CREATE|os.O_APPEND, []int{1, 2}
	case syntax.DplIn, syntax.DplOut:
		if name == "-" {
			return fds, nil, true
		}
		n, err := strconv.Atoi(name)
		if err != nil {
			s.fatalf("syntax error: bad fd number")
			return nil, nil, false
		}
		d = s.t.fds[n]
		if d == nil {
			s.errorf("%d: %s", n, errBadFile)
			return nil, nil, false
		}
		return fds, d.share(), true
	}
	d, err := s.t.open(name, flags)
	if err != nil {
		verb := "open"
		if flags&os.O_CREATE != 0 {
			verb = "create"
		}
		text := reason(err)
		if errors.Is(err, errNoEntry) || errors.Is(err, errNotDirectory) {
			text = "no such file"
			if verb == "create" {
				text = "nonexistent directory"
			}
		}
		s.errorf("can't %s %s: %s", verb, name, text)
		return nil, nil, false
	}
	return fds, d, true
}

// hereDocument returns the text of a here-document or of a here-string (<<<).
func (s *sh) hereDocument(r *syntax.Redirect) (string, bool) {
	if r.Op == syntax.WordHdoc {
		text, ok := s.literal(r.Word)
		return text + "\n", ok
	}
	if r.Hdoc == nil {
		return "", true
	}
	text, ok := r.Hdoc.Lit(), true
	if !quoted(r.Word) || text == "" {
		text, ok = s.document(r.Hdoc)
	}
	if r.Op == syntax.DashHdoc {
		lines := strings.SplitAfter(text, "\n")
		for i := range lines {
			lines[i] = strings.TrimLeft(lines[i], "\t")
		}
		text = strings.Join(lines, "")
	}
	return text, ok
}

// quoted reports whether the delimiter of a here-document is quoted, so that the text is not
// expanded.
func quoted(word *syntax.Word) bool {
	for _, part := range word.Parts {
		lit, ok := part.(*syntax.Lit)
		if !ok || strings.Contains(lit.Value, `\`) {
			return true
		}
	}
	return false
}
