package wiretest

import (
	"bufio"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// Events reads the events of a watch.
type Events struct {
	t     *testing.T
	Lines *bufio.Reader
}

// Watch opens a watch of the pods.
func (c *Client) Watch(query string) *Events {
	c.T.Helper()
	response, err := c.Open("GET", Pods+"?watch=1&"+query, "")
	require.NoError(c.T, err)
	c.T.Cleanup(func() { response.Body.Close() })
	require.Equal(c.T, 200, response.StatusCode)
	return &Events{c.T, bufio.NewReader(response.Body)}
}

// Next returns the type and the object of the next event.
func (e *Events) Next() (string, any) {
	e.t.Helper()
	line, err := e.Lines.ReadBytes('\n')
	require.NoError(e.t, err)
	var event struct {
		Type   string `json:"type"`
		Object any    `json:"object"`
	}
	require.NoError(e.t, json.Unmarshal(line, &event))
	return event.Type, event.Object
}

// Expect requires the next events, each as its type and the object's name: "ADDED a".
func (e *Events) Expect(want ...string) {
	e.t.Helper()
	for _, want := range want {
		kind, object := e.Next()
		name, _ := Follow(object, "metadata", "name").(string)
		require.Equal(e.t, want, strings.TrimSpace(kind+" "+name))
	}
}

// Version returns the list's resourceVersion.
func (c *Client) Version() string {
	return c.Get(Pods).At("metadata", "resourceVersion").(string)
}
