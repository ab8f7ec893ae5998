package imagearchive

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// header32 returns the head of a 32-bit program with one program header.
func header32(bigEndian bool, machine byte) []byte {
	head := make([]byte, 52+32)
	copy(head, "\x7fELF\x01\x01\x01")
	low := 0
	if bigEndian {
		head[5], low = 2, 1
	}
	head[16+low], head[18+low], head[44+low] = 3, machine, 1 // ET_DYN
	head[28+3*low], head[42+low] = 52, 32
	return head
}

func TestReadProgramReadsTheArchitectureOfEachProcessor(t *testing.T) {
	head64 := func(machine uint16, order byte) []byte {
		head := make([]byte, 64)
		copy(head, "\x7fELF\x02\x01\x01")
		head[5], head[16], head[18], head[19] = order, 2, byte(machine), byte(machine>>8)
		if order == 2 {
			head[16], head[17], head[18], head[19] = 0, 2, head[19], head[18]
		}
		return head
	}
	for want, head := range map[string][]byte{
		"386": header32(false, 3), "arm": header32(false, 40), "amd64": head64(62, 1), "arm64": head64(183, 1),
		"riscv64": head64(243, 1), "ppc64le": head64(21, 1), "s390x": head64(22, 2), "loong64": head64(258, 1),
	} {
		found, err := readProgram(head)
		require.NoError(t, err, want)
		require.Equal(t, program{isELF: true, architecture: want}, found)
	}
	for _, head := range [][]byte{head64(21, 2), head64(9999, 1), header32(false, 22)} {
		_, err := readProgram(head)
		require.ErrorContains(t, err, "is for a processor that kx does not know")
	}
}

func TestReadProgramTellsProgramsFromOtherFiles(t *testing.T) {
	object := header32(false, 3)
	object[16] = 1 // ET_REL
	for text, want := range map[string]program{
		"": {}, "text": {}, "#": {}, "#!/bin/sh\n": {isScript: true}, "\x7fELF": {}, "MZ": {}, string(object): {},
	} {
		found, err := readProgram([]byte(text))
		require.NoError(t, err)
		require.Equal(t, want, found, "%q", text)
	}
}

func FuzzReadProgram(f *testing.F) {
	f.Add(header32(false, 40))
	f.Add(header32(true, 20))
	f.Add([]byte("\x7fELF\x02\x01\x01" + strings.Repeat("\xff", 100)))
	f.Add([]byte("#!/bin/sh\x00ls\x00sh\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		found, err := readProgram(text)
		if err == nil {
			require.Equal(t, found.isELF, found.architecture != "")
			require.LessOrEqual(t, len(found.interpreter), len(text))
		}
		applets := findApplets(text)
		require.True(t, slices.IsSorted(applets))
		for _, applet := range applets {
			require.True(t, isApplet([]byte(applet)))
			require.True(t, bytes.Contains(text, []byte(applet)))
			require.NotContains(t, applet, "/")
		}
	})
}
