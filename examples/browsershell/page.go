package main

import (
	"bytes"
	"crypto/rand"
	"embed"
	"net/http"
)

//go:embed page.html page.css page.js xterm
var files embed.FS

// handler returns the page, and the WebSocket that the page connects to.
func (s *shell) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", servePage)
	mux.Handle("GET /page.css", http.FileServerFS(files))
	mux.Handle("GET /page.js", http.FileServerFS(files))
	mux.Handle("GET /xterm/", http.FileServerFS(files))
	mux.HandleFunc("GET /session", s.serveSession)
	return mux
}

// servePage serves the page without its token, which only the browser knows. Nothing but the files
// above may run in the page: https://www.w3.org/TR/CSP3/.
func servePage(w http.ResponseWriter, _ *http.Request) {
	page, err := files.ReadFile("page.html")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	nonce := rand.Text()
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; "+
		"style-src 'self' 'nonce-"+nonce+"'; connect-src 'self'; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(bytes.ReplaceAll(page, []byte("NONCE"), []byte(nonce)))
}
