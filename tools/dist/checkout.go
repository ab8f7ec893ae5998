package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// checkout is a clone of the repository at the commit of the release.
type checkout struct {
	folder string
	date   time.Time // of $SOURCE_DATE_EPOCH, or of the commit
}

// cloneCommit clones the commit that is checked out in root, and tags the clone with the version:
// the go command writes the version of a tagged commit into the programs. It returns that version.
func cloneCommit(ctx context.Context, root, folder, version string) (*checkout, string, error) {
	commit, err := git(ctx, root, "rev-parse", "HEAD")
	if err != nil {
		return nil, "", err
	}
	changes, err := git(ctx, root, "status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return nil, "", err
	}
	if changes != "" {
		fmt.Fprintln(os.Stderr, "dist: the changes of the working tree are not in the release")
	}
	date, err := commitDate(ctx, root)
	if err != nil {
		return nil, "", err
	}
	version, err = releaseVersion(ctx, root, commit, version, date)
	if err != nil {
		return nil, "", err
	}
	for _, args := range [][]string{
		{"clone", "-q", "--no-tags", ".", folder},
		{"-C", folder, "checkout", "-q", "--detach", commit},
		{"-C", folder, "tag", version},
	} {
		if _, err := git(ctx, root, args...); err != nil {
			return nil, "", err
		}
	}
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return nil, "", fmt.Errorf("SOURCE_DATE_EPOCH is not a number of seconds: %w", err)
		}
		date = time.Unix(seconds, 0).UTC()
	}
	return &checkout{folder, date}, version, nil
}

// releaseVersion returns the version that is asked for, or the commit's tag, or a prerelease of
// the next version that names the commit. A tag of that name must be at the commit.
func releaseVersion(ctx context.Context, root, commit, version string, date time.Time) (
	string, error) {
	if version == "" {
		tags, err := git(ctx, root, "tag", "--points-at", commit, "--list", "v*")
		if err != nil {
			return "", err
		}
		version, _, _ = strings.Cut(tags, "\n")
	}
	if version == "" {
		next, err := nextVersion(root)
		if err != nil {
			return "", err
		}
		// The g keeps a hash of digits from being a number with a leading zero.
		version = next + "-dev." + date.Format("20060102150405") + ".g" + commit[:12]
	}
	if semver.Canonical(version) != version {
		return "", fmt.Errorf("%q is not a semantic version such as v0.1.0", version)
	}
	tagged, err := git(ctx, root, "rev-parse", "-q", "--verify", "refs/tags/"+version+"^{commit}")
	if err == nil && tagged != commit {
		return "", fmt.Errorf("tag %s is commit %.12s, and %.12s is checked out", version, tagged,
			commit)
	}
	return version, nil
}

// nextVersion returns the constant of internal/version, which names the next release.
func nextVersion(root string) (string, error) {
	source, err := os.ReadFile(filepath.Join(root, "internal", "version", "version.go"))
	if err != nil {
		return "", err
	}
	_, rest, ok := bytes.Cut(source, []byte(`const Version = "`))
	next, _, _ := bytes.Cut(rest, []byte(`"`))
	if !ok || !semver.IsValid(string(next)) {
		return "", errors.New("internal/version has no version")
	}
	return string(next), nil
}

func commitDate(ctx context.Context, root string) (time.Time, error) {
	text, err := git(ctx, root, "log", "-1", "--format=%ct")
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

// git runs git in a folder, and returns its output without the newline at the end.
func git(ctx context.Context, folder string, args ...string) (string, error) {
	output, err := command(ctx, folder, nil, "git", args...)
	return strings.TrimSpace(string(output)), err
}

// command runs a program in a folder and returns its stdout. env is added to the environment.
func command(ctx context.Context, folder string, env []string, name string, args ...string) (
	[]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err,
			bytes.TrimSpace(stderr.Bytes()))
	}
	return output, nil
}
