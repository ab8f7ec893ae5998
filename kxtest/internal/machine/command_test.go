package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The expected output is that of busybox 1.35.
func TestCommands(t *testing.T) {
	for name, c := range map[string]struct {
		script, out, err string
		code             int
	}{
		"echo": {
			script: `echo -e 'a\tb\0101\x41\c' d; echo; echo -n a; echo -E '\n'; echo -x`,
			out:    "a\tbAA\na\\n\n-x\n",
		},
		"printf": {
			script: `printf '%s-%d|%-5s|%05d|%x|%c|%b|%%\n' a 12 ab 42 255 xyz 'q\tr'; printf '%s\n' a b; ` +
				`printf '\000\377'`,
			out: "a-12|ab   |00042|ff|x|q\tr|%\na\nb\n\x00\xff",
		},
		"printf with a wide verb":     {script: "printf %1000d 1", err: "sh: %1000d: invalid format\n", code: 1},
		"printf with an invalid verb": {script: "printf %q 1", err: "sh: invalid format char: q\n", code: 1},
		"cat": {
			script: "cat /etc/hostname /nosuch /etc -",
			out:    "web-0\n",
			err:    "cat: can't open '/nosuch': No such file or directory\ncat: read error: Is a directory\n",
			code:   1,
		},
		"chroot": {
			script: "mkdir -p /tmp/r/bin /tmp/r/d; cp -a /bin/sh /bin/ls /bin/pwd /tmp/r/bin; ln -s /d /tmp/r/l; chroot /tmp/r sh -c 'cd /..; pwd; ls /; ls /l/..'; " +
				"chroot /nosuch sh; chroot /etc/hostname sh; chroot /tmp",
			out: "/\nbin\nd\nl\nbin\nd\nl\n",
			err: "chroot: can't change root directory to '/nosuch': No such file or directory\n" +
				"chroot: can't change root directory to '/etc/hostname': Not a directory\nchroot: missing operand\n",
			code: 1,
		},
		"an unknown option": {script: "cat -z", err: "cat: invalid option -- 'z'\n", code: 1},
		"ls": {
			script: "cd /tmp; mkdir a b; touch a/x a/.h c; ls; ls -a a; ls -d a; ls c a; ls -R b; ls -F",
			out:    "a\nb\nc\n.\n..\n.h\nx\na\nc\n\na:\nx\nb:\na/\nb/\nc\n",
		},
		"ls of a missing file": {script: "ls /nosuch", err: "ls: /nosuch: No such file or directory\n", code: 1},
		"ls -l": {
			script: "echo hi >/tmp/f; chmod 4750 /tmp/f; set -- $(ls -l /tmp/f); echo $1 $2 $3 $4 $5 $9; " +
				"ls -ld /tmp | head -c 10; echo; ln -s f /tmp/l; ls -l /tmp/l | grep -o 'l -> f'",
			out: "-rwsr-x--- 1 root root 3 /tmp/f\ndrwxrwxrwt\nl -> f\n",
		},
		"head": {
			script: "seq 20 | head -n 2; seq 20 | head -3; seq 5 | head -n -3; echo abcdef | head -c 3; " +
				"echo abcdef | head -c -3",
			out: "1\n2\n1\n2\n3\n1\n2\nabcabcd",
		},
		"tail": {
			script: "seq 20 | tail -n 2; seq 20 | tail -1; seq 5 | tail -n +4; echo abcdef | tail -c 3; " +
				"seq 3 | tail -c +3",
			out: "19\n20\n20\n4\n5\nef\n2\n3\n",
		},
		"headings of several files": {
			script: "cd /tmp; seq 2 >a; seq 3 >b; head -n 1 a b; tail -n 1 a nosuch",
			out:    "==> a <==\n1\n\n==> b <==\n1\n==> a <==\n2\n",
			err:    "tail: can't open 'nosuch': No such file or directory\n",
			code:   1,
		},
		"wc": {
			script: "cd /tmp; seq 3 | wc; seq 3 | wc -l; seq 3 >f; wc -l f f; wc -c <f; wc nosuch",
			out:    "        3         3         6\n3\n        3 f\n        3 f\n        6 total\n6\n",
			err:    "wc: nosuch: No such file or directory\n",
			code:   1,
		},
		"seq": {
			script: "seq 2; seq 2 3; seq 1 4 9; seq 3 -1 2; seq 0.5 0.5 1; seq -1 0",
			out:    "1\n2\n2\n3\n1\n5\n9\n3\n2\n0.5\n1.0\n-1\n0\n",
		},
		"grep": {
			script: `printf 'a\nB\nab\n' >/tmp/f; cd /tmp; grep a f; grep -n b f; grep -v a f; grep -i b f; ` +
				`grep -c a f; grep -q x f; echo $?; grep -F . f; grep -o b f; grep -E '^(a|B)$' f`,
			out: "a\nab\n3:ab\nB\nB\nab\n2\n1\nb\na\nB\n",
		},
		"basic regular expressions": {
			script: `printf 'ab+\nabb\n' | grep 'b+'; printf 'abb\n' | grep 'b\{2\}'; ` +
				`printf 'foo bar\nfoobar\n' | grep -w foo`,
			out: "ab+\nabb\nfoo bar\n",
		},
		"grep -r": {
			script: "cd /tmp; mkdir -p a/b; echo kx >a/b/f; echo kx >a/g; ln -s g a/l; grep -r kx a; " +
				"grep -rn kx a/g; grep -rl kx; grep -r kx nosuch",
			out:  "a/b/f:kx\na/g:kx\na/g:1:kx\n./a/b/f\n./a/g\n",
			err:  "grep: nosuch: No such file or directory\n",
			code: 2,
		},
		"an option of several letters": {script: "cat --nosuch", err: "cat: unrecognized option '--nosuch'\n", code: 1},
		"seq -s and -w": {
			script: "seq -s, 3; seq -w 8 10; seq -w -1 1; seq 3 1; seq -s ' ' 2; seq 1 nan",
			out:    "1,2,3\n08\n09\n10\n-1\n00\n01\n1 2\n",
		},
		"a pattern in a path": {
			script: "echo /e*/passwd /proc/1*/cmdline /e*/nosuch",
			out:    "/etc/passwd /proc/1/cmdline /e*/nosuch\n",
		},
		"grep without a file": {script: "grep a /nosuch", err: "grep: /nosuch: No such file or directory\n", code: 2},
		"sort": {
			script: `printf '10\n9\n1\n' | sort; printf '10\n9\n1\n' | sort -rn; printf 'b\na\nb\n' | sort -u; ` +
				`printf 'x:3\ny:1\n' | sort -t: -k2 -n`,
			out: "1\n10\n9\n10\n9\n1\na\nb\ny:1\nx:3\n",
		},
		"tr": {
			script: `echo hello | tr a-y b-z; echo hello | tr -d l; echo heello | tr -s e; ` +
				`echo Hi | tr '[:upper:]' '[:lower:]'; echo a1 | tr -cd 0-9`,
			out: "ifmmp\nheo\nhello\nhi\n1",
		},
		"directories": {
			script: "cd /tmp; mkdir a; mkdir a; mkdir -p x/y/z; ls x/y; mkdir q/r; rm x; rm -r x; rm nosuch; " +
				"rm -f nosuch; ls",
			out: "z\na\n",
			err: "mkdir: can't create directory 'a': File exists\n" +
				"mkdir: can't create directory 'q/r': No such file or directory\nrm: 'x' is a directory\n" +
				"rm: can't remove 'nosuch': No such file or directory\n",
		},
		"cp and mv": {
			script: "cd /tmp; echo a >a; cp a b; mkdir d; cp a b d; cp -r d e; ls e; mv a c; cat c; mv c e; ls e; " +
				"cp nosuch b; mv nosuch b; cp d x; mv d d/e",
			out: "a\nb\na\na\nb\nc\n",
			err: "cp: can't stat 'nosuch': No such file or directory\n" +
				"mv: can't rename 'nosuch': No such file or directory\ncp: omitting directory 'd'\n" +
				"mv: can't rename 'd': Invalid argument\n",
			code: 1,
		},
		"links": {
			script: "cd /tmp; echo a >a; ln a b; ln -s a c; cat c; readlink c; ln -s a c; ln -sf b c; readlink -f c; " +
				"rm a; cat b; ln -s y x; ln -s x y; cat x",
			out:  "a\na\n/tmp/b\na\n",
			err:  "ln: c: File exists\ncat: can't open 'x': Too many levels of symbolic links\n",
			code: 1,
		},
		"a command that was copied": {script: "cp /bin/busybox /tmp/echo; /tmp/echo hi", out: "hi\n"},
		"chmod": {
			script: "cd /tmp; touch f; for m in 640 u+x,o=r go-r a=rwx +t; do chmod $m f; ls -l f | head -c 10; " +
				"echo; done; chmod zz f",
			out:  "-rw-r-----\n-rwxr--r--\n-rwx------\n-rwxrwxrwx\n-rwxrwxrwt\n",
			err:  "chmod: invalid mode 'zz'\n",
			code: 1,
		},
		"env": {
			script: "env -i A=1 env; env A=1 sh -c 'echo $A'; env | grep -c PATH; env nosuch",
			out:    "A=1\n1\n1\n",
			err:    "env: can't execute 'nosuch': No such file or directory\n",
			code:   127,
		},
		"names": {
			script: "which cat nosuch; hostname; whoami; id; id -u; uname; pwd; tty",
			out:    "/bin/cat\nweb-0\nroot\nuid=0(root) gid=0(root) groups=0(root)\n0\nLinux\n/\nnot a tty\n",
			code:   1,
		},
		"date": {
			script: "date -u -d @0; date -d @86400 +%Y-%m-%dT%H:%M:%S",
			out:    "Thu Jan  1 00:00:00 UTC 1970\n1970-01-02T00:00:00\n",
		},
		"kill": {
			script: "kill -l TERM; kill -l 9; kill 99999; kill -FOO 1",
			out:    "15\nKILL\n",
			err:    "sh: can't kill pid 99999: No such process\nsh: bad signal name 'FOO'\n",
			code:   1,
		},
		"sleep": {script: "sleep 0.001 && sleep x", err: "sleep: invalid number 'x'\n", code: 1},
		"test":  {script: "[ a; [ 1 -eq x ]", err: "sh: missing ]\nsh: x: bad number\n", code: 2},
		"stty without a terminal": {
			script: "stty size",
			err:    "stty: standard input: Inappropriate ioctl for device\n",
			code:   1,
		},
		"devices": {
			script: "head -c 3 /dev/zero | wc -c; cat /dev/null; head -c 5 /dev/urandom | wc -c; " +
				"echo a >/dev/stdout; echo b >/dev/stderr; echo c | cat /dev/stdin; echo d >/dev/full; cat /dev/tty",
			out: "3\n5\na\nc\n",
			err: "b\nsh: write error: No space left on device\ncat: can't open '/dev/tty': No such device or " +
				"address\n",
			code: 1,
		},
		"tar": {script: `cd /tmp; mkdir -p d/sub; echo hi >d/f; ln -s /etc d/l; ln d/f d/h; chmod 640 d/f
			touch -d 2020-01-02 d/f
			tar cf a -C /tmp ./d; tar tf a; mkdir x; tar -xpf a -C x; ls -l x/d | grep -o '^[a-z-]*'
			cat x/d/h; [ x/d/f -ef x/d/h ] && echo linked; [ x/d/f -nt d/sub ] || echo older
			ln -s /tmp/x q; mkdir p; ln -s /tmp/x/d p/d; rm x/d/f; tar xf a -C p; ls x/d/f; tar xf - -C x <a; echo $?`,
			out: "./d/\n./d/f\n./d/h\n./d/l\n./d/sub/\ntotal\n-rw-r-----\n-rw-r-----\nlrwxrwxrwx\ndrwxr-xr-x\nhi\n" +
				"linked\nolder\nx/d/f\n0\n"},
		"tar that fails": {script: `cd /tmp; mkdir d; echo hi >d/f; tar cf a ./d; tar cf b ./nope ./d; echo $?; tar tf b
			tar xf a -C /nope; tar xf nope; mkdir -p x/d/f; tar xf a -C x
			head -c 1025 a | tar xf - -C /tmp; yes | head -c 600 | tar xf -; tar cf c; tar; tar --nope`,
			out: "1\n./d/\n./d/f\n", err: "tar: ./nope: No such file or directory\n" +
				"tar: error exit delayed from previous errors\ntar: can't change directory to '/nope': No such file " +
				"or directory\ntar: can't open 'nope': No such file or directory\n" +
				"tar: can't remove old file ./d/f: Is a directory\ntar: short read\ntar: invalid tar magic\n" +
				"tar: empty archive\ntar: bad usage\ntar: unrecognized option '--nope'\n", code: 1},
		"a digest": {
			script: "echo hello >/tmp/f; sha256sum /tmp/f; sha256sum </tmp/f",
			out: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  /tmp/f\n" +
				"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  -\n",
		},
		"yes": {script: "yes a b | head -n 2", out: "a b\na b\n"},
		"busybox": {
			script: "busybox echo a; busybox nosuch",
			out:    "a\n",
			err:    "nosuch: applet not found\n",
			code:   127,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, result{c.out, c.err, c.code}, sh(t, c.script))
		})
	}
}
