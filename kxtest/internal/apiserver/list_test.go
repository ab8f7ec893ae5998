package apiserver_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestThePagesOfAListAreOneSnapshot(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a", "b", "c", "d", "e")
	first := c.Get(wiretest.Pods + "?limit=2").Is(200)
	require.Equal(t, []string{"a", "b"}, wiretest.Names(first))
	require.EqualValues(t, 3, first.At("metadata", "remainingItemCount"))

	_, err := srv.Create(wiretest.UnscheduledPod("bb", ""))
	require.NoError(t, err)
	c.Do("DELETE", wiretest.Pods+"/c", "").Is(200)
	second := c.Get(wiretest.Pods + "?limit=2&continue=" + first.At("metadata", "continue").(string)).Is(200)
	require.Equal(t, []string{"c", "d"}, wiretest.Names(second), "neither bb, which is new, nor the loss of c shows")
	require.Equal(t, first.At("metadata", "resourceVersion"), second.At("metadata", "resourceVersion"))
	last := c.Get(wiretest.Pods + "?limit=2&continue=" + second.At("metadata", "continue").(string)).Is(200)
	require.Equal(t, []string{"e"}, wiretest.Names(last))
	require.Nil(t, last.At("metadata", "continue"))
	require.Nil(t, last.At("metadata", "remainingItemCount"))
	require.Equal(t, []string{"a", "b", "bb", "d", "e"}, wiretest.Names(c.Get(wiretest.Pods)))

	old := c.Get(wiretest.Pods + "?resourceVersionMatch=Exact&resourceVersion=" +
		first.At("metadata", "resourceVersion").(string))
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, wiretest.Names(old))
}

func TestACompactedContinueTokenIs410WithATokenForTheRest(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a", "b", "c")
	first := c.Get(wiretest.Pods + "?limit=1")
	srv.Compact()
	expired := c.Get(wiretest.Pods + "?limit=1&continue=" + first.At("metadata", "continue").(string)).Is(410)
	require.Equal(t, "Expired", expired.At("reason"))
	require.Contains(t, expired.At("message"),
		"The provided continue parameter is too old to display a consistent list result.")
	rest := c.Get(wiretest.Pods + "?continue=" + expired.At("metadata", "continue").(string)).Is(200)
	require.Equal(t, []string{"b", "c"}, wiretest.Names(rest))
	exact := c.Get(wiretest.Pods + "?resourceVersionMatch=Exact&resourceVersion=" +
		first.At("metadata", "resourceVersion").(string)).Is(410)
	require.Equal(t, "The resourceVersion for the provided list is too old.", exact.At("message"))
}

func TestSelectorsSelectByLabelsAndFields(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a", "b", "c")
	for query, want := range map[string][]string{
		"labelSelector=" + url.QueryEscape("even=true"):               {"a", "c"},
		"labelSelector=" + url.QueryEscape("n in (1,2),even!=true"):   {"b"},
		"labelSelector=" + url.QueryEscape("!n"):                      {},
		"fieldSelector=" + url.QueryEscape("metadata.name=b"):         {"b"},
		"fieldSelector=" + url.QueryEscape("status.phase!=Pending"):   {},
		"fieldSelector=" + url.QueryEscape("spec.schedulerName=none"): {"a", "b", "c"},
		"limit=1&labelSelector=" + url.QueryEscape("even=true"):       {"a"},
		"resourceVersion=0&limit=1":                                   {"a", "b", "c"},
		"limit=3":                                                     {"a", "b", "c"},
	} {
		page := c.Get(wiretest.Pods + "?" + query).Is(200)
		require.Equal(t, want, wiretest.Names(page), query)
		require.Nil(t, page.At("metadata", "remainingItemCount"), "with selectors the server cannot know")
	}
}

func TestInvalidListOptionsFailWithTheServersMessages(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	for query, want := range map[string]struct {
		code    int
		message string
	}{
		"limit=abc": {400, `strconv.ParseInt: parsing "abc": invalid syntax`},
		"continue=abc": {400,
			"invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value"},
		"labelSelector=a%20b": {400,
			"unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"},
		"fieldSelector=foo%3Dbar": {400, "field label not supported: foo"},
		"fieldSelector=foo":       {400, "invalid selector: 'foo'; can't understand 'foo'"},
		"resourceVersion=abc": {400,
			`invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax`},
		"resourceVersionMatch=Exact": {422,
			`ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`},
		"watch=1&sendInitialEvents=true": {422,
			`ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`},
	} {
		refused := c.Get(wiretest.Pods + "?" + query).Is(want.code)
		require.Equal(t, want.message, refused.At("message"), query)
	}
	future := c.Get(wiretest.Pods + "?resourceVersion=999999999").Is(504)
	require.Equal(t, "1", future.Head.Get("Retry-After"))
	require.Equal(t, "ResourceVersionTooLarge", future.At("details", "causes", 0, "reason"))
}

func TestALongResponseIsCompressedOnRequest(t *testing.T) {
	names := make([]string, 120)
	for i := range names {
		names[i] = fmt.Sprintf("pod-%03d", i)
	}
	_, c := wiretest.StartWithPods(t, names...)
	zipped := c.With("Accept-Encoding", "gzip")
	require.Equal(t, "gzip", zipped.Get(wiretest.Pods).Head.Get("Content-Encoding"))
	require.Empty(t, c.Get(wiretest.Pods).Head.Get("Content-Encoding"))
	require.Empty(t, zipped.Get(wiretest.Pods+"?limit=2").Head.Get("Content-Encoding"), "a short one is not")
}
