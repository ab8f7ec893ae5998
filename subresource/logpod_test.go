package subresource_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

func TestAFollowThatWaitsForTheStartEndsWithItsPod(t *testing.T) {
	for name, event := range map[string]func(pod string) string{
		"that is deleted": func(pod string) string { return `{"type":"DELETED","object":` + pod + "}\n" },
		"that another pod replaces": func(pod string) string {
			return `{"type":"MODIFIED","object":` + strings.Replace(pod, `"uid":"1"`, `"uid":"2"`, 1) + "}\n"
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newFakeNode()
				watches := 0
				n.answer = func(r *http.Request) *http.Response {
					if r.URL.Query().Get("watch") == "" {
						return nil
					}
					watches++
					if watches > 1 { // the first event was not enough
						n.uid = "2"
					}
					return textAnswer(200, "application/json", event(n.pod()))
				}
				lines, errs := texts(t, n.logs(t), subresource.LogOptions{Follow: true})
				require.Empty(t, lines)
				require.Empty(t, errs)
				require.Equal(t, 1, watches)
			})
		})
	}
}
