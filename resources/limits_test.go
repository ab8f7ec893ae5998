package resources_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// flood answers with start, and then with more until the client closes the connection. It notes
// the largest heap of the process.
type flood struct {
	start, more string
	gzip        bool
	heap        atomic.Uint64
}

func (f *flood) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	var out io.Writer = w
	if f.gzip {
		w.Header().Set("Content-Encoding", "gzip")
		out = gzip.NewWriter(w)
	}
	_, err := io.WriteString(out, f.start)
	block := bytes.Repeat([]byte(f.more), max(1, (1<<20)/max(1, len(f.more))))
	for err == nil && f.more != "" {
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		f.heap.Store(max(f.heap.Load(), memory.HeapAlloc))
		_, err = out.Write(block)
	}
	if f.gzip {
		_ = out.(*gzip.Writer).Close()
	}
}

// heapNow returns the size of the heap after a collection.
func heapNow() uint64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc
}

func TestEachBoundIsAConstantThatItsErrorNamesAndTheMemoryIsBounded(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	none := resources.ListOptions{}
	get := func(pods *resources.API[resources.Pod]) error { return second(pods.Get(t.Context(), "web-0")) }
	create := func(pods *resources.API[resources.Pod]) error {
		return second(pods.CreateRaw(t.Context(), []byte("{}")))
	}
	list := func(pods *resources.API[resources.Pod]) error { return second(pods.List(t.Context(), none)) }
	all := func(pods *resources.API[resources.Pod]) (last error) {
		for _, err := range pods.All(t.Context(), none) {
			last = err
		}
		return last
	}
	names := func(pods *resources.API[resources.Pod]) (last error) {
		for _, err := range pods.AllNames(t.Context(), none) {
			last = err
		}
		return last
	}
	metadata := func(pods *resources.API[resources.Pod]) (last error) {
		for _, err := range pods.AllMetadata(t.Context(), none) {
			last = err
		}
		return last
	}
	table := func(pods *resources.API[resources.Pod]) error { return second(pods.ListTable(t.Context(), none)) }
	row := func(pods *resources.API[resources.Pod]) error { return second(pods.GetTable(t.Context(), "web-0")) }
	watchTable := func(pods *resources.API[resources.Pod]) (last error) {
		for _, err := range pods.WatchTable(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
			last = err
		}
		return last
	}
	const (
		object  = "more than 16 MiB (transport.MaxBodyBytes)"
		item    = "an item of more than 16 MiB (resources.MaxObjectBytes)"
		page    = "a page of a list of more than 128 MiB (resources.MaxPageBytes)"
		oneRow  = "a row of more than 1 MiB (resources.MaxRowBytes)"
		columns = "a Table of more than 10000 columns (resources.MaxColumns)"
		cells   = "a Table of more than 10000 cells (resources.MaxColumns)"
	)
	manyBytes := `,{"kind":"` + strings.Repeat("a", 1<<20) + `"}`
	manyCells := `,{"cells":["` + strings.Repeat("a", 32<<10) + `"]}`
	tooMany := `,` + strings.TrimSuffix(strings.Repeat(`{},`, resources.MaxColumns), ",")
	for name, test := range map[string]struct {
		call        func(*resources.API[resources.Pod]) error
		start, more string
		want        string
		memory      uint64 // MiB
	}{
		"a string of an object":       {get, `{"kind":"`, "a", object, 128},
		"white space in an object":    {get, `{`, " ", object, 128},
		"white space behind it":       {get, `{}`, "\n", object, 128},
		"the answer to a write":       {create, `{"kind":"`, "a", object, 128},
		"no JSON":                     {get, ``, "\x00", object, 128},
		"a string of an item":         {all, `{"items":[{"kind":"`, "a", item, 128},
		"white space in a list":       {all, `{`, " ", item, 128},
		"a member of a list":          {list, `{"metadata":{"continue":"`, "a", item, 128},
		"a string of metadata":        {metadata, `{"items":[{"metadata":{"name":"`, "a", item, 128},
		"items":                       {all, `{"kind":"PodList","apiVersion":"v1","items":[{}`, manyBytes, page, 128},
		"items without content":       {all, `{"items":[{}`, `,{}`, page, 128},
		"items that are kept":         {list, `{"kind":"PodList","apiVersion":"v1","items":[{}`, manyBytes, page, 640},
		"kept items without content":  {list, `{"items":[{}`, `,{}`, page, 640},
		"a cell":                      {table, `{"rows":[{"cells":["`, "a", oneRow, 32},
		"a name in a cell":            {names, `{"rows":[{"cells":["`, "a", oneRow, 32},
		"rows before their columns":   {names, `{"rows":[{}`, manyCells, page, 640},
		"cells":                       {table, `{"rows":[{"cells":[0`, ",0", oneRow, 128},
		"the name of a column":        {table, `{"columnDefinitions":[{"name":"`, "a", oneRow, 32},
		"columns without end":         {table, `{"columnDefinitions":[{}`, `,{}`, oneRow, 128},
		"a cell of one object":        {row, `{"rows":[{"cells":["`, "a", oneRow, 32},
		"a cell of an event":          {watchTable, `{"type":"ADDED","object":{"rows":[{"cells":["`, "a", oneRow, 32},
		"rows":                        {table, `{"rows":[{}`, manyCells, page, 640},
		"a column too many":           {table, `{"columnDefinitions":[{}` + tooMany + `]}`, "", columns, 32},
		"a cell too many":             {table, `{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[],"rows":[{"cells":[{}` + tooMany + `]}]}`, "", cells, 32},
		"a column too many, one row":  {row, `{"columnDefinitions":[{}` + tooMany + `]}`, "", columns, 32},
		"a column too many, an event": {watchTable, `{"type":"ADDED","object":{"kind":"Table","columnDefinitions":[{}` + tooMany + `]}}`, "", columns, 32},
		"a cell too many, an event":   {watchTable, `{"type":"ADDED","object":{"kind":"Table","rows":[{"cells":[{}` + tooMany + `]}]}}`, "", cells, 32},
	} {
		if raceDetector && test.want == page {
			continue // reads 128 MiB: make test runs it without the race detector
		}
		encodings := []bool{false}
		if name == "a string of an object" || name == "a cell" {
			encodings = []bool{false, true}
		}
		for _, isGzip := range encodings {
			t.Run(map[bool]string{true: "gzip/", false: "plain/"}[isGzip]+name, func(t *testing.T) {
				f := &flood{start: test.start, more: test.more, gzip: isGzip}
				server := httptest.NewServer(f)
				defer server.Close()
				client, err := transport.New(&kubeconfig.Config{Server: server.URL})
				require.NoError(t, err)
				before := heapNow()
				err = test.call(resources.New[resources.Pod](client))
				require.ErrorContains(t, err, test.want)
				var size *transport.AnswerSizeError
				require.ErrorAs(t, err, &size)
				require.Equal(t, name == "the answer to a write", errors.Is(err, transport.ErrOutcomeUnknown))
				server.Close() // ends f
				if f.heap.Load() > before {
					require.Less(t, (f.heap.Load()-before)>>20, test.memory, "MiB of heap")
				}
			})
		}
	}
}
