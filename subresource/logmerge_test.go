package subresource_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// addPod creates a pod with the label app=web whose containers run these scripts: "c0", "c1", ….
func addPod(t *testing.T, server *kxtest.Server, name string, scripts ...string) {
	t.Helper()
	containers := ""
	for i, script := range scripts {
		if i > 0 {
			containers += ","
		}
		containers += fmt.Sprintf(`{"name":"c%d","image":%q,"imagePullPolicy":"Never","command":["sh","-c",%q]}`, i, kxtest.BusyboxImage, script)
	}
	_, err := server.Create(fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"labels":{"app":"web"}},"spec":{"restartPolicy":"Never","containers":[%s]}}`, name, containers))
	require.NoError(t, err)
}

// awaitEnd waits until the pods have ended.
func awaitEnd(t *testing.T, server *kxtest.Server, count int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), logWait)
	defer cancel()
	ended := map[string]bool{}
	for event, err := range podsOf(t, server).Watch(ctx, resources.ListOptions{}) {
		require.NoError(t, err)
		if event.Object.Status.Ended() {
			ended[event.Object.Metadata.Name] = true
		}
		if len(ended) == count {
			return
		}
	}
}

// described returns a line with its source.
func described(line subresource.LogLine) string {
	return line.Namespace + "/" + line.Pod + "/" + line.Container + ": " + line.Text
}

func TestMergeReadsEveryContainerOfTheSelectedPods(t *testing.T) {
	server := kxtest.Start(t)
	addPod(t, server, "a", "echo 1; echo 2", "echo 3")
	addPod(t, server, "b", "echo 4")
	awaitEnd(t, server, 2)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"other"},"spec":{"containers":[{"name":"c","image":"kx.local/busybox:1"}]}}`)
	require.NoError(t, err)
	logs := subresource.Log(podsOf(t, server))
	for sentence, test := range map[string]struct {
		options subresource.MergeOptions
		want    []string
	}{
		"all containers":                  {subresource.MergeOptions{}, []string{"default/a/c0: 1", "default/a/c0: 2", "default/a/c1: 3", "default/b/c0: 4"}},
		"one container of each pod":       {subresource.MergeOptions{LogOptions: subresource.LogOptions{Container: "c0"}}, []string{"default/a/c0: 1", "default/a/c0: 2", "default/b/c0: 4"}},
		"one log after the other":         {subresource.MergeOptions{MaxRequests: 1}, []string{"default/a/c0: 1", "default/a/c0: 2", "default/a/c1: 3", "default/b/c0: 4"}},
		"the tail of each log":            {subresource.MergeOptions{LogOptions: subresource.LogOptions{Tail: new(int64(1))}}, []string{"default/a/c0: 2", "default/a/c1: 3", "default/b/c0: 4"}},
		"a pod that a field selector has": {subresource.MergeOptions{FieldSelector: "metadata.name=b"}, []string{"default/b/c0: 4"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			test.options.LabelSelector = "app=web"
			var lines []string
			for line, err := range logs.Merge(t.Context(), test.options) {
				require.NoError(t, err)
				lines = append(lines, described(line))
			}
			if test.options.MaxRequests != 1 {
				slices.Sort(lines)
			}
			require.Equal(t, test.want, lines)
		})
	}
}

func TestMergeReportsALogThatCannotBeReadAndGoesOn(t *testing.T) {
	server := kxtest.Start(t)
	addPod(t, server, "a", "echo 1")
	addPod(t, server, "b", "echo 2")
	awaitEnd(t, server, 2)
	server.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/pods/a/log", Then: kxtest.AnswerStatus(400, "BadRequest", "no such log", 0)})
	var lines []string
	var failed *subresource.LogError
	for line, err := range subresource.Log(podsOf(t, server)).Merge(t.Context(), subresource.MergeOptions{}) {
		if err != nil {
			require.Nil(t, failed)
			require.ErrorAs(t, err, &failed)
			continue
		}
		lines = append(lines, described(line))
	}
	require.Equal(t, []string{"default/b/c0: 2"}, lines)
	require.ErrorIs(t, failed, transport.ErrBadRequest)
	require.Equal(t, []string{"default", "a", "c0"}, []string{failed.Namespace, failed.Pod, failed.Container})
}

