package machine

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// inShell lists the commands that the shell runs in its own process.
var inShell = map[string]bool{
	"echo":   true,
	"printf": true,
	"test":   true,
	"[":      true,
	"true":   true,
	"false":  true,
	"kill":   true,
}

// builtins are the commands that change the shell's own state.
var builtins map[string]func(s *sh, words []string)

func init() {
	builtins = map[string]func(*sh, []string){
		":":        func(*sh, []string) {},
		".":        sourceFile,
		"break":    breakOrReturn,
		"cd":       changeDir,
		"command":  command,
		"continue": breakOrReturn,
		"eval":     func(s *sh, words []string) { s.eval(strings.Join(words[1:], " ")) },
		"exec":     execute,
		"exit":     exitShell,
		"fg":       foregroundJob,
		"jobs":     listJobs,
		"pwd":      workingDir,
		"read":     read,
		"return":   breakOrReturn,
		"set":      setOptions,
		"shift":    shift,
		"source":   sourceFile,
		"trap":     trap,
		"type":     typeOf,
		"umask":    umask,
		"unset":    unset,
		"wait":     wait,
	}
}

func (s *sh) print(format string, args ...any) {
	_, _ = fmt.Fprintf(stream{s.t, s.t.fds[1]}, format, args...)
}

func (s *sh) failf(status int, format string, args ...any) {
	s.errorf(format, args...)
	s.status = status
}

func sourceFile(s *sh, words []string) {
	if len(words) < 2 {
		return
	}
	name := words[1]
	if !strings.Contains(name, "/") {
		name = ""
		for dir := range strings.SplitSeq(s.vars["PATH"].value, ":") {
			s.t.ns.mu.Lock()
			n, err := s.t.find(path.Join(dir, words[1]), true)
			s.t.ns.mu.Unlock()
			if err == nil && !n.isDir() {
				name = path.Join(dir, words[1])
				break
			}
		}
		if name == "" {
			s.fatalf("%s: not found", words[1])
			return
		}
	}
	text, err := s.readScript(name)
	if err != nil {
		s.fatalf("can't open '%s': %s", words[1], reason(err))
		return
	}
	old := s.params
	if len(words) > 2 {
		s.params = words[2:]
	}
	s.eval(text)
	if len(words) > 2 {
		s.params = old
	}
	if s.flow == flowReturn {
		s.flow = flowNext
	}
}

func changeDir(s *sh, words []string) {
	dir := s.vars["HOME"].value
	args := slices.DeleteFunc(words[1:], func(w string) bool {
		return w == "-L" || w == "-P" ||
			w == "--"
	})
	if len(args) > 0 {
		dir = args[0]
	}
	if dir == "-" {
		dir = s.vars["OLDPWD"].value
		defer func() {
			if s.status == 0 {
				s.print("%s\n", s.t.dir)
			}
		}()
	}
	if dir == "" {
		return
	}
	old := s.t.dir
	if err := s.t.chdir(s.t.clean(dir)); err != nil {
		s.failf(2, "can't cd to %s: %s", dir, reason(err))
		return
	}
	s.store("OLDPWD", old)
	s.store("PWD", s.t.dir)
}

func workingDir(s *sh, _ []string) { s.print("%s\n", s.t.dir) }

func breakOrReturn(s *sh, words []string) {
	number := 1
	if words[0] == "return" {
		number = s.previous
	}
	if len(words) > 1 {
		n, err := strconv.Atoi(words[1])
		if err != nil || n < 0 || n == 0 && words[0] != "return" {
			s.fatalf("Illegal number: %s", words[1])
			return
		}
		number = n
	}
	switch words[0] {
	case "return":
		s.status, s.flow = number&0xff, flowReturn
	case "break", "continue":
		if s.loops == 0 {
			return
		}
		s.levels = min(number, s.loops)
		s.flow = flowBreak
		if words[0] == "continue" {
			s.flow = flowContinue
		}
	}
}

func exitShell(s *sh, words []string) {
	s.status = s.previous
	if len(words) > 1 {
		n, err := strconv.Atoi(words[1])
		if err != nil {
			s.fatalf("Illegal number: %s", words[1])
			return
		}
		s.status = n & 0xff
	}
	s.flow = flowExit
}

func execute(s *sh, words []string) { s.program(words[1:], true) }

func shift(s *sh, words []string) {
	n := 1
	if len(words) > 1 {
		var err error
		if n, err = strconv.Atoi(words[1]); err != nil || n < 0 {
			s.fatalf("Illegal number: %s", words[1])
			return
		}
	}
	if n < 0 || n > len(s.params) {
		s.status = 1
		return
	}
	s.params = s.params[n:]
}

func umask(s *sh, words []string) {
	if len(words) == 1 {
		s.print("%04o\n", s.t.mask)
		return
	}
	mask, err := strconv.ParseUint(words[1], 8, 32)
	if err != nil || mask > 0o777 {
		s.failf(2, "Illegal number: %s", words[1])
		return
	}
	s.t.mask = uint32(mask)
}

func listJobs(s *sh, words []string) {
	for _, j := range s.jobs {
		if len(words) > 1 && words[1] == "-p" {
			s.print("%d\n", j.task.pid)
			continue
		}
		s.print("%s", s.jobLine(j))
	}
	s.jobs = slices.DeleteFunc(s.jobs, func(j *job) bool { return closed(j.task.done) })
}

// foregroundJob is fg: it waits for a job and gives it the terminal meanwhile.
func foregroundJob(s *sh, words []string) {
	name := "%"
	if len(words) > 1 {
		name = words[1]
	}
	j := s.job(name)
	if j == nil {
		s.failf(2, "no such job: %s", name)
		return
	}
	s.print("%s\n", j.text)
	s.jobs = slices.DeleteFunc(s.jobs, func(other *job) bool { return other == j })
	s.await(j.task)
}
