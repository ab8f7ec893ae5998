package transport_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

func TestTheBodyOfAFailureThatBreaksOffIsQuotedAsFarAsItCame(t *testing.T) {
	for body, message := range map[string]string{"": "its body could not be read", "x": "x"} {
		broken := io.MultiReader(strings.NewReader(body), iotest.ErrReader(io.ErrUnexpectedEOF))
		_, err := answering(t, http.StatusConflict, http.Header{}, broken).Do(t.Context(), send("PUT", "{}"))
		var status *transport.StatusError
		require.ErrorAs(t, err, &status)
		require.Equal(t, message, status.Status.Message)
	}
}
