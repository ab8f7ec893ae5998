package imagename

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseReferenceFillsInTheDefaultsOfARuntime(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for name, want := range map[string]Reference{
		"busybox":                             {"docker.io/library/busybox", "latest", ""},
		"busybox:1.36":                        {"docker.io/library/busybox", "1.36", ""},
		"nicolaka/netshoot":                   {"docker.io/nicolaka/netshoot", "latest", ""},
		"docker.io/busybox":                   {"docker.io/library/busybox", "latest", ""},
		"index.docker.io/library/busybox":     {"docker.io/library/busybox", "latest", ""},
		"kx.local/busybox:1":                  {"kx.local/busybox", "1", ""},
		"localhost/busybox":                   {"localhost/busybox", "latest", ""},
		"local/busybox":                       {"docker.io/local/busybox", "latest", ""},
		"Registry/busybox":                    {"Registry/busybox", "latest", ""},
		"registry:5000/busybox":               {"registry:5000/busybox", "latest", ""},
		"registry:5000/a/b_c/d__e/f--g/h.i:v": {"registry:5000/a/b_c/d__e/f--g/h.i", "v", ""},
		"[2001:db8::1]:5000/busybox":          {"[2001:db8::1]:5000/busybox", "latest", ""},
		"busybox@" + digest:                   {"docker.io/library/busybox", "", digest},
		"a.b/c:1@" + digest:                   {"a.b/c", "1", digest},
	} {
		require.Equal(t, want, Parse(name), name)
	}
}

func TestAReferenceMatchesEachNameOfItsImage(t *testing.T) {
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
		{"busybox", "<none>@<none>", false},
		{"busybox", "<none>:<none>", false},
	} {
		require.Equal(t, row.want, Parse(row.asked).Matches(Parse(row.listed)), "%s for %s",
			row.listed, row.asked)
	}
}

func FuzzParseReference(f *testing.F) {
	for _, name := range []string{"busybox", "a/b:1", "[::1]:5000/a@sha256:" + strings.Repeat("0", 64),
		"localhost:80/a__b", "<none>@<none>", "A.b/c--d", "a@b@c", "a:@", "/"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		r := Parse(name)
		require.True(t, r.Matches(r))
		require.True(t, r.Tag != "" || r.Digest != "")
		require.NotContains(t, r.Base(), "/")
		require.True(t, strings.HasSuffix(r.Repository, "/"+r.Base()))

		if strings.Contains(r.Base(), ":") {
			return // not an image name
		}
		whole := r.Repository
		if r.Tag != "" {
			whole += ":" + r.Tag
		}
		if r.Digest != "" {
			whole += "@" + r.Digest
		}
		require.Equal(t, r, Parse(whole), "%q of %q", whole, name)
	})
}
