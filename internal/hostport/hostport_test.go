package hostport_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/hostport"
)

func TestAHostAndPortThatNobodyCanDialAreNamed(t *testing.T) {
	const character = "has a character in its host that no host may have"
	for host, want := range map[string]string{
		"k": "", "k:6443": "", "k:": "", "K.Example.:1": "", "my_host-1.2:65535": "", "10.0.0.1:0443": "",
		"[::1]": "", "[::1]:": "", "[fe80::1%25eth0]:6443": "", "b\u00fccher.example:6443": "", "b%C3%BCcher": "",
		"": "names no host", ":6443": "names no host",
		"k:0": "has a port that is not 1 to 65535", "k:65536": "has a port that is not 1 to 65535",
		"k:99999999999999999999": "has a port that is not 1 to 65535",
		"a*b":                    character, "a,b": character, "a=b": character, "a]b": character, "a'b:1": character,
		"a~b": character, `a"b`: character, "a<b": character, "(a)": character,
	} {
		u, err := url.Parse("https://" + host)
		require.NoError(t, err, host)
		require.Equal(t, want, hostport.Problem(u), host)
	}
}

func TestAnEmptyPortIsDropped(t *testing.T) {
	for host, want := range map[string]string{
		"k": "k", "k:": "k", "k:443": "k:443", "[::1]": "[::1]", "[::1]:": "[::1]", "[::1]:80": "[::1]:80",
		"[fe80::1%25e]:": "[fe80::1%e]",
	} {
		u, err := url.Parse("https://" + host)
		require.NoError(t, err, host)
		require.Equal(t, want, hostport.WithoutEmptyPort(u), host)
	}
}
