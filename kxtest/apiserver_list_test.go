package kxtest_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAListPagesOverTheStateOfItsFirstPage(t *testing.T) {
	srv, c := seeded(t, "a", "b", "c", "d", "e")
	first := c.get(pods + "?limit=2").is(200)
	require.Equal(t, []string{"a", "b"}, names(first))
	require.EqualValues(t, 3, first.at("metadata", "remainingItemCount"))

	_, err := srv.Create(idle("bb", ""))
	require.NoError(t, err)
	c.do("DELETE", pods+"/c", "").is(200)
	second := c.get(pods + "?limit=2&continue=" + first.at("metadata", "continue").(string)).is(200)
	require.Equal(t, []string{"c", "d"}, names(second), "neither bb, which is new, nor the loss of c shows")
	require.Equal(t, first.at("metadata", "resourceVersion"), second.at("metadata", "resourceVersion"))
	last := c.get(pods + "?limit=2&continue=" + second.at("metadata", "continue").(string)).is(200)
	require.Equal(t, []string{"e"}, names(last))
	require.Nil(t, last.at("metadata", "continue"))
	require.Nil(t, last.at("metadata", "remainingItemCount"))
	require.Equal(t, []string{"a", "b", "bb", "d", "e"}, names(c.get(pods)))

	old := c.get(pods + "?resourceVersionMatch=Exact&resourceVersion=" +
		first.at("metadata", "resourceVersion").(string))
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, names(old))
}

func TestAContinueTokenThatIsTooOldIs410WithATokenForTheRest(t *testing.T) {
	srv, c := seeded(t, "a", "b", "c")
	first := c.get(pods + "?limit=1")
	srv.Compact()
	expired := c.get(pods + "?limit=1&continue=" + first.at("metadata", "continue").(string)).is(410)
	require.Equal(t, "Expired", expired.at("reason"))
	require.Contains(t, expired.at("message"),
		"The provided continue parameter is too old to display a consistent list result.")
	rest := c.get(pods + "?continue=" + expired.at("metadata", "continue").(string)).is(200)
	require.Equal(t, []string{"b", "c"}, names(rest))
	exact := c.get(pods + "?resourceVersionMatch=Exact&resourceVersion=" +
		first.at("metadata", "resourceVersion").(string)).is(410)
	require.Equal(t, "The resourceVersion for the provided list is too old.", exact.at("message"))
}

func TestSelectorsChooseByLabelsAndFields(t *testing.T) {
	_, c := seeded(t, "a", "b", "c")
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
		page := c.get(pods + "?" + query).is(200)
		require.Equal(t, want, names(page), query)
		require.Nil(t, page.at("metadata", "remainingItemCount"), "with selectors the server cannot know")
	}
}

func TestListOptionsThatMakeNoSenseAreRefusedInTheServersWords(t *testing.T) {
	_, c := seeded(t)
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
		refused := c.get(pods + "?" + query).is(want.code)
		require.Equal(t, want.message, refused.at("message"), query)
	}
	future := c.get(pods + "?resourceVersion=999999999").is(504)
	require.Equal(t, "1", future.head.Get("Retry-After"))
	require.Equal(t, "ResourceVersionTooLarge", future.at("details", "causes", 0, "reason"))
}

func TestALongAnswerIsCompressedForThoseWhoAskForIt(t *testing.T) {
	names := make([]string, 120)
	for i := range names {
		names[i] = fmt.Sprintf("pod-%03d", i)
	}
	_, c := seeded(t, names...)
	zipped := c.with("Accept-Encoding", "gzip")
	require.Equal(t, "gzip", zipped.get(pods).head.Get("Content-Encoding"))
	require.Empty(t, c.get(pods).head.Get("Content-Encoding"))
	require.Empty(t, zipped.get(pods+"?limit=2").head.Get("Content-Encoding"), "a short one is not")
}
