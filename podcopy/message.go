package podcopy

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
)

// maxName is how many bytes of a name a message shows.
const maxName = 200

// quoted returns a name in quotes, shortened and without control characters.
func quoted(name string) string {
	if len(name) > maxName {
		return strconv.Quote(name[:maxName]) + "…"
	}
	return strconv.Quote(name)
}

// reason returns the cause of a failed file operation without the path, which may need escaping.
func reason(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
