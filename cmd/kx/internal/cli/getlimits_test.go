package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

// serverFile returns a kubeconfig file for a server.
func serverFile(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clitest.WriteFile(t, "kubeconfig", fmt.Sprintf(`{"apiVersion":"v1","kind":"Config",`+
		`"clusters":[{"name":"c","cluster":{"server":%q}}],"contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],`+
		`"users":[{"name":"u","user":{"token":"t"}}],"current-context":"c"}`, server.URL))
}

// repeat writes text until the client has gone.
func repeat(w io.Writer, text string) {
	block := strings.Repeat(text, max(1, 1<<16/len(text)))
	for {
		if _, err := io.WriteString(w, block); err != nil {
			return
		}
	}
}

func TestAnAnswerWithoutEndEndsGet(t *testing.T) {
	for name, test := range map[string]struct {
		args, start, more, want string
	}{
		"an object as JSON":      {"get cm x -o json", `{"a":"`, "a", "the server sent an answer of more than 16 MiB (transport.MaxBodyBytes)"},
		"an object's name":       {"get cm x -o name", ``, " ", "the server sent an answer of more than 16 MiB (transport.MaxBodyBytes)"},
		"an object as a table":   {"get cm x", `{"rows":[{"cells":["`, "a", "the server sent a row of more than 1 MiB (resources.MaxRowBytes)"},
		"objects as JSON":        {"get cm -o json", `{"items":[{"metadata":{"name":"`, "a", "the server sent an item of more than 16 MiB (resources.MaxObjectBytes)"},
		"the names of objects":   {"get cm -o name", `{"rows":[{"cells":["`, "a", "the server sent a row of more than 1 MiB (resources.MaxRowBytes)"},
		"objects as a table":     {"get cm", `{"rows":[{"cells":["`, "a", "the server sent a row of more than 1 MiB (resources.MaxRowBytes)"},
		"a table with all pages": {"get cm --chunk-size 10", `{"rows":[{}`, ",{}", "the server sent a page of a list of more than 128 MiB (resources.MaxPageBytes)"},
		"a deletion":             {"delete cm x --wait=false", `{"a":"`, "a", "the write may have happened: read the object before you send it again"},
	} {
		if raceDetector && strings.Contains(test.want, "MaxPageBytes") {
			continue // make test runs it without the race detector
		}
		t.Run(name, func(t *testing.T) {
			file := serverFile(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, test.start)
				repeat(w, test.more)
			})
			result := clitest.Execute(clitest.WithLimit(t), "", append(strings.Fields(test.args), "--kubeconfig", file)...)
			require.Equal(t, 1, result.Code)
			require.Contains(t, result.Err, test.want)
			require.Less(t, len(result.Err), 1000)
		})
	}
}

func TestATableThatIsTooLargeForOneAnswerIsReadInPagesThatMayBeCutOff(t *testing.T) {
	if raceDetector {
		t.Skip("reads 128 MiB: make test runs it without the race detector")
	}
	row := func(name string) string { return fmt.Sprintf(`{"cells":[%q]}`, name) }
	const columns = `{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[{"name":"Name","type":"string"}],`
	cut := false
	file := serverFile(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		query := r.URL.Query()
		switch {
		case query.Get("limit") == "":
			_, _ = io.WriteString(w, columns+`"rows":[{}`)
			repeat(w, ",{}")
		case query.Get("continue") != "" && !cut:
			cut = true
			_, _ = io.WriteString(w, columns+`"rows":[`+row("second")+",")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case query.Get("continue") == "":
			_, _ = io.WriteString(w, columns+`"metadata":{"continue":"next"},"rows":[`+row("first")+`]}`)
		default:
			_, _ = io.WriteString(w, columns+`"rows":[`+row("second")+`]}`)
		}
	})
	result := clitest.Execute(clitest.WithLimit(t), "", "get", "cm", "--kubeconfig", file)
	require.Equal(t, 0, result.Code, result.Err)
	require.Equal(t, "NAME\nfirst\nsecond\n", result.Out)
}

