package apiserver

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// continueToken is the key at which the next page begins, and the version of the list. Version -1
// is the current version.
type continueToken struct {
	APIVersion      string `json:"v"`
	ResourceVersion int64  `json:"rv"`
	StartKey        string `json:"start"`
}

const tokenVersion = "meta.k8s.io/v1"

func encodeToken(version int64, start string) string {
	return base64.RawURLEncoding.EncodeToString(api.Encode(continueToken{tokenVersion, version,
		start}))
}

func decodeToken(text string) (token continueToken, err error) {
	const invalid = "invalid continue token: continue key is not valid: "
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return token, api.BadRequest(invalid + err.Error())
	}
	if _, err := object.Decode(data); err != nil {
		return token, api.BadRequest(invalid + err.Error())
	}
	if err := json.Unmarshal(data, &token); err != nil {
		return token, api.BadRequest(invalid + err.Error())
	}
	switch {
	case token.APIVersion != tokenVersion:
		return token, api.BadRequest(invalid + "server does not recognize this encoded version " +
			token.APIVersion)
	case token.ResourceVersion == 0:
		return token, api.BadRequest(invalid +
			"incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
	case token.StartKey == "":
		return token, api.BadRequest(invalid + "encoded start key empty (version meta.k8s.io/v1)")
	}
	return token, nil
}

const continueExpired = "The provided continue parameter is too old to display a consistent list " +
	"result. You can start a new list without the continue parameter, or use the continue token " +
	"in this response to retrieve the remainder of the results. Continuing with the provided " +
	"token results in an inconsistent list - objects that were created, modified, or deleted " +
	"between the time the first chunk was returned and now may show up in the list."

// page is a page of a list.
type page struct {
	items     []storage.Item
	version   uint64
	next      string // the token of the next page, or ""
	remaining int    // the number of items after this page; 0 if unknown
}

func (c *call) page() (p page, err error) {
	selection, err := c.selection()
	if err != nil {
		return p, err
	}
	limit, err := c.queryInt("limit")
	if err != nil {
		return p, err
	}
	if c.query.Get("resourceVersion") == "0" {
		limit = 0 // the API server lists "any version" from its watch cache, without paging
	}
	at, start, err := c.listPosition()
	if err != nil {
		return p, err
	}
	items, version, ok := c.server.Store.List(c.kind, c.prefix(), at)
	if !ok {
		status := api.Expired("The resourceVersion for the provided list is too old.")
		if start != "" {
			status = api.Expired(continueExpired)
			status.Metadata.Continue = encodeToken(-1, start)
		}
		return p, status
	}
	p.version = version
	for i, item := range items {
		key := strings.TrimPrefix(item.Key, c.prefix())
		if key < start || !selection.matches(item.Entry) {
			continue
		}
		if limit > 0 && int64(len(p.items)) == limit {
			last := strings.TrimPrefix(p.items[limit-1].Key, c.prefix())
			p.next = encodeToken(int64(version), last+"\x00")
			if selection.all {
				p.remaining = len(items) - i
			}
			break
		}
		p.items = append(p.items, item)
	}
	return p, nil
}

// listPosition returns the version of the list (0 for the current one) and its first key.
func (c *call) listPosition() (at uint64, start string, err error) {
	version, err := parseVersionNumber(c.query.Get("resourceVersion"))
	if err != nil {
		return 0, "", api.BadRequest("invalid resource version: " + err.Error())
	}
	text := c.query.Get("continue")
	if text != "" {
		token, err := decodeToken(text)
		if err != nil {
			return 0, "", err
		}
		if version != 0 {
			return 0, "", api.BadRequest(
				"specifying resource version is not allowed when using continue")
		}
		if token.ResourceVersion < 0 {
			return 0, token.StartKey, nil
		}
		at, start = uint64(token.ResourceVersion), token.StartKey
	} else if c.listsExactly(version) {
		at = version
	}
	now := c.server.Store.CurrentVersion()
	if max(at, version) > now {
		return 0, "", api.TooLargeVersion(max(at, version), now)
	}
	return at, start, nil
}

// listsExactly reports whether the list is to be at a version, and not at a later one.
func (c *call) listsExactly(version uint64) bool {
	switch c.query.Get("resourceVersionMatch") {
	case "Exact":
		return true
	case "":
		return version != 0 && c.query.Get("limit") != ""
	}
	return false
}

// parseVersionNumber parses a resourceVersion. "" is 0.
func parseVersionNumber(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	version, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		message := "resourceVersion: Invalid value: " + strconv.Quote(text) + ": " + err.Error()
		return 0, api.Failure(http.StatusInternalServerError, "", message, nil)
	}
	return version, nil
}
