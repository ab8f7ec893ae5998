package kxtest_test

import (
	"bufio"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

// events reads a watch.
type events struct {
	t     *testing.T
	lines *bufio.Reader
}

func (c *client) watch(query string) *events {
	c.t.Helper()
	response, err := c.open("GET", pods+"?watch=1&"+query, "")
	require.NoError(c.t, err)
	c.t.Cleanup(func() { response.Body.Close() })
	require.Equal(c.t, 200, response.StatusCode)
	return &events{c.t, bufio.NewReader(response.Body)}
}

// next reads one event: its type and its object.
func (e *events) next() (string, any) {
	e.t.Helper()
	line, err := e.lines.ReadBytes('\n')
	require.NoError(e.t, err)
	var event struct {
		Type   string `json:"type"`
		Object any    `json:"object"`
	}
	require.NoError(e.t, json.Unmarshal(line, &event))
	return event.Type, event.Object
}

// expect requires the next events: "ADDED a" for an object's name.
func (e *events) expect(want ...string) {
	e.t.Helper()
	for _, want := range want {
		kind, object := e.next()
		name, _ := follow(object, "metadata", "name").(string)
		require.Equal(e.t, want, strings.TrimSpace(kind+" "+name))
	}
}

func (c *client) version() string { return c.get(pods).at("metadata", "resourceVersion").(string) }

func TestAWatchSeesWhatChangesAfterItsVersion(t *testing.T) {
	srv, c := seeded(t, "a")
	w := c.watch("resourceVersion=" + c.version())
	_, err := srv.Create(idle("b", ""))
	require.NoError(t, err)
	c.with("Content-Type", mergeType).do("PATCH", pods+"/b", `{"metadata":{"labels":{"x":"1"}}}`).is(200)
	c.with("Content-Type", mergeType).do("PATCH", pods+"/b",
		`{"metadata":{"labels":{"x":"1"}}}`).is(200) // changes nothing
	c.do("DELETE", pods+"/b", "").is(200)
	w.expect("ADDED b", "MODIFIED b", "MODIFIED b", "DELETED b") // marked for deletion, then gone
}

func TestAWatchWithoutAVersionBeginsWithWhatThereIs(t *testing.T) {
	srv, c := seeded(t, "a", "b")
	for _, query := range []string{"", "resourceVersion=0"} {
		w := c.watch(query)
		w.expect("ADDED a", "ADDED b")
	}
	w := c.watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")
	w.expect("ADDED a", "ADDED b")
	kind, object := w.next()
	require.Equal(t, "BOOKMARK", kind)
	require.Equal(t, "true", follow(object, "metadata", "annotations", "k8s.io/initial-events-end"))
	_, err := srv.Create(idle("c", ""))
	require.NoError(t, err)
	w.expect("ADDED c")
}

func TestAnObjectThatNoLongerMatchesTheSelectorIsDeletedToThisWatch(t *testing.T) {
	srv, c := seeded(t)
	w := c.watch("labelSelector=x%3D1&resourceVersion=" + c.version())
	_, err := srv.Create(idle("a", `"x":"1"`))
	require.NoError(t, err)
	merge := c.with("Content-Type", mergeType)
	for _, value := range []string{"2", "1"} {
		merge.do("PATCH", pods+"/a", `{"metadata":{"labels":{"x":"`+value+`"}}}`).is(200)
	}
	w.expect("ADDED a", "DELETED a", "ADDED a")
}

func TestAWatchOfAVersionThatIsForgottenEndsWithAnErrorEvent(t *testing.T) {
	srv, c := seeded(t, "a")
	version := c.version()
	srv.Compact()
	w := c.watch("resourceVersion=" + version)
	kind, object := w.next()
	require.Equal(t, "ERROR", kind)
	require.EqualValues(t, 410, follow(object, "code"))
	require.Equal(t, "Expired", follow(object, "reason"))
	require.Contains(t, follow(object, "message"), "too old resource version: "+version+" (")
	_, err := w.lines.ReadByte()
	require.Error(t, err, "and then the stream ends")
}

func TestBookmarksComeToWhoAllowsThem(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithBookmarkInterval(time.Millisecond))
	c := newClient(t, srv.Config())
	version := c.version()
	w := c.watch("allowWatchBookmarks=true&resourceVersion=" + version)
	kind, object := w.next()
	require.Equal(t, "BOOKMARK", kind)
	require.Equal(t, "Pod", follow(object, "kind"))
	require.GreaterOrEqual(t, follow(object, "metadata", "resourceVersion"), version)

	plain := c.watch("resourceVersion=" + version)
	_, err := srv.Create(idle("a", ""))
	require.NoError(t, err)
	plain.expect("ADDED a")
}

func TestAWatchEndsInOrderAfterItsTime(t *testing.T) {
	_, c := seeded(t)
	w := c.watch("timeoutSeconds=1&resourceVersion=" + c.version())
	_, err := w.lines.ReadByte()
	require.ErrorContains(t, err, "EOF")
}

func TestAWatchCanBeATableOrMetadata(t *testing.T) {
	srv, c := seeded(t, "a")
	w := c.with("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1").watch("includeObject=None")
	_, first := w.next()
	require.Equal(t, "a", follow(first, "rows", 0, "cells", 0))
	require.Nil(t, follow(first, "rows", 0, "object"))
	require.NotEmpty(t, follow(first, "columnDefinitions"))
	_, err := srv.Create(idle("b", ""))
	require.NoError(t, err)
	_, second := w.next()
	require.Equal(t, "b", follow(second, "rows", 0, "cells", 0))
	require.Nil(t, follow(second, "columnDefinitions"), "the columns come once")

	m := c.with("Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1").watch("")
	_, object := m.next()
	require.Equal(t, "PartialObjectMetadata", follow(object, "kind"))
	require.Nil(t, follow(object, "spec"))
}

func TestCloseEndsWatches(t *testing.T) {
	srv, c := seeded(t)
	w := c.watch("resourceVersion=" + c.version())
	srv.Close()
	_, err := w.lines.ReadByte()
	require.Error(t, err)
	srv.Close() // once more does nothing
}
