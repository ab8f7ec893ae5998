package debug

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnImagesNameIsCompletedAsTheRuntimeDoes(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for name, want := range map[string]string{
		"busybox":                             "docker.io/library/busybox:latest",
		"busybox:1.36":                        "docker.io/library/busybox:1.36",
		"nicolaka/netshoot":                   "docker.io/nicolaka/netshoot:latest",
		"docker.io/busybox":                   "docker.io/library/busybox:latest",
		"index.docker.io/library/busybox":     "docker.io/library/busybox:latest",
		"kx.local/busybox:1":                  "kx.local/busybox:1",
		"localhost/busybox":                   "localhost/busybox:latest",
		"local/busybox":                       "docker.io/local/busybox:latest",
		"Registry/busybox":                    "Registry/busybox:latest",
		"registry:5000/a/b_c/d__e/f--g/h.i:v": "registry:5000/a/b_c/d__e/f--g/h.i:v",
		"registry:5000/busybox":               "registry:5000/busybox:latest",
		"[2001:db8::1]:5000/busybox":          "[2001:db8::1]:5000/busybox:latest",
		"busybox@" + digest:                   "docker.io/library/busybox@" + digest,
		"a.b/c:1@" + digest:                   "a.b/c:1@" + digest,
		"a.b/c:_":                             "a.b/c:_",
	} {
		got, ok := parseReference(name)
		require.True(t, ok, name)
		require.Equal(t, want, got.String(), name)
	}
	for _, name := range []string{
		"", ":", "/", "a/", "/a", "a//b", "a:", "a:-1", "a:b c", "a:" + strings.Repeat("1", 129), "A", "a/B", "a@", "a@sha256:1", "a@" + strings.Repeat("0", 40),
		"a@:" + strings.Repeat("0", 40), "a@1a:" + strings.Repeat("0", 40), "a b", "a._b", "a___b", "a..b", "-a", "a-", "a.b:x/c", "a.b:/c", "-a.b/c", "a..b/c", "[::1/c", "[]/c", "[g]:1/c",
		"<none>:<none>", "<none>@<none>", strings.Repeat("0a", 32), "a.b/" + strings.Repeat("c", 256), "kx.local/No Such",
	} {
		_, ok := parseReference(name)
		require.False(t, ok, name)
	}
}

func TestAnImageIsFoundByEachOfItsNames(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for _, row := range []struct {
		asked, listed string
		want          bool
	}{
		{"busybox", "docker.io/library/busybox:latest", true},
		{"busybox:1", "docker.io/library/busybox:latest", false},
		{"busybox:1", "kx.local/busybox:1", false},
		{"kx.local/busybox:1", "kx.local/busybox:1", true},
		{"busybox@" + digest, "docker.io/library/busybox@" + digest, true},
		{"busybox:7@" + digest, "docker.io/library/busybox@" + digest, true},
		{"busybox:7@" + digest, "docker.io/library/busybox:7", false},
		{"busybox", "docker.io/library/busybox@" + digest, false},
	} {
		asked, ok := parseReference(row.asked)
		require.True(t, ok)
		listed, ok := parseReference(row.listed)
		require.True(t, ok)
		require.Equal(t, row.want, asked.names(listed), "%s for %s", row.listed, row.asked)
	}
}

func FuzzParseReference(f *testing.F) {
	for _, name := range []string{"busybox", "a/b:1", "[::1]:5000/a@sha256:" + strings.Repeat("0", 64), "localhost:80/a__b", "<none>@<none>", "A.b/c--d"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		r, ok := parseReference(name)
		if !ok {
			require.Zero(t, r)
			return
		}
		again, ok := parseReference(r.String())
		require.True(t, ok, "%q of %q", r, name)
		require.Equal(t, r, again)
		require.True(t, r.names(again) == (r.tag != "" || r.digest != ""))
		require.NotEmpty(t, r.base())
		require.NotContains(t, r.base(), "/")
	})
}
