package target

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

func TestAnIDComesFromTheFirstSourceThatHasIt(t *testing.T) {
	pods, runs := start(t, "id", &answer{out: "4\n"})
	ofContainer := map[string]any{"runAsUser": 1.0, "runAsGroup": 11.0}
	ofPod := map[string]any{"runAsUser": 2.0, "runAsGroup": 12.0}
	const inStatus = `{"user":{"linux":{"uid":3,"gid":13}}}`
	for name, row := range map[string]struct {
		container, pod map[string]any
		status         string
		uid, gid       int64
		source         string
		runs           int64
	}{
		"the container's securityContext":  {ofContainer, ofPod, inStatus, 1, 11, "container main of the pod", 0},
		"the pod's securityContext":        {nil, ofPod, inStatus, 2, 12, "the pod", 0},
		"the container's status":           {nil, nil, inStatus, 3, 13, "the running container main", 0},
		"the program id":                   {nil, nil, "", 4, 4, "the running container main", 2},
		"a status of an older runtime":     {nil, nil, `{"user":{}}`, 4, 4, "the running container main", 2},
		"a status that is not as expected": {nil, nil, `{"user":[]}`, 4, 4, "the running container main", 2},
		"fields of another type":           {map[string]any{"runAsUser": "1"}, ofPod, "", 2, 12, "the pod", 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := runs.Load()
			u := &User{Pods: pods, Pod: "web", Container: running("main", ""),
				ContainerSecurity: row.container, PodSecurity: row.pod}
			u.Status.Unknown = jsontext.Value(row.status)
			uid, source := u.UID(t.Context())
			require.Equal(t, &row.uid, uid)
			require.Equal(t, row.source, source)
			gid, source := u.GID(t.Context())
			require.Equal(t, &row.gid, gid)
			require.Equal(t, row.source, source)
			require.NoError(t, u.Err)
			require.Equal(t, row.runs, runs.Load()-before)
		})
	}
}

func TestAnOutputThatIsNoIDIsAnErrorAndIDIsNotRunAgain(t *testing.T) {
	var id answer
	pods, runs := start(t, "id", &id)
	for name, row := range map[string]answer{
		"nothing": {}, "a name": {out: "root\n"}, "a negative number": {out: "-1\n"}, "two numbers": {out: "1\n2\n"},
		"a number above the API's limit": {out: "2147483648\n"}, "a failure with a number": {out: "1\n", code: 1},
	} {
		t.Run(name, func(t *testing.T) {
			id = row
			before := runs.Load()
			u := &User{Pods: pods, Pod: "web", Container: running("main", "")}
			uid, _ := u.UID(t.Context())
			require.Nil(t, uid)
			require.ErrorContains(t, u.Err, "id -u: exit code")
			gid, _ := u.GID(t.Context())
			require.Nil(t, gid)
			require.ErrorContains(t, u.Err, "id -u: exit code")
			require.EqualValues(t, 1, runs.Load()-before)
		})
	}
	t.Run("the highest ID", func(t *testing.T) {
		id = answer{out: "2147483647\n"}
		uid, _ := (&User{Pods: pods, Pod: "web", Container: running("main", "")}).UID(t.Context())
		require.Equal(t, new(int64(MaxID)), uid)
	})
	t.Run("a container that does not run", func(t *testing.T) {
		before := runs.Load()
		u := &User{Pods: pods, Pod: "web", Container: running("main", "")}
		u.Status.State.Running = nil
		uid, _ := u.UID(t.Context())
		require.Nil(t, uid)
		require.EqualError(t, u.Err, "the container does not run")
		require.Equal(t, before, runs.Load())
	})
}
