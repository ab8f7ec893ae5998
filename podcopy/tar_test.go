package podcopy

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ours and theirs read an archive whole.
func ours(archive []byte) (entries []tarEntry, contents []string, err error) {
	r := &tarReader{r: bytes.NewReader(archive)}
	for {
		e, err := r.next()
		if err != nil {
			return entries, contents, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return entries, contents, err
		}
		entries, contents = append(entries, *e), append(contents, string(content))
	}
}

func theirs(archive []byte) (headers []*tar.Header, contents []string, err error) {
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := r.Next()
		if err != nil {
			return headers, contents, err
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(r, 1<<20)) // a sparse file may be endless
		if err != nil {
			return headers, contents, err
		}
		headers, contents = append(headers, h), append(contents, string(content))
	}
}

func TestAnArchiveIsReadAsItWasWritten(t *testing.T) {
	at := time.Unix(1700000000, 0)
	long := strings.Repeat("d/", 120) + "ü ß\n"
	for name, format := range map[string]tar.Format{"ustar": tar.FormatUSTAR, "pax": tar.FormatPAX, "gnu": tar.FormatGNU} {
		t.Run(name, func(t *testing.T) {
			headers := []*tar.Header{
				{Typeflag: tar.TypeDir, Name: "a/", Mode: 0o755, ModTime: at},
				{Typeflag: tar.TypeReg, Name: "a/file with blanks", Mode: 0o640, ModTime: at, Size: 513},
				{Typeflag: tar.TypeReg, Name: "a/empty", Mode: 0o4755, ModTime: at},
				{Typeflag: tar.TypeSymlink, Name: "a/link", Linkname: "../elsewhere", Mode: 0o777, ModTime: at},
				{Typeflag: tar.TypeLink, Name: "a/hard", Linkname: "a/empty", Mode: 0o600, ModTime: at},
				{Typeflag: tar.TypeReg, Name: strings.Repeat("e", 90) + "/" + strings.Repeat("f", 90), Mode: 0o600, ModTime: at, Size: 1},
			}
			if format != tar.FormatUSTAR {
				headers = append(headers,
					&tar.Header{Typeflag: tar.TypeReg, Name: long, Mode: 0o600, ModTime: at, Size: 7},
					&tar.Header{Typeflag: tar.TypeSymlink, Name: long + "2", Linkname: long, Mode: 0o600, ModTime: time.Unix(-1, 0)})
			}
			var archive bytes.Buffer
			w := tar.NewWriter(&archive)
			for _, h := range headers {
				h.Format = format
				require.NoError(t, w.WriteHeader(h))
				_, err := w.Write(bytes.Repeat([]byte("x"), int(h.Size)))
				require.NoError(t, err)
			}
			require.NoError(t, w.Close())
			entries, contents, err := ours(archive.Bytes())
			require.Equal(t, io.EOF, err)
			require.Len(t, entries, len(headers))
			for i, h := range headers {
				require.Equal(t, tarEntry{name: h.Name, link: h.Linkname, kind: h.Typeflag, mode: h.Mode, size: h.Size, modified: h.ModTime}, entries[i])
				require.Len(t, contents[i], int(h.Size))
			}
			for n := range archive.Len() - 2*tarBlockSize {
				_, _, err := ours(archive.Bytes()[:n])
				require.Equal(t, io.ErrUnexpectedEOF, err, "cut after %d bytes", n)
			}
		})
	}
}

func TestWhatIsWrittenOthersRead(t *testing.T) {
	long := strings.Repeat("d/", 120) + "ü ß\n"
	entries := []tarEntry{
		{name: "a", kind: tarDirectory, mode: 0o755, modified: time.Unix(1700000000, 0)},
		{name: "a/b", kind: tarFile, mode: 0o4640, size: 513, uid: 1000, gid: 1 << 31, modified: time.Unix(1, 0)},
		{name: strings.Repeat("n", 100), kind: tarFile, mode: 0o640, modified: time.Unix(-7, 0)},
		{name: long, link: long, kind: tarSymlink, mode: 0o777, modified: time.Unix(0, 0)},
		{name: "a/empty", kind: tarFile, modified: time.Unix(0, 0)},
	}
	var archive bytes.Buffer
	w := &tarWriter{w: &archive}
	for i := range entries {
		require.NoError(t, w.header(&entries[i]))
		archive.WriteString(strings.Repeat("y", int(entries[i].size)))
	}
	require.NoError(t, w.end())
	require.Zero(t, archive.Len()%tarBlockSize)
	headers, contents, err := theirs(archive.Bytes())
	require.Equal(t, io.EOF, err)
	require.Len(t, headers, len(entries))
	for i, h := range headers {
		require.Equal(t, entries[i], tarEntry{h.Name, h.Linkname, h.Typeflag, h.Mode, h.Size, h.ModTime, int64(h.Uid), int64(h.Gid)})
		require.Equal(t, strings.Repeat("y", int(h.Size)), contents[i])
	}
	again, _, err := ours(archive.Bytes())
	require.Equal(t, io.EOF, err)
	require.Equal(t, entries, again)
}

func TestAFileOfManyGigabytesHasItsSizeInTheHeader(t *testing.T) {
	var archive bytes.Buffer
	require.NoError(t, (&tarWriter{w: &archive}).header(&tarEntry{name: "big", kind: tarFile, size: 1 << 40, modified: time.Unix(0, 0)}))
	h, err := tar.NewReader(bytes.NewReader(archive.Bytes())).Next()
	require.NoError(t, err)
	require.EqualValues(t, 1<<40, h.Size)
	e, err := (&tarReader{r: &archive}).next()
	require.NoError(t, err)
	require.EqualValues(t, 1<<40, e.size)
}

// What both take is the same. archive/tar takes less in places: it refuses names and numbers that an archive of its kind should not have.
func FuzzTarReader(f *testing.F) {
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU} {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		for _, h := range []*tar.Header{
			{Typeflag: tar.TypeReg, Name: "a", Mode: 0o640, Size: 3},
			{Typeflag: tar.TypeSymlink, Name: "l", Linkname: "a"},
			{Typeflag: tar.TypeReg, Name: strings.Repeat("n/", 60), Mode: 0o640, Size: 1},
		} {
			h.Format = format
			if w.WriteHeader(h) == nil {
				_, _ = w.Write(make([]byte, h.Size))
			}
		}
		_ = w.Close()
		f.Add(archive.Bytes())
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		archive = withChecksums(archive)
		entries, contents, err := ours(archive)
		headers, others, otherErr := theirs(archive)
		if err != io.EOF || otherErr != io.EOF {
			return
		}
		require.Len(t, entries, len(headers))
		for i, h := range headers {
			e := entries[i]
			if e.kind == tarSparse {
				continue
			}
			require.Equal(t, []any{h.Name, h.Linkname, h.Typeflag, h.Mode}, []any{e.name, e.link, e.kind, e.mode})
			require.True(t, h.ModTime.Equal(e.modified), "%v %v", h.ModTime, e.modified)
			require.Equal(t, others[i], contents[i])
		}
	})
}

// withChecksums mends what the fuzzer breaks in each block that looks like a header.
func withChecksums(archive []byte) []byte {
	archive = bytes.Clone(archive)
	for at := 0; at+tarBlockSize <= len(archive); at += tarBlockSize {
		block := (*[tarBlockSize]byte)(archive[at:])
		if string(block[257:262]) == "ustar" {
			sum, _ := tarChecksums(block)
			putTarNumber(block[148:155], sum)
		}
	}
	return archive
}