func TestMergeFollowsPodsThatAreCreatedLater(t *testing.T) {
	server := kxtest.Start(t)
	addPod(t, server, "a", "echo 1; sleep 3600")
	ctx, cancel := context.WithTimeout(t.Context(), logWait)
	defer cancel()
	o := subresource.MergeOptions{LabelSelector: "app=web", LogOptions: subresource.LogOptions{Follow: true}}
	var lines []string
	for line, err := range subresource.Log(podsOf(t, server)).Merge(ctx, o) {
		require.NoError(t, err)
		lines = append(lines, described(line))
		switch len(lines) {
		case 1:
			addPod(t, server, "b", "echo 2; exit 1")
		case 2:
			addPod(t, server, "c", "echo 3; sleep 3600")
		}
		if len(lines) == 3 {
			break
		}
	}
	require.Equal(t, []string{"default/a/c0: 1", "default/b/c0: 2", "default/c/c0: 3"}, lines)
}

func TestMergeReportsALogThatWaitsForItsTurn(t *testing.T) {
	server := kxtest.Start(t)
	addPod(t, server, "a", "echo 1; sleep 3600", "echo 2")
	ctx, cancel := context.WithTimeout(t.Context(), logWait)
	defer cancel()
	o := subresource.MergeOptions{MaxRequests: 1, LogOptions: subresource.LogOptions{Follow: true}}
	reported, read := 0, 0
	for _, err := range subresource.Log(podsOf(t, server)).Merge(ctx, o) {
		switch {
		case errors.Is(err, subresource.ErrLogLimit):
			reported++
		default:
			require.NoError(t, err)
			read++
		}
		if reported == 1 && read >= 1 {
			break
		}
	}
	require.Equal(t, 1, reported)
}

func TestMergeStopsWithTheErrorOfTheList(t *testing.T) {
	server := kxtest.Start(t)
	for _, follow := range []bool{false, true} {
		logs := subresource.Log(resources.New[resources.Pod](connect(t, server.User("onlooker", kxtest.Allow("get", "pods/log")))))
		var errs []error
		for _, err := range logs.Merge(t.Context(), subresource.MergeOptions{LogOptions: subresource.LogOptions{Follow: follow}}) {
			errs = append(errs, err)
		}
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], transport.ErrForbidden)
	}
}

func TestMergeEndsWithItsContext(t *testing.T) {
	server := kxtest.Start(t)
	addPod(t, server, "a", "echo 1; sleep 3600")
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var last error
	for _, err := range subresource.Log(podsOf(t, server)).Merge(ctx, subresource.MergeOptions{LogOptions: subresource.LogOptions{Follow: true}}) {
		last = err
		cancel(enough)
	}
	require.EqualError(t, last, "logs of pods: enough")
}

func TestMergeHoldsOneBufferOfEachLog(t *testing.T) {
	const pods = 50
	var items []string
	for i := range pods {
		items = append(items, fmt.Sprintf(`{"metadata":{"name":"pod-%d","namespace":"default","uid":"%d"},"spec":{"containers":[{"name":"app"}]}}`, i, i))
	}
	endless := roundTripper(func(r *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(r.URL.Path, "/log") {
			return textAnswer(200, "application/json", `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[`+strings.Join(items, ",")+`]}`), nil
		}
		resp := textAnswer(200, "text/plain", "")
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("2026-01-02T03:04:05Z "), zeros{}))
		return resp, nil
	})
	before := heapBytes()
	read := map[string]bool{}
	lines := 0
	for line, err := range subresource.Log(podsOver(t, endless)).Merge(t.Context(), subresource.MergeOptions{}) {
		require.NoError(t, err)
		read[line.Pod] = true
		lines++
		if len(read) == pods && lines >= 10*pods {
			break
		}
		if lines%pods == 0 { // a line, and a buffer of at most twice its size, of each log
			require.Less(t, heapBytes()-before, int64(4*pods*subresource.MaxLogLine))
		}
	}
	require.Len(t, read, pods)
}

// heapBytes returns the size of what is reachable.
func heapBytes() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
