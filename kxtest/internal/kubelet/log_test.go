package kubelet_test

import (
	"bufio"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestTheLogHasTheOutputOfTheContainer(t *testing.T) {
	srv := kxtest.Start(t)
	pod := wiretest.StartPod(t, srv, `"stdin":true,`+
		wiretest.Command(`echo one; read -r go; echo two >&2; printf part; read -r go; echo ial; echo end`))
	c := wiretest.NewClient(t, srv.Config())
	c.Eventually(pod+"/log", func(a *wiretest.Answer) bool { return string(a.Body) == "one\n" })
	wiretest.NewSession(t, srv, pod+"/attach"+wiretest.Query("", "stdin")).Send(0, "go\n")
	c.Eventually(pod+"/log", func(a *wiretest.Answer) bool { return string(a.Body) == "one\ntwo\n" })

	follow, err := c.Open("GET", pod+"/log?follow=true", "")
	require.NoError(t, err)
	defer follow.Body.Close()
	require.Equal(t, "text/plain", follow.Header.Get("Content-Type"))
	lines := bufio.NewReader(follow.Body)
	for _, want := range []string{"one\n", "two\n"} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
	wiretest.NewSession(t, srv, pod+"/attach"+wiretest.Query("", "stdin")).Send(0, "go\n")
	rest := make([]byte, 100)
	n := 0
	for err == nil {
		var more int
		more, err = lines.Read(rest[n:])
		n += more
	}
	require.Equal(t, "partial\nend\n", string(rest[:n]))

	for asked, want := range map[string]string{
		"":                                "one\ntwo\npartial\nend\n",
		"?tailLines=2":                    "partial\nend\n",
		"?tailLines=0":                    "",
		"?tailLines=99":                   "one\ntwo\npartial\nend\n",
		"?limitBytes=5":                   "one\nt",
		"?container=c&sinceSeconds=60":    "one\ntwo\npartial\nend\n",
		"?sinceTime=2100-01-01T00:00:00Z": "",
	} {
		require.Equal(t, want, string(c.Get(pod+"/log"+asked).Is(200).Body), asked)
	}
	for line := range strings.Lines(string(c.Get(pod + "/log?timestamps=true").Is(200).Body)) {
		require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z [a-z]+\n$`, line)
	}
}

func TestALongLogKeepsItsEnd(t *testing.T) {
	srv := kxtest.Start(t)
	pod := wiretest.StartPod(t, srv, wiretest.Command(`head -c 2000000 /dev/zero; echo; echo end; sleep 600`))
	c := wiretest.NewClient(t, srv.Config())
	c.Eventually(pod+"/log", func(a *wiretest.Answer) bool { return strings.HasSuffix(string(a.Body), "\x00\nend\n") })
	size := len(c.Get(pod + "/log").Is(200).Body)
	require.LessOrEqual(t, size, 1<<20)
	require.Greater(t, size, 1<<20-32<<10)
}

func TestALongLineIsLoggedInParts(t *testing.T) {
	srv := kxtest.Start(t)
	pod := wiretest.StartPod(t, srv, wiretest.Command(`head -c 40000 /dev/zero ; echo; echo end; sleep 600`))
	c := wiretest.NewClient(t, srv.Config())
	c.Eventually(pod+"/log", func(a *wiretest.Answer) bool { return strings.HasSuffix(string(a.Body), "\x00\nend\n") })
	const stamp = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z `
	for asked, parts := range map[string]int{"": 40000, "&tailLines=4": 40000, "&tailLines=3": 40000 - 16<<10, "&tailLines=2": 40000 - 32<<10} {
		lines := strings.Split(string(c.Get(pod+"/log?timestamps=true"+asked).Is(200).Body), "\n")
		require.Len(t, lines, 3, asked)
		require.Regexp(t, "^"+stamp+"\x00", lines[0])
		require.Len(t, lines[0][strings.IndexByte(lines[0], ' ')+1:], parts, asked)
		require.Regexp(t, "^"+stamp+"end$", lines[1])
	}
}

func TestALogIgnoresFractionsOfASecondInSinceTime(t *testing.T) {
	srv := kxtest.Start(t)
	pod := wiretest.StartPod(t, srv, wiretest.Command(`echo one; sleep 600`))
	c := wiretest.NewClient(t, srv.Config())
	c.Eventually(pod+"/log", func(a *wiretest.Answer) bool { return string(a.Body) == "one\n" })
	at, _, _ := strings.Cut(string(c.Get(pod+"/log?timestamps=true").Is(200).Body), ".")
	require.Equal(t, "one\n", string(c.Get(pod+"/log?sinceTime="+at+".999999999Z").Is(200).Body))
}

func TestALogOfAContainerThatHasNotStartedIsAnError(t *testing.T) {
	srv := wiretest.StartDemo(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"nopull"},"spec":{"containers":[{"name":"c","image":"kx.local/nope:1","imagePullPolicy":"Never"}]}}`)
	require.NoError(t, err)
	_, err = srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"nowhere"},"spec":{"schedulerName":"none","containers":[{"name":"c","image":"x"}]}}`)
	require.NoError(t, err)
	c := wiretest.NewClient(t, srv.Config())
	c.Eventually(wiretest.Pods+"/nopull", func(a *wiretest.Answer) bool {
		return a.At("status", "containerStatuses", 0, "state", "waiting", "reason") == "ErrImageNeverPull"
	})
	for path, row := range map[string]struct {
		code    int
		message string
	}{
		wiretest.Pods + "/nope/log": {404, `pods "nope" not found`},
		wiretest.Pods + "/nopull/log": {400,
			`container "c" in pod "nopull" is waiting to start: ErrImageNeverPull`},
		wiretest.Shell + "/log": {400,
			"a container name must be specified for pod shell, choose one of: [main echo]"},
		wiretest.Shell + "/log?container=nope": {400, "container nope is not valid for pod shell"},
		wiretest.Shell + "/log?container=main&previous=true": {400,
			`previous terminated container "main" in pod "shell" not found`},
		wiretest.Shell + "/log?container=main&tailLines=-1": {422,
			`PodLogOptions "shell" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0`},
		wiretest.Shell + "/log?container=main&tailLines=-1&limitBytes=0": {422,
			`PodLogOptions "shell" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, limitBytes: Invalid value: 0: must be greater than 0]`},
		wiretest.Shell + "/log?container=main&sinceSeconds=0&sinceTime=2026-01-02T03:04:05Z&stream=All": {422,
			`PodLogOptions "shell" is invalid: [[]: Forbidden: at most one of ` + "`sinceTime` or `sinceSeconds`" + ` may be specified, stream: Forbidden: may not be specified]`},
		wiretest.Shell + "/log?container=main&sinceSeconds=0": {422,
			`PodLogOptions "shell" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0`},
		wiretest.Shell + "/log?container=main&tailLines=many": {400,
			`strconv.ParseInt: parsing "many": invalid syntax`},
		wiretest.Shell + "/log?container=main&sinceTime=yesterday": {400,
			`parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`},
	} {
		require.Equal(t, row.message, c.Get(path).Is(row.code).At("message"), path)
	}
	c.Get(wiretest.Pods + "/nowhere/log").Is(204)
	c.Do("PUT", wiretest.Shell+"/log", "{}").Is(405)
	wiretest.NewClient(t, srv.ConfigOf("kx-viewer")).Get(wiretest.Shell + "/log?container=main").Is(200)
	wiretest.NewClient(t, srv.ConfigOf("kx-nobody")).Get(wiretest.Shell + "/log?container=main").Is(403)
}

func TestARestartedContainerHasAPreviousLog(t *testing.T) {
	srv := kxtest.Start(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"kx.local/busybox:1","command":["sh","-c","echo once; exit 1"]}]}}`)
	require.NoError(t, err)
	c := wiretest.NewClient(t, srv.Config())
	c.Eventually(wiretest.Pods+"/p", func(a *wiretest.Answer) bool {
		return a.At("status", "containerStatuses", 0, "state", "waiting", "reason") == "CrashLoopBackOff"
	})
	require.Equal(t, "once\n", string(c.Get(wiretest.Pods+"/p/log").Is(200).Body))
	require.Equal(t, "once\n", string(c.Get(wiretest.Pods+"/p/log?previous=true").Is(200).Body))
}
