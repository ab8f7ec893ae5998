package apiserver

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// watch streams the changes of a collection since the requested version. Without a version it sends
// the existing objects first.
func (c *call) watch(w http.ResponseWriter) error {
	if err := c.checkListOptions(); err != nil {
		return err
	}
	selection, err := c.selection()
	if err != nil {
		return err
	}
	from, err := parseVersionNumber(c.query.Get("resourceVersion"))
	if err != nil {
		return err
	}
	seconds, err := c.queryInt("timeoutSeconds")
	if err != nil {
		return err
	}
	stream := &watchStream{call: c, writer: w, flush: http.NewResponseController(w),
		selection: selection}
	if stream.include, err = c.includeObject(); err != nil {
		return err
	}
	header := w.Header()
	header.Set("Cache-Control", "no-cache, private")
	header.Set("Content-Type", c.form.mediaType)
	w.WriteHeader(http.StatusOK)
	stream.run(from, time.Duration(seconds)*time.Second)
	return nil
}

// watchStream writes the events of a watch.
type watchStream struct {
	*call
	writer    http.ResponseWriter
	flush     *http.ResponseController
	selection selection
	include   string
	columns   bool // the Table's column definitions were sent
	failed    bool // the client has disconnected
}

// defaultWatch is how long a watch without timeoutSeconds lasts. The API server chooses 30 to 60
// minutes.
const defaultWatch = 30 * time.Minute

// lastBookmark is how long before its end a watch gets its last bookmark.
const lastBookmark = 2 * time.Second

func (s *watchStream) run(from uint64, limit time.Duration) {
	if limit == 0 {
		limit = defaultWatch
	}
	end := time.NewTimer(limit)
	defer end.Stop()
	bookmarks := queryBool(s.query, "allowWatchBookmarks")
	bookmark := time.NewTicker(s.server.BookmarkInterval)
	defer bookmark.Stop()
	last := time.NewTimer(max(limit-lastBookmark, 0))
	defer last.Stop()
	if limit <= lastBookmark {
		last.Stop()
	}

	store := s.server.Store
	position := from
	initial := queryBool(s.query, "sendInitialEvents")
	if from == 0 || initial {
		items, version, _ := store.List(s.kind, s.prefix(), 0)
		if !s.query.Has("sendInitialEvents") || initial {
			for _, item := range items {
				if s.selection.matches(item.Entry) {
					s.send("ADDED", item.Entry)
				}
			}
		}
		if initial && bookmarks {
			s.bookmark(version, map[string]any{"k8s.io/initial-events-end": "true"})
		}
		position = version
	}
	s.flushed()
	for !s.failed {
		changes, version, changed, ok := store.ChangesSince(s.kind, s.prefix(), position)
		if !ok {
			s.event("ERROR", api.Encode(api.Expired("too old resource version: "+
				strconv.FormatUint(position, 10)+" ("+
				strconv.FormatUint(store.OldestVersion(), 10)+")")))
			s.flushed()
			return
		}
		for _, change := range changes {
			s.change(change)
		}
		position = max(position, version)
		s.flushed()
		select {
		case <-changed:
		case <-bookmark.C:
			if bookmarks {
				s.bookmark(position, nil)
				s.flushed()
			}
		case <-last.C:
			if bookmarks {
				s.bookmark(position, nil)
				s.flushed()
			}
		case <-end.C:
			return
		case <-s.http.Context().Done():
			return
		}
	}
}

// change sends the event of a change. An object that no longer matches the selector is DELETED, one
// that matches now is ADDED.
func (s *watchStream) change(c storage.Change) {
	was, is := s.selection.matches(c.Before), !c.Deleted && s.selection.matches(c.After)
	switch {
	case is && !was:
		s.send("ADDED", c.After)
	case is:
		s.send("MODIFIED", c.After)
	case was && c.Deleted:
		s.send("DELETED", c.After)
	case was:
		// The event has the last state that matched, at the version of the change.
		s.send("DELETED", &storage.Entry{Object: object.With(c.Before.Object,
			c.After.ResourceVersion(), "metadata",
			"resourceVersion")})
	}
}

func (s *watchStream) send(kind string, e *storage.Entry) {
	switch s.form.as {
	case "Table":
		s.event(kind, objectTable(s.kind, s.form, e, s.include, !s.columns))
		s.columns = true
	case "PartialObjectMetadata", "PartialObjectMetadataList":
		s.event(kind, metadataOnly(s.form, e))
	default:
		s.event(kind, api.Typed(s.kind.APIVersion(), s.kind.Name, e.Body()))
	}
}

func (s *watchStream) bookmark(version uint64, annotations map[string]any) {
	meta := map[string]any{"resourceVersion": strconv.FormatUint(version, 10)}
	if annotations != nil {
		meta["annotations"] = annotations
	}
	blank := map[string]any{"metadata": meta}
	if s.kind == api.PodKind { // Go encodes an empty Pod like this
		blank["spec"], blank["status"] = map[string]any{"containers": nil}, map[string]any{}
	}
	s.send("BOOKMARK", &storage.Entry{Object: blank})
}

func (s *watchStream) event(kind string, body []byte) {
	var b bytes.Buffer
	b.WriteString(`{"type":"` + kind + `","object":`)
	b.Write(body)
	b.WriteString("}\n")
	if _, err := s.writer.Write(b.Bytes()); err != nil {
		s.failed = true
	}
}

func (s *watchStream) flushed() {
	if s.flush.Flush() != nil {
		s.failed = true
	}
}
