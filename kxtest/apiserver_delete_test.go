package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestADeleteAnswersWithThePodOrWithAStatus(t *testing.T) {
	srv, c := seeded(t, "a")
	gone := c.do("DELETE", pods+"/a", "").is(200)
	require.Equal(t, "Pod", gone.at("kind"))
	require.EqualValues(t, 0, gone.at("metadata", "deletionGracePeriodSeconds"), "it was on no node")
	require.Nil(t, srv.Pod("default", "a"))

	_, err := srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}`)
	require.NoError(t, err)
	status := c.do("DELETE", "/api/v1/namespaces/default/configmaps/c", "").is(200)
	require.Equal(t, "Success", status.at("status"))
	require.Equal(t, "configmaps", status.at("details", "kind"))
}

func TestDeleteOptionsAreRefusedInTheServersWords(t *testing.T) {
	_, c := seeded(t, "a")
	for body, want := range map[string]struct {
		code    int
		message string
	}{
		`{"dryRun":"All"}`: {400,
			"json: cannot unmarshal string into Go struct field DeleteOptions.dryRun of type []string"},
		`{"dryRun":["x"]}`: {422,
			`DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["x"]: supported values: "All"`},
		`{"propagationPolicy":"Foo"}`: {422,
			`DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"`},
		`{"kind":"Pod","apiVersion":"v1"}`: {400,
			`no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"`},
		`{`: {400,
			"couldn't get version/kind; json parse error: unexpected end of JSON input"},
	} {
		require.Equal(t, want.message, c.do("DELETE", pods+"/a", body).is(want.code).at("message"), body)
	}
	for body, want := range map[string]string{
		`{"preconditions":{"uid":"x"}}`:             "the UID in the precondition (x) does not match the UID in record (",
		`{"preconditions":{"resourceVersion":"1"}}`: "the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (",
	} {
		require.Contains(t, c.do("DELETE", pods+"/a", body).is(409).at("message"), want)
	}
	require.Equal(t, `pods "b" not found`, c.do("DELETE", pods+"/b", "").is(404).at("message"))
	require.Equal(t, `namespaces "default" is forbidden: this namespace may not be deleted`,
		c.do("DELETE", "/api/v1/namespaces/default", "").is(403).at("message"))
}

func TestAPodOnANodeIsMarkedAndThenGoes(t *testing.T) {
	srv := kxtest.Start(t)
	c := newClient(t, srv.Config())
	c.do("POST", pods, webPod).is(201)
	c.eventually(pods+"/web", running)
	marked := c.do("DELETE", pods+"/web", "").is(200)
	require.EqualValues(t, 30, marked.at("metadata", "deletionGracePeriodSeconds"))
	c.eventually(pods+"/web", func(a *answer) bool { return a.code == 404 })
}

func TestFinalizersHoldAnObject(t *testing.T) {
	srv, c := seeded(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":["example.com/x"]}}`)
	require.NoError(t, err)
	const path = "/api/v1/namespaces/default/configmaps/held"
	require.NotNil(t, c.do("DELETE", path, "").is(200).at("metadata", "deletionTimestamp"))
	merge := c.with("Content-Type", mergeType)
	require.Contains(t, merge.do("PATCH", path,
		`{"metadata":{"finalizers":["example.com/x","example.com/y"]}}`).is(422).at("message"),
		"no new finalizers can be added if the object is being deleted")
	merge.do("PATCH", path, `{"metadata":{"finalizers":null}}`).is(200)
	c.get(path).is(404)

	_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"dependents"}}`)
	require.NoError(t, err)
	const second = "/api/v1/namespaces/default/configmaps/dependents"
	require.Equal(t, "foregroundDeletion",
		c.do("DELETE", second, `{"propagationPolicy":"Foreground"}`).is(200).at("metadata", "finalizers", 0))
	c.eventually(second, func(a *answer) bool { return a.code == 404 })
}

func TestANamespaceGoesWithAllThatIsInIt(t *testing.T) {
	srv := kxtest.Start(t)
	c := newClient(t, srv.Config())
	const namespace = "/api/v1/namespaces/team"
	c.do("POST", "/api/v1/namespaces", `{"metadata":{"name":"team"}}`).is(201)
	c.do("POST", namespace+"/pods", webPod).is(201)
	c.do("POST", namespace+"/configmaps", `{"metadata":{"name":"held","finalizers":["example.com/x"]}}`).is(201)
	require.Equal(t, "Terminating", c.do("DELETE", namespace, "").is(200).at("status", "phase"))
	c.eventually(namespace+"/pods/web", func(a *answer) bool { return a.code == 404 })
	require.Equal(t, "NamespaceTerminating", c.do("POST", namespace+"/pods", webPod).is(403).at("details", "causes", 0,
		"reason"))
	c.eventually(namespace+"/configmaps/held",
		func(a *answer) bool { return a.at("metadata", "deletionTimestamp") != nil })
	c.with("Content-Type", mergeType).do("PATCH", namespace+"/configmaps/held",
		`{"metadata":{"finalizers":null}}`).is(200)
	c.eventually(namespace, func(a *answer) bool { return a.code == 404 })
}

func TestACollectionIsDeletedBySelector(t *testing.T) {
	_, c := seeded(t, "a", "b", "c")
	require.Equal(t, []string{"a", "c"}, names(c.do("DELETE", pods+"?labelSelector=even%3Dtrue", "").is(200)))
	require.Equal(t, []string{"b"}, names(c.get(pods)))
	c.do("DELETE", "/api/v1/namespaces", "").is(405)
}

func TestOptionsOfADeleteMayStandInTheQuery(t *testing.T) {
	srv := kxtest.Start(t)
	c := newClient(t, srv.Config())
	c.do("POST", pods, webPod).is(201)
	c.eventually(pods+"/web", running)
	require.Equal(t, `strconv.ParseInt: parsing "x": invalid syntax`, c.do("DELETE", pods+"/web?gracePeriodSeconds=x",
		"").is(400).at("message"))
	require.Equal(t, "orphan", c.do("DELETE", pods+"/web?dryRun=All&orphanDependents=true", "").is(200).at("metadata",
		"finalizers", 0))
	require.EqualValues(t, 5, c.do("DELETE", pods+"/web?dryRun=All&gracePeriodSeconds=5", "").is(200).at("metadata",
		"deletionGracePeriodSeconds"))
	require.EqualValues(t, 1, c.do("DELETE", pods+"/web?dryRun=All&gracePeriodSeconds=-1", "").is(200).at("metadata",
		"deletionGracePeriodSeconds"))
	c.do("DELETE", pods+"/web?gracePeriodSeconds=0", "").is(200)
	require.Nil(t, srv.Pod("default", "web"), "it went at once")
}
