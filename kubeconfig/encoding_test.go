package kubeconfig_test

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestAFileIsWrittenBackInItsEncoding(t *testing.T) {
	before, after := "# 𝄞\ncurrent-context: old\ncontexts: [{name: é字}]\n", "# 𝄞\ncurrent-context: é字\ncontexts: [{name: é字}]\n"
	for name, encode := range map[string]func(string) string{
		"UTF-8":                        func(s string) string { return s },
		"UTF-8 with a byte order mark": func(s string) string { return "\uFEFF" + s },
		"UTF-16, little endian":        func(s string) string { return utf16Bytes(binary.LittleEndian, s) },
		"UTF-16, big endian":           func(s string) string { return utf16Bytes(binary.BigEndian, s) },
		"UTF-16 without a mark":        func(s string) string { return utf16Bytes(binary.LittleEndian, s)[2:] },
	} {
		t.Run(name, func(t *testing.T) {
			path := writeConfig(t, encode(before))
			files, err := kubeconfig.Read(path)
			require.NoError(t, err)
			require.NoError(t, files.UseContext("é字"))
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, encode(after), string(data))
		})
	}
}
