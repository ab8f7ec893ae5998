package main

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tool returns the path of a program. Without it a test is skipped, except in CI.
func tool(t *testing.T, name string) string {
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("there is no " + name + " here, which reads the package")
	}
	require.NoError(t, err)
	return path
}

// packageFile writes the package of the sample archive and returns its file.
func packageFile(t *testing.T, format, arch string) string {
	name, content, err := linuxPackage(format, sample(platform{"linux", arch}), testDate, t.TempDir())
	require.NoError(t, err)
	_, second, err := linuxPackage(format, sample(platform{"linux", arch}), testDate, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, sum(content), sum(second), "the same files make the same package")
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// contentOf returns the content of an installed file.
func contentOf(t *testing.T, root, name string) string {
	opened, err := os.Open(filepath.Join(root, name))
	require.NoError(t, err)
	defer opened.Close()
	var reader io.Reader = opened
	if strings.HasSuffix(name, ".gz") {
		reader, err = gzip.NewReader(opened)
		require.NoError(t, err)
	}
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	return string(content)
}

var installedFiles = map[string]string{
	"usr/bin/kx": "the program kx", "usr/bin/kx-sandbox": "the program kx-sandbox",
	"usr/bin/kubectl-kx": "the program kx", "usr/bin/kubectl_complete-kx": "the program kx",
	"usr/share/man/man1/kx.1.gz": ".TH KX 1\n", "usr/share/bash-completion/completions/kx": "bash",
	"usr/share/fish/vendor_completions.d/kx.fish": "fish", "usr/share/doc/kx/README.md": "# kx\n",
	"usr/share/doc/kx/CHANGELOG.md": "# Changelog\n", "usr/share/doc/kx/docs/kx.md": "# Reference\n",
	"usr/share/doc/kx/docs/pictures/demo.svg": "<svg/>", "usr/share/doc/kx/deploy/rbac/exec.yaml": "kind: Role\n",
}

func TestDpkgInstallsThePackage(t *testing.T) {
	dpkg := tool(t, "dpkg")
	host, err := exec.CommandContext(t.Context(), dpkg, "--print-architecture").Output()
	require.NoError(t, err)
	path := packageFile(t, "deb", strings.TrimSpace(string(host)))
	require.Equal(t, "kx_1.2.3_"+strings.TrimSpace(string(host))+".deb", filepath.Base(path))
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "var/lib/dpkg/updates"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o600))
	output, err := exec.CommandContext(t.Context(), dpkg, "--root="+root, "--force-not-root", "--force-bad-path", "--log=/dev/null",
		"-i", path).CombinedOutput()
	require.NoError(t, err, "%s", output)
	for name, content := range installedFiles {
		require.Equal(t, content, contentOf(t, root, name), name)
	}
	require.Equal(t, "zsh", contentOf(t, root, "usr/share/zsh/vendor-completions/_kx"))
	require.Equal(t, copyright, contentOf(t, root, "usr/share/doc/kx/copyright"))
	require.Equal(t, "BSD", contentOf(t, root, "usr/share/doc/kx/THIRD_PARTY_LICENSES"))
	status, err := exec.CommandContext(t.Context(), dpkg, "--root="+root, "-s", "kx").Output()
	require.NoError(t, err)
	require.Contains(t, string(status), "\nStatus: install ok installed\n")
	require.Contains(t, string(status), "\nVersion: 1.2.3\n")
}

// query returns the lines that rpm prints about a package.
func query(t *testing.T, path string, args ...string) []string {
	output, err := exec.CommandContext(t.Context(), tool(t, "rpm"), append([]string{"-qp", path}, args...)...).Output()
	require.NoError(t, err)
	return strings.Fields(string(output))
}

func TestRpmReadsThePackage(t *testing.T) {
	rpm := tool(t, "rpm")
	path := packageFile(t, "rpm", "amd64")
	require.Equal(t, "kx-1.2.3-1.x86_64.rpm", filepath.Base(path))
	list, err := exec.CommandContext(t.Context(), rpm, "-qp", "--qf", "[%{FILENAMES} %{FILEUSERNAME} %{FILEMODES:perms} %{FILEMTIMES}\n]", path).Output()
	require.NoError(t, err)
	listed := map[string]string{}
	for line := range strings.Lines(string(list)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		listed[strings.TrimPrefix(name, "/")] = rest
	}
	for name := range installedFiles {
		require.Contains(t, listed, name)
	}
	require.Equal(t, "root -rwxr-xr-x 1796000524", listed["usr/bin/kx"])
	require.Contains(t, listed, "usr/share/zsh/site-functions/_kx")
	var folders []string // which rpm removes with the package
	for name, rest := range listed {
		if strings.Contains(rest, "drwxr-xr-x") {
			folders = append(folders, name)
		}
	}
	require.ElementsMatch(t, []string{"usr/share/doc/kx", "usr/share/doc/kx/docs", "usr/share/doc/kx/docs/pictures",
		"usr/share/doc/kx/deploy", "usr/share/doc/kx/deploy/rbac", "usr/share/licenses/kx"}, folders)
	require.Equal(t, []string{"/usr/share/licenses/kx/LICENSE", "/usr/share/licenses/kx/THIRD_PARTY_LICENSES"},
		query(t, path, "--licensefiles"))
	require.Equal(t, []string{"/usr/share/doc/kx/CHANGELOG.md", "/usr/share/doc/kx/README.md", "/usr/share/doc/kx/deploy/rbac/exec.yaml",
		"/usr/share/doc/kx/docs/kx.md", "/usr/share/doc/kx/docs/pictures/demo.svg", "/usr/share/man/man1/kx.1.gz"}, query(t, path, "--docfiles"))
	output, err := exec.CommandContext(t.Context(), rpm, "-K", "--nosignature", path).CombinedOutput()
	require.NoError(t, err, "%s", output)
	host, err := exec.CommandContext(t.Context(), rpm, "-qp", "--qf", "%{BUILDHOST}", path).Output()
	require.NoError(t, err)
	require.Equal(t, "kx", string(host))
}
