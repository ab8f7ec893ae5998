package parity_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
)

// servedPods is the number of pods in the list and in the watch.
const servedPods = 1000

// podDocuments returns a list of pods, and a watch with an event for each of them. They are copies
// of a recorded pod with names of their own.
var podDocuments = sync.OnceValues(func() (list, watch []byte) {
	text, err := os.ReadFile("../testdata/objects/1.35.4/pod-list.json")
	var recorded struct{ Items []json.RawMessage }
	if err == nil {
		err = json.Unmarshal(text, &recorded)
	}
	var pod struct{ Metadata struct{ Name string } }
	if err == nil {
		err = json.Unmarshal(recorded.Items[0], &pod)
	}
	if err != nil {
		panic(err) // in the process of the server, which has no test to fail
	}
	list = []byte(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[`)
	for i := range servedPods {
		if i > 0 {
			list = append(list, ',')
		}
		name := fmt.Appendf(nil, "web-%d", i)
		document := bytes.ReplaceAll(recorded.Items[0], []byte(pod.Metadata.Name), name)
		list = append(list, document...)
		// The items of a list have no kind, and the objects of events have one.
		watch = fmt.Appendf(watch, `{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1",%s}`+"\n",
			document[1:])
	}
	return append(list, "]}"...), watch
})

// servePods is a list and a watch of the pods, with minimal work.
func servePods(w http.ResponseWriter, r *http.Request) {
	list, watch := podDocuments()
	w.Header().Set("Content-Type", "application/json")
	if !r.URL.Query().Has("watch") {
		_, _ = w.Write(list)
		return
	}
	_, _ = w.Write(watch)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}
