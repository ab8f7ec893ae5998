package kxtest_test

import (
	"bufio"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestALogIsWhatTheContainerWrote(t *testing.T) {
	srv := kxtest.Start(t)
	pod := startPod(t, srv, `"stdin":true,`+
		command(`echo one; read -r go; echo two >&2; printf part; read -r go; echo ial; echo end`))
	c := newClient(t, srv.Config())
	c.eventually(pod+"/log", func(a *answer) bool { return string(a.body) == "one\n" })
	session(t, srv, pod+"/attach"+query("", "stdin")).send(0, "go\n")
	c.eventually(pod+"/log", func(a *answer) bool { return string(a.body) == "one\ntwo\n" })

	follow, err := c.open("GET", pod+"/log?follow=true", "")
	require.NoError(t, err)
	defer follow.Body.Close()
	require.Equal(t, "text/plain", follow.Header.Get("Content-Type"))
	lines := bufio.NewReader(follow.Body)
	for _, want := range []string{"one\n", "two\n"} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
	session(t, srv, pod+"/attach"+query("", "stdin")).send(0, "go\n")
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
		require.Equal(t, want, string(c.get(pod+"/log"+asked).is(200).body), asked)
	}
	for line := range strings.Lines(string(c.get(pod + "/log?timestamps=true").is(200).body)) {
		require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z [a-z]+\n$`, line)
	}
}

func TestALongLogKeepsItsEnd(t *testing.T) {
	srv := kxtest.Start(t)
	pod := startPod(t, srv, command(`head -c 2000000 /dev/zero; echo; echo end; sleep 600`))
	c := newClient(t, srv.Config())
	c.eventually(pod+"/log", func(a *answer) bool { return strings.HasSuffix(string(a.body), "\x00\nend\n") })
	size := len(c.get(pod + "/log").is(200).body)
	require.LessOrEqual(t, size, 1<<20)
	require.Greater(t, size, 1<<20-32<<10)
}

func TestALogThatIsNotThereSaysWhy(t *testing.T) {
	srv := demo(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"nopull"},"spec":{"containers":[{"name":"c","image":"kx.local/nope:1","imagePullPolicy":"Never"}]}}`)
	require.NoError(t, err)
	_, err = srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"nowhere"},"spec":{"schedulerName":"none","containers":[{"name":"c","image":"x"}]}}`)
	require.NoError(t, err)
	c := newClient(t, srv.Config())
	c.eventually(pods+"/nopull", func(a *answer) bool {
		return a.at("status", "containerStatuses", 0, "state", "waiting", "reason") == "ErrImageNeverPull"
	})
	for path, row := range map[string]struct {
		code    int
		message string
	}{
		pods + "/nope/log": {404, `pods "nope" not found`},
		pods + "/nopull/log": {400,
			`container "c" in pod "nopull" is waiting to start: ErrImageNeverPull`},
		shell + "/log": {400,
			"a container name must be specified for pod shell, choose one of: [main echo]"},
		shell + "/log?container=nope": {400, "container nope is not valid for pod shell"},
		shell + "/log?container=main&previous=true": {400,
			`previous terminated container "main" in pod "shell" not found`},
		shell + "/log?container=main&tailLines=-1": {422,
			`PodLogOptions "shell" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0`},
		shell + "/log?container=main&tailLines=-1&limitBytes=0": {422,
			`PodLogOptions "shell" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, limitBytes: Invalid value: 0: must be greater than 0]`},
		shell + "/log?container=main&tailLines=many": {400,
			`strconv.ParseInt: parsing "many": invalid syntax`},
		shell + "/log?container=main&sinceTime=yesterday": {400,
			`parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`},
	} {
		require.Equal(t, row.message, c.get(path).is(row.code).at("message"), path)
	}
	c.get(pods + "/nowhere/log").is(204)
	c.do("PUT", shell+"/log", "{}").is(405)
	newClient(t, srv.ConfigOf("kx-viewer")).get(shell + "/log?container=main").is(200)
	newClient(t, srv.ConfigOf("kx-nobody")).get(shell + "/log?container=main").is(403)
}

func TestARestartedContainerHasAPreviousLog(t *testing.T) {
	srv := kxtest.Start(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"kx.local/busybox:1","command":["sh","-c","echo once; exit 1"]}]}}`)
	require.NoError(t, err)
	c := newClient(t, srv.Config())
	c.eventually(pods+"/p", func(a *answer) bool {
		return a.at("status", "containerStatuses", 0, "state", "waiting", "reason") == "CrashLoopBackOff"
	})
	require.Equal(t, "once\n", string(c.get(pods+"/p/log").is(200).body))
	require.Equal(t, "once\n", string(c.get(pods+"/p/log?previous=true").is(200).body))
}

// A log of very short lines is kept as cheaply as one of long ones: moving all lines for each new one took minutes.
func TestALogOfShortLinesKeepsItsEnd(t *testing.T) {
	srv := kxtest.Start(t)
	pod := startPod(t, srv, command(`yes '' | head -n 1200000; echo end; sleep 600`))
	c := newClient(t, srv.Config())
	c.eventually(pod+"/log?tailLines=1", func(a *answer) bool { return string(a.body) == "end\n" })
	require.Len(t, c.get(pod+"/log").is(200).body, 1<<20)
}
