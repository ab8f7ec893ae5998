package imagename

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestImageNamesFollowTheGrammarOfDistributionReference(t *testing.T) {
	sha256 := "sha256:" + strings.Repeat("0a", 32)
	for name, want := range map[string]string{
		"busybox": "", "busybox:1.36": "", "a/b": "", "registry:5000/a/b_c/d__e/f---g/h.i:v": "",
		"[2001:db8::1]:5000/busybox": "", "[::1]/a": "", "Registry/busybox": "", "localhost/a": "",
		"busybox@" + sha256: "", "a.b/c:1@" + sha256: "", "a@sha512:" + strings.Repeat("f", 128): "",
		"a:" + strings.Repeat("v", 128): "", "1.2.3.4:80/a": "", "sha256:abc": "",
		"az09/09az:AZaz09": "", "z9.a0:19/z": "",
		strings.Repeat("a", 247): "", "x.y/" + strings.Repeat("a", 255): "",

		"":                                 `"" is no repository name`,
		"Not A Name":                       `"Not A Name" is no repository name`,
		"a b":                              `"a b" is no repository name`,
		"kx.local/No Such":                 `"No Such" is no repository name`,
		"Busybox":                          `repository name "Busybox" must be lowercase`,
		"Foo::bar":                         `":bar" is no tag`,
		"a:":                               `"" is no tag`,
		"a:.b":                             `".b" is no tag`,
		"a:\u212a":                         "\"\u212a\" is no tag",
		"a:" + strings.Repeat("v", 129):    `"` + strings.Repeat("v", 129) + `" is no tag`,
		"UPPER//x":                         `"/x" is no repository name`,
		"a//b":                             `"a//b" is no repository name`,
		"a/":                               `"a/" is no repository name`,
		"/a":                               `"/a" is no repository name`,
		"-a":                               `"-a" is no repository name`,
		"a-":                               `"a-" is no repository name`,
		"a..b":                             `"a..b" is no repository name`,
		"a___b":                            `"a___b" is no repository name`,
		"a-_b":                             `"a-_b" is no repository name`,
		"-a.b/c":                           `"-a.b" is no host of a registry`,
		"a..b/c":                           `"a..b" is no host of a registry`,
		"a.b:x/c":                          `"a.b:x" is no host of a registry`,
		"[:::x]:1/c":                       `"[:::x]:1" is no host of a registry`,
		"[::1]x/c":                         `"[::1]x" is no host of a registry`,
		"a@sha256:0a":                      "what follows @ is no digest, such as sha256: and 64 hex digits",
		"a@":                               "what follows @ is no digest, such as sha256: and 64 hex digits",
		"a@md5:" + strings.Repeat("0", 32): "what follows @ is no digest, such as sha256: and 64 hex digits",
		strings.Repeat("0a", 32):           "64 hex digits are the ID of an image, which is no name",
		strings.Repeat("a", 248):           "its repository name is longer than 255 bytes",
	} {
		err := Check(name)
		if want == "" {
			require.NoError(t, err, name)
		} else {
			require.EqualError(t, err, want, name)
		}
	}
}