func TestATableThatIsCutOffIsReadAgainAsLongAsItGetsFurther(t *testing.T) {
	const columns = `{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[{"name":"Name","type":"string"}],`
	type answer struct{ row, rest string }
	first, second := answer{`"rows":[{"cells":["first"]},`, `{"cells":["second"]}]}`}, answer{`"rows":[{"cells":["third"]},`, `{"cells":["fourth"]}]}`}
	paged := first
	paged.row = `"metadata":{"continue":"next"},` + paged.row
	for name, test := range map[string]struct {
		args     string
		answers  map[string]answer // by continue token
		cuts     map[string]int
		requests int
		out, err string
	}{
		"once":  {answers: map[string]answer{"": first}, cuts: map[string]int{"": 1}, requests: 2, out: "NAME\nfirst\nsecond\n"},
		"twice": {answers: map[string]answer{"": first}, cuts: map[string]int{"": 2}, requests: 2, err: "error: list configmaps: GET "},
		"in each of two pages": {
			args: "--chunk-size 2", answers: map[string]answer{"": paged, "next": second}, cuts: map[string]int{"": 1, "next": 1},
			requests: 5, out: "NAME\nfirst\nsecond\nthird\nfourth\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			file := serverFile(t, func(w http.ResponseWriter, r *http.Request) {
				requests++
				token := r.URL.Query().Get("continue")
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, columns+test.answers[token].row)
				if test.cuts[token] > 0 {
					test.cuts[token]--
					_ = http.NewResponseController(w).Flush()
					panic(http.ErrAbortHandler)
				}
				_, _ = io.WriteString(w, test.answers[token].rest)
			})
			result := clitest.Execute(clitest.WithLimit(t), "", append(strings.Fields("get cm "+test.args), "--kubeconfig", file)...)
			require.Equal(t, test.out, result.Out, result.Err)
			require.Equal(t, test.err != "", result.Code == 1)
			require.Contains(t, result.Err, test.err)
			require.NotContains(t, result.Err, "jsontext")
			require.Equal(t, test.requests, requests)
		})
	}
}

func TestAChainOfContinueTokensWithoutEndEndsGet(t *testing.T) {
	if raceDetector {
		t.Skip("reads 1 GiB: make test runs it without the race detector")
	}
	const tooLarge = "the list is larger than 1024 MiB: select fewer objects, or use -o name or -o json without --sort-by\n"
	// A table holds three bytes for each of these.
	rows := strings.Repeat(`,{"cells":["`+strings.Repeat("\x7f", 900<<10)+`"],"object":{"metadata":{"name":"c","uid":"u"}}}`, 100)
	for args, want := range map[string]string{
		"get cm":    "error: list configmaps: " + tooLarge,
		"get cm -w": "error: " + tooLarge,
	} {
		t.Run(args, func(t *testing.T) {
			pages := 0
			file := serverFile(t, func(w http.ResponseWriter, _ *http.Request) {
				pages++
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprintf(w, `{"kind":"Table","apiVersion":"meta.k8s.io/v1","columnDefinitions":[{"name":"Name","type":"string"}],`+
					`"metadata":{"resourceVersion":"1","continue":"token-%d"},"rows":[{"cells":["first"],"object":{"metadata":{"name":"b","uid":"u"}}}%s]}`, pages, rows)
			})
			result := clitest.Execute(clitest.WithLimit(t), "", append(strings.Fields(args), "--kubeconfig", file)...)
			require.Equal(t, 1, result.Code)
			require.True(t, strings.HasSuffix(result.Err, "\n"+want), result.Err)
			require.Empty(t, result.Out)
			require.Less(t, pages, 20)
		})
	}
}

func TestAFileWithoutEndIsReadUpToABound(t *testing.T) {
	if raceDetector {
		t.Skip("reads 256 MiB: make test runs it without the race detector")
	}
	_, err := os.Stat("/dev/zero")
	if err != nil {
		t.Skip("there is no /dev/zero here")
	}
	for _, args := range []string{"record play /dev/zero", "record html /dev/zero", "create -f /dev/zero"} {
		result := clitest.Execute(clitest.WithLimit(t), "", strings.Fields(args)...)
		require.Contains(t, result.RequireError(t, 1), "/dev/zero is larger than 256 MiB", args)
	}
}
