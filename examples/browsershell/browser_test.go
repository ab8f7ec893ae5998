package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
)

func TestTheBrowserShowsWhatTheShellAnswers(t *testing.T) {
	page := openBrowser(t)
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "sleep 3600")
	address := start(t, cluster)
	require.NoError(t, chromedp.Do(page.ctx, chromedp.Navigate(address)))
	page.await(`document.getElementById("status").textContent === "Connected."`)
	require.Equal(t, "", page.evaluate(`location.hash`), "the address bar shows the token")

	page.press("id\r")
	page.await(screen + `.includes("uid=0(root)")`)

	// The shell knows the size of the terminal.
	size := page.evaluate(`terminal.rows + " " + terminal.cols`)
	page.press("echo size $(stty size)\r")
	page.await(screen + `.includes("size ` + size + `")`)

	// A reload is a new shell with the same token.
	require.NoError(t, chromedp.Do(page.ctx, chromedp.Reload()))
	page.await(`document.getElementById("status").textContent === "Connected."`)
	page.press("exit\r")
	page.await(`document.getElementById("status").textContent === "The shell has ended."`)
	require.Empty(t, page.complaints(), "such as breaches of the Content-Security-Policy")
}

func TestThePageSaysThatItsTokenIsWrong(t *testing.T) {
	page := openBrowser(t)
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "sleep 3600")
	origin, _, _ := strings.Cut(start(t, cluster), "#")
	require.NoError(t, chromedp.Do(page.ctx, chromedp.Navigate(origin)))
	page.await(`document.getElementById("status").textContent.startsWith("The address has no token")`)
	require.NoError(t, chromedp.Do(page.ctx, chromedp.Navigate(origin+"?#WRONG")))
	page.await(`document.getElementById("status").textContent.startsWith("No connection: the token is wrong")`)
}

func TestThePageSaysThatTheServerHasEnded(t *testing.T) {
	page := openBrowser(t)
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "sleep 3600")
	t.Run("while the server runs", func(t *testing.T) {
		require.NoError(t, chromedp.Do(page.ctx, chromedp.Navigate(start(t, cluster))))
		page.await(`document.getElementById("status").textContent === "Connected."`)
	})
	page.await(`/context canceled|The connection has ended/.test(document.getElementById("status").textContent)`)
}

// screen is the text that the terminal shows.
const screen = `document.querySelector(".xterm-rows").textContent.replaceAll("\u00a0", " ")`

// browserPage is a page of a headless Chromium.
type browserPage struct {
	t   *testing.T
	ctx context.Context

	mu      sync.Mutex
	entries []string
}

// openBrowser skips the test where there is no Chromium. In CI that is a failure.
func openBrowser(t *testing.T) *browserPage {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("there is no chromium here, so nobody looks at the page: apt-get install chromium")
	}
	require.NoError(t, err)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.CombinedOutput(io.Discard))
	if os.Getuid() == 0 { // Chromium's sandbox refuses root
		options = append(options, chromedp.NoSandbox)
	}
	// The browser ends after the test's own context.
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	page := &browserPage{t: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		page.mu.Lock()
		defer page.mu.Unlock()
		switch e := event.(type) {
		case *log.EventEntryAdded:
			page.entries = append(page.entries, e.Entry.Text)
		case *runtime.EventExceptionThrown:
			page.entries = append(page.entries, e.ExceptionDetails.Text)
		}
	}))
	limited, cancel := context.WithTimeout(ctx, clustertest.WaitLimit)
	t.Cleanup(cancel)
	page.ctx = limited
	return page
}

// await waits until an expression of the page is true. A MutationObserver calls it: the page's
// policy forbids what chromedp.Poll does.
func (p *browserPage) await(condition string) {
	p.t.Helper()
	_, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`new Promise((resolve) => {
		const check = () => { if (`+condition+`) resolve(true); };
		new MutationObserver(check).observe(document, {subtree: true, childList: true, characterData: true});
		check();
	})`, chromedp.EvalAwaitPromise))
	require.NoError(p.t, err, "%s is not true. The page says: %q", condition, p.complaints())
}

// press presses keys as a keyboard does: a program that cancels keydown gets no keypress.
// chromedp.KeyEvent sends both, so that xterm.js shows each letter twice.
func (p *browserPage) press(text string) {
	p.t.Helper()
	for _, letter := range text {
		events := kb.Encode(letter)
		down, up := *events[0], *events[len(events)-1]
		if len(events) == 3 {
			down.Text = events[1].Text
		}
		for _, event := range []input.DispatchKeyEventParams{down, up} {
			_, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, event)
			require.NoError(p.t, err)
		}
	}
}

func (p *browserPage) evaluate(expression string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](expression))
	require.NoError(p.t, err)
	return text
}

func (p *browserPage) complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.entries
}
