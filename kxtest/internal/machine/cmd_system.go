package machine

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// user returns the fields of the line in /etc/passwd whose field (0: name, 2: uid) has the value.
func (m *Machine) user(field int, value string) []string {
	m.ns.mu.Lock()
	defer m.ns.mu.Unlock()
	etc := m.root.children["etc"]
	if etc == nil || etc.children["passwd"] == nil {
		return nil
	}
	content := make([]byte, min(etc.children["passwd"].data.size, 64<<10))
	etc.children["passwd"].data.readAt(content, 0)
	for line := range strings.Lines(string(content)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) > 5 && fields[field] == value {
			return fields
		}
	}
	return nil
}

// userName returns a user's name, or the number if /etc/passwd has none.
func (m *Machine) userName(uid int) string {
	fields := m.user(2, strconv.Itoa(uid))
	if fields != nil {
		return fields[0]
	}
	return strconv.Itoa(uid)
}

func (m *Machine) homeDir(name string) (string, bool) {
	fields := m.user(0, name)
	if fields == nil {
		return "", false
	}
	return fields[5], true
}

func id(_ context.Context, p *Process) int {
	options, _, ok := p.options("ugnrG")
	if !ok {
		return 1
	}
	c := p.task.m.config
	number, name := c.UID, p.task.m.userName(c.UID)
	group := strconv.Itoa(c.GID)
	if c.GID == 0 {
		group = "root"
	}
	named := func(kind string, number int, name string) string {
		if name == strconv.Itoa(number) {
			return fmt.Sprintf("%s=%d", kind, number)
		}
		return fmt.Sprintf("%s=%d(%s)", kind, number, name)
	}
	if options['g'] != "" || options['G'] != "" {
		number, name = c.GID, group
	}
	switch {
	case options['u'] == "" && options['g'] == "" && options['G'] == "":
		p.printf("%s %s %s\n", named("uid", c.UID, name), named("gid", c.GID, group),
			named("groups", c.GID, group))
	case options['n'] != "":
		p.printf("%s\n", name)
	default:
		p.printf("%d\n", number)
	}
	return 0
}

func whoami(_ context.Context, p *Process) int {
	uid := p.task.m.config.UID
	name := p.task.m.userName(uid)
	if name == strconv.Itoa(uid) {
		p.errorf("unknown uid %d", uid)
		return 1
	}
	p.printf("%s\n", name)
	return 0
}

func hostname(_ context.Context, p *Process) int {
	if len(p.args) > 1 && !strings.HasPrefix(p.args[1], "-") {
		p.errorf("sethostname: %s", errNotPermitted)
		return 1
	}
	p.printf("%s\n", p.task.m.config.Hostname)
	return 0
}

func pwd(_ context.Context, p *Process) int { p.printf("%s\n", p.task.dir); return 0 }

func uname(_ context.Context, p *Process) int {
	options, _, ok := p.options("asnrvmpio")
	if !ok {
		return 1
	}
	var parts []string
	for _, part := range []struct {
		letter byte
		text   string
	}{
		{'s', "Linux"},
		{'n', p.task.m.config.Hostname},
		{'r', kernelRelease},
		{'v', kernelVersion},
		{'m', "x86_64"},
		{'o', "GNU/Linux"},
	} {
		if options[part.letter] != "" || options['a'] != "" || len(options) == 0 &&
			part.letter == 's' {
			parts = append(parts, part.text)
		}
	}
	p.printf("%s\n", strings.Join(parts, " "))
	return 0
}

// which prints the paths of programs in PATH.
func which(_ context.Context, p *Process) int {
	status := 0
	for _, name := range p.args[1:] {
		file, err := p.task.lookPath(name)
		if err != nil {
			status = 1
			continue
		}
		p.printf("%s\n", path.Clean(file))
	}
	return status
}
