package podcopy

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const blockSize = 512

// block returns a header of GNU's format, made by hand: tar.Writer refuses most bad ones.
func block(kind byte, name string, size string) []byte {
	b := make([]byte, blockSize)
	copy(b, name)
	copy(b[100:], "0000644\x000000000\x000000000\x00")
	copy(b[124:136], size)
	copy(b[136:], "00000000000\x00")
	b[156] = kind
	copy(b[257:], "ustar  \x00")
	setChecksum(b)
	return b
}

func setChecksum(b []byte) {
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

// record returns a record of PAX: its own length, a blank, KEY=VALUE and a newline.
func record(key, value string) string {
	text := " " + key + "=" + value + "\n"
	length := len(text)
	for length != len(text)+len(strconv.Itoa(length)) {
		length = len(text) + len(strconv.Itoa(length))
	}
	return strconv.Itoa(length) + text
}

// attributes returns an extended header whose contents are text, as a rule the records of PAX.
func attributes(text string) []byte {
	contents := make([]byte, (len(text)+blockSize-1)/blockSize*blockSize)
	copy(contents, text)
	return append(block('x', "attributes", fmt.Sprintf("%011o\x00", len(text))), contents...)
}

// end is what an archive ends with.
var end = make([]byte, 2*blockSize)

// unpackInto unpacks an archive of the source called name into the directory here.
func unpackInto(folder, name string, archive io.Reader, o Options) error {
	o.Local = folder
	u, err := newUnpacker(&o, name)
	if err != nil {
		return err
	}
	defer u.close()
	return u.unpack(archive, name)
}

func TestABrokenArchiveIsAnError(t *testing.T) {
	directory := block(tar.TypeDir, "d/", "00000000000\x00")
	small := "00000000001\x00"
	for name, c := range map[string]struct {
		archive []byte
		err     string
	}{
		"a negative size": {
			block(tar.TypeReg, "d/f", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"),
			"invalid header",
		},
		"a size beyond 63 bits": {
			block(tar.TypeReg, "d/f", "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
			"invalid header",
		},
		"a size that is not a number": {
			block(tar.TypeReg, "d/f", "many\x00"),
			"invalid header",
		},
		"a huge size": {
			block(tar.TypeReg, "d/f", "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"),
			"exceed the limit of 1000 bytes",
		},
		"a GNU sparse file": {
			block(tar.TypeGNUSparse, "d/f", "00000000000\x00"),
			`"d/f" is a sparse file, which kx does not unpack`,
		},
		"a sparse file of PAX": {
			append(attributes(record("GNU.sparse.major", "0")+record("GNU.sparse.minor", "1")+
				record("GNU.sparse.size", "99999999")+record("GNU.sparse.numblocks", "1")+record("GNU.sparse.map", "0,0")),
				block(tar.TypeReg, "d/f", "00000000000\x00")...),
			`"d/f" is a sparse file, which kx does not unpack`,
		},
		"a negative size of PAX": {
			append(attributes(record("size", "-1")), block(tar.TypeReg, "d/f", small)...),
			"invalid header",
		},
		"a size of PAX far below zero": {
			append(attributes(record("size", "-9223372036854775808")), block(tar.TypeReg, "d/f", small)...),
			"invalid header",
		},
		"a size of PAX that is blank": {
			append(attributes(record("size", " ")), block(tar.TypeReg, "d/f", small)...),
			"invalid header",
		},
		"an absolute path of PAX": {
			append(attributes(record("path", "/etc/passwd")), block(tar.TypeReg, "d/f", small)...),
			`"/etc/passwd" is not below the path to copy`,
		},
		"invalid PAX records": {
			append(attributes("999 path=x\n"), block(tar.TypeReg, "d/f", small)...),
			"invalid header",
		},
		"a wrong checksum": {
			bytes.Replace(block(tar.TypeReg, "d/f", small), []byte("d/f"), []byte("d/g"), 1),
			"invalid header",
		},
		"a header between the two end blocks": {
			append(make([]byte, blockSize), block(tar.TypeReg, "d/f", small)...),
			"invalid header",
		},
		"a name of PAX that is too long": {
			append(attributes(record("path", strings.Repeat("x", 3_000_000))), block(tar.TypeReg, "d/f", small)...),
			"header field too long",
		},
		"endless data after the end": {
			append(end, make([]byte, 2*maxPadding)...),
			"data after its end",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			archive := append(append(bytes.Clone(directory), c.archive...), end...)
			require.ErrorContains(t, unpackInto(folder, "d", bytes.NewReader(archive), Options{Limit: 1000}), c.err)
			files, err := os.ReadDir(folder + "/d")
			require.NoError(t, err)
			require.Empty(t, files)
		})
	}
}

func TestNumbersThatAreBlankAreZero(t *testing.T) {
	for name, blank := range map[string]string{"spaces": "            ", "zeros": strings.Repeat("\x00", 12), "a space and a zero": " \x00"} {
		t.Run(name, func(t *testing.T) {
			directory := block(tar.TypeDir, "d/", blank)
			file := block(tar.TypeReg, "d/f", "00000000005\x00")
			for _, field := range [][2]int{{108, 8}, {116, 8}, {136, 12}} { // uid, gid, mtime
				copy(file[field[0]:field[0]+field[1]], strings.Repeat("\x00", field[1]))
				copy(file[field[0]:field[0]+field[1]], blank)
			}
			setChecksum(file)
			empty := block(tar.TypeReg, "d/empty", blank)
			archive := bytes.Join([][]byte{directory, file, []byte("text\n"), make([]byte, blockSize-5), empty, end}, nil)
			folder := t.TempDir()
			require.NoError(t, unpackInto(folder, "d", bytes.NewReader(archive), Options{}))
			text, err := os.ReadFile(folder + "/d/f")
			require.NoError(t, err)
			require.Equal(t, "text\n", string(text))
			info, err := os.Stat(folder + "/d/f")
			require.NoError(t, err)
			require.Zero(t, info.ModTime().Unix(), "the time zero is a time")
			info, err = os.Stat(folder + "/d/empty")
			require.NoError(t, err)
			require.Zero(t, info.Size())
		})
	}
}

// repeated is an archive of n times the same blocks.
type repeated struct {
	blocks []byte
	n      int
	rest   []byte
}

func (r *repeated) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		switch {
		case r.n < 0:
			return 0, io.EOF
		case r.n == 0:
			r.rest = end
		default:
			r.rest = r.blocks
		}
		r.n--
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// live returns how many bytes of the heap are in use.
func live() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// memoryProbe is an archive that measures the heap when it ends, while the unpacker is still there.
type memoryProbe struct {
	io.Reader
	used uint64
}

func (m *memoryProbe) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if err == io.EOF && m.used == 0 {
		m.used = live()
	}
	return n, err
}

func TestRepeatedEntriesTakeNoMemory(t *testing.T) {
	const count = 20_000 // 13 bytes an entry would exceed the limit
	directory := block(tar.TypeDir, "d/", "00000000000\x00")
	file := block(tar.TypeReg, "d/f", "00000000000\x00")
	for name, c := range map[string]struct {
		repeated []byte
		count    int
	}{
		"the source's own header":      {directory, count},
		"a directory":                  {block(tar.TypeDir, "d/sub/", "00000000000\x00"), count},
		"a pipe":                       {block(tar.TypeFifo, "d/pipe", "00000000000\x00"), count},
		"a comment":                    {block(tar.TypeXGlobalHeader, "comment", "00000000000\x00"), count},
		"a file":                       {file, count / 100},
		"a link":                       {symlinkBlock("d/l", "to"), count / 100},
		"an extended header":           {append(attributes(record("comment", "x")), directory...), count},
		"directories with other modes": {append(bytes.Clone(directory), modeBlock()...), count},
	} {
		t.Run(name, func(t *testing.T) {
			before := live()
			probe := &memoryProbe{Reader: io.MultiReader(bytes.NewReader(directory), &repeated{blocks: c.repeated, n: c.count})}
			require.NoError(t, unpackInto(t.TempDir(), "d", probe, Options{}))
			require.Less(t, int64(probe.used)-int64(before), int64(256<<10), "bytes after %d entries", c.count)
		})
	}
}

func symlinkBlock(name, to string) []byte {
	b := block(tar.TypeSymlink, name, "00000000000\x00")
	copy(b[157:], to)
	setChecksum(b)
	return b
}

func modeBlock() []byte {
	b := block(tar.TypeDir, "d/", "00000000000\x00")
	copy(b[100:], "0000700\x00")
	setChecksum(b)
	return b
}

func FuzzUnpack(f *testing.F) {
	directory, empty := block(tar.TypeDir, "d/", "00000000000\x00"), "00000000000\x00"
	archiveOf := func(blocks ...[]byte) []byte { return append(bytes.Join(blocks, nil), end...) }
	hardLink := block(tar.TypeLink, "d/h", empty)
	copy(hardLink[157:], "d/f")
	for _, archive := range [][]byte{
		archiveOf(directory, block(tar.TypeReg, "d/f", "00000000005\x00"), []byte("evil\n"), make([]byte, blockSize-5)),
		archiveOf(block(tar.TypeReg, "d", "00000000001\x00"), make([]byte, blockSize)),
		archiveOf(block(tar.TypeReg, "d", empty), symlinkBlock("d", "."), directory),
		archiveOf(directory, symlinkBlock("d/l", ".."), block(tar.TypeReg, "d/l/victim", empty)),
		archiveOf(directory, symlinkBlock("d/l", "../../victim"), block(tar.TypeReg, "d/l", empty)),
		archiveOf(directory, block(tar.TypeReg, "d/f", empty), hardLink),
		archiveOf(directory, block(tar.TypeDir, "d/x/", empty), symlinkBlock("d/x", "../..")),
		archiveOf(directory, attributes(record("path", "d/../victim")), block(tar.TypeReg, "d/f", empty)),
		archiveOf(directory, block(tar.TypeGNULongName, "././@LongLink", "00000000013\x00"),
			append([]byte("d/../victim"), make([]byte, blockSize-11)...), block(tar.TypeReg, "d/f", empty)),
	} {
		f.Add(archive)
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		archive = bytes.Clone(archive)
		for at := 0; at+blockSize <= len(archive); at += blockSize {
			header := archive[at : at+blockSize]
			if string(header[257:262]) == "ustar" { // let the fuzzer pass the checksum
				setChecksum(header)
			}
		}
		outside := t.TempDir()
		require.NoError(t, os.WriteFile(outside+"/victim", []byte("mine"), 0o600))
		folder := outside + "/here"
		require.NoError(t, os.Mkdir(folder, 0o700))
		for range 2 { // the second time, links of the first are there
			for _, local := range []string{folder, folder + "/new/file"} {
				for _, name := range []string{"d", "."} {
					err := unpackInto(local, name, bytes.NewReader(archive), Options{Limit: 1 << 16})
					if err != nil {
						require.NotContains(t, err.Error(), "\x1b")
					}
					bad := refusedByTar(archive)
					if bad != nil {
						require.Error(t, err, "archive/tar refuses it: %v", bad)
					}
				}
			}
		}
		text, err := os.ReadFile(outside + "/victim")
		require.NoError(t, err)
		require.Equal(t, "mine", string(text))
		info, err := os.Stat(outside + "/victim")
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode())
		files, err := os.ReadDir(outside)
		require.NoError(t, err)
		require.Len(t, files, 2)
		require.NoError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil && errors.Is(err, fs.ErrPermission) {
				return nil
			}
			require.NotContains(t, d.Name(), ".kx-cp-", "no temporary file stays")
			return err
		}))
		makeWritable(folder)
	})
}

// refusedByTar returns the error with which archive/tar refuses an archive, or nil.
func refusedByTar(archive []byte) error {
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		_, err := r.Next()
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// makeWritable lets the test's clean-up remove directories that the archive has closed.
func makeWritable(dir string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
}
