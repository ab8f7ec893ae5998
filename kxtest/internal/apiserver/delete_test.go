package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestADeleteReturnsThePodOrAStatus(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a")
	gone := c.Do("DELETE", wiretest.Pods+"/a", "").Is(200)
	require.Equal(t, "Pod", gone.At("kind"))
	require.EqualValues(t, 0, gone.At("metadata", "deletionGracePeriodSeconds"), "it was on no node")
	require.Nil(t, srv.Pod("default", "a"))

	_, err := srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}`)
	require.NoError(t, err)
	status := c.Do("DELETE", "/api/v1/namespaces/default/configmaps/c", "").Is(200)
	require.Equal(t, "Success", status.At("status"))
	require.Equal(t, "configmaps", status.At("details", "kind"))
}

func TestInvalidDeleteOptionsFailWithTheServersMessages(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
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
		require.Equal(t, want.message, c.Do("DELETE", wiretest.Pods+"/a", body).Is(want.code).At("message"), body)
	}
	for body, want := range map[string]string{
		`{"preconditions":{"uid":"x"}}`:             "the UID in the precondition (x) does not match the UID in record (",
		`{"preconditions":{"resourceVersion":"1"}}`: "the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (",
	} {
		require.Contains(t, c.Do("DELETE", wiretest.Pods+"/a", body).Is(409).At("message"), want)
	}
	require.Equal(t, `pods "b" not found`, c.Do("DELETE", wiretest.Pods+"/b", "").Is(404).At("message"))
	require.Equal(t, `namespaces "default" is forbidden: this namespace may not be deleted`,
		c.Do("DELETE", "/api/v1/namespaces/default", "").Is(403).At("message"))
}

func TestAPodOnANodeIsMarkedAndThenRemoved(t *testing.T) {
	srv := kxtest.Start(t)
	c := wiretest.NewClient(t, srv.Config())
	c.Do("POST", wiretest.Pods, wiretest.WebPod).Is(201)
	c.Eventually(wiretest.Pods+"/web", wiretest.IsRunning)
	marked := c.Do("DELETE", wiretest.Pods+"/web", "").Is(200)
	require.EqualValues(t, 30, marked.At("metadata", "deletionGracePeriodSeconds"))
	c.Eventually(wiretest.Pods+"/web", func(a *wiretest.Answer) bool { return a.Code == 404 })
}

func TestFinalizersDelayTheRemovalOfAnObject(t *testing.T) {
	srv, c := wiretest.StartWithPods(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":["example.com/x"]}}`)
	require.NoError(t, err)
	const path = "/api/v1/namespaces/default/configmaps/held"
	require.NotNil(t, c.Do("DELETE", path, "").Is(200).At("metadata", "deletionTimestamp"))
	merge := c.With("Content-Type", wiretest.MergePatch)
	require.Contains(t, merge.Do("PATCH", path,
		`{"metadata":{"finalizers":["example.com/x","example.com/y"]}}`).Is(422).At("message"),
		"no new finalizers can be added if the object is being deleted")
	merge.Do("PATCH", path, `{"metadata":{"finalizers":null}}`).Is(200)
	c.Get(path).Is(404)

	_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"dependents"}}`)
	require.NoError(t, err)
	const second = "/api/v1/namespaces/default/configmaps/dependents"
	require.Equal(t, "foregroundDeletion",
		c.Do("DELETE", second, `{"propagationPolicy":"Foreground"}`).Is(200).At("metadata", "finalizers", 0))
	c.Eventually(second, func(a *wiretest.Answer) bool { return a.Code == 404 })
}

func TestANamespaceIsDeletedWithItsObjects(t *testing.T) {
	srv := kxtest.Start(t)
	c := wiretest.NewClient(t, srv.Config())
	const namespace = "/api/v1/namespaces/team"
	c.Do("POST", "/api/v1/namespaces", `{"metadata":{"name":"team"}}`).Is(201)
	c.Do("POST", namespace+"/pods", wiretest.WebPod).Is(201)
	c.Do("POST", namespace+"/configmaps", `{"metadata":{"name":"held","finalizers":["example.com/x"]}}`).Is(201)
	require.Equal(t, "Terminating", c.Do("DELETE", namespace, "").Is(200).At("status", "phase"))
	c.Eventually(namespace+"/pods/web", func(a *wiretest.Answer) bool { return a.Code == 404 })
	require.Equal(t, "NamespaceTerminating", c.Do("POST", namespace+"/pods", wiretest.WebPod).Is(403).At("details",
		"causes", 0,
		"reason"))
	c.Eventually(namespace+"/configmaps/held",
		func(a *wiretest.Answer) bool { return a.At("metadata", "deletionTimestamp") != nil })
	c.With("Content-Type", wiretest.MergePatch).Do("PATCH", namespace+"/configmaps/held",
		`{"metadata":{"finalizers":null}}`).Is(200)
	c.Eventually(namespace, func(a *wiretest.Answer) bool { return a.Code == 404 })
}

func TestACollectionIsDeletedBySelector(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a", "b", "c")
	require.Equal(t, []string{"a", "c"},
		wiretest.Names(c.Do("DELETE", wiretest.Pods+"?labelSelector=even%3Dtrue", "").Is(200)))
	require.Equal(t, []string{"b"}, wiretest.Names(c.Get(wiretest.Pods)))
	c.Do("DELETE", "/api/v1/namespaces", "").Is(405)
}

func TestDeleteOptionsMayBeInTheQuery(t *testing.T) {
	srv := kxtest.Start(t)
	c := wiretest.NewClient(t, srv.Config())
	c.Do("POST", wiretest.Pods, wiretest.WebPod).Is(201)
	c.Eventually(wiretest.Pods+"/web", wiretest.IsRunning)
	require.Equal(t, `strconv.ParseInt: parsing "x": invalid syntax`,
		c.Do("DELETE", wiretest.Pods+"/web?gracePeriodSeconds=x",
			"").Is(400).At("message"))
	require.Equal(t, "orphan", c.Do("DELETE", wiretest.Pods+"/web?dryRun=All&orphanDependents=true",
		"").Is(200).At("metadata",
		"finalizers", 0))
	require.EqualValues(t, 5, c.Do("DELETE", wiretest.Pods+"/web?dryRun=All&gracePeriodSeconds=5",
		"").Is(200).At("metadata",
		"deletionGracePeriodSeconds"))
	require.EqualValues(t, 1, c.Do("DELETE", wiretest.Pods+"/web?dryRun=All&gracePeriodSeconds=-1",
		"").Is(200).At("metadata",
		"deletionGracePeriodSeconds"))
	c.Do("DELETE", wiretest.Pods+"/web?gracePeriodSeconds=0", "").Is(200)
	require.Nil(t, srv.Pod("default", "web"), "it went at once")
}
