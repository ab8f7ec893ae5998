//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

var (
	modelName     = regexp.MustCompile(`(?m)^model name\s*: (.*)$`)
	memTotal      = regexp.MustCompile(`(?m)^MemTotal:\s*(\d+) kB$`)
	clientVersion = regexp.MustCompile(`(?m)^(?:Client Version: |curl )(\S+)`)
	serverVersion = regexp.MustCompile(`(?m)^Server Version: (\S+)`)
)

// describeRun returns the paragraph that says what was measured, where and when.
func describeRun(ctx context.Context, programs map[string]string, o *options) (string, error) {
	versions := map[string]string{}
	for program, args := range map[string][]string{
		withKx: {"version"}, withKubectl: {"version"}, withCurl: {"--version"},
	} {
		output, err := exec.CommandContext(ctx, programs[program], args...).Output()
		if err != nil {
			return "", fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
		}
		versions[program] = string(output)
	}
	const gib = 1 << 20 // in KiB
	load, _, _ := strings.Cut(contents("/proc/loadavg"), " ")
	kib, _ := strconv.Atoi(match(memTotal, contents("/proc/meminfo")))
	var b strings.Builder
	fmt.Fprintf(&b, "%s. %d × %s, %d GiB of memory. Load average before the run: %s.\n",
		time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(),
		match(modelName, contents("/proc/cpuinfo")), (kib+gib/2)/gib, load)
	fmt.Fprintf(&b, "kx %s, kubectl %s, curl %s. The server is %s, with %s and %s pods.\n",
		match(clientVersion, versions[withKx]), match(clientVersion, versions[withKubectl]),
		match(clientVersion, versions[withCurl]), match(serverVersion, versions[withKx]),
		thousands(o.pods[0]), thousands(o.pods[1]))
	return b.String(), nil
}

// match returns what the group of the pattern matches, or "unknown".
func match(pattern *regexp.Regexp, text string) string {
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		return "unknown"
	}
	return strings.TrimSpace(found[1])
}

// contents returns the text of a file, or "".
func contents(file string) string {
	text, _ := os.ReadFile(file)
	return string(text)
}
