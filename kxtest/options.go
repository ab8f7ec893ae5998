package kxtest

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/kubelet"
	"github.com/kx-k8s/kx/kxtest/internal/machine"
	"github.com/kx-k8s/kx/kxtest/internal/stream"
)

// Option configures a [Server]. [New] returns the error of an invalid option.
type Option func(*settings) error

type settings struct {
	prefix    string
	version   api.Version
	bookmarks time.Duration
	images    []kubelet.Image
	// imageSizes are in bytes, by normal name.
	imageSizes map[string]int64
	demo       bool // the objects of WithDemo
	sandbox    bool // the objects that WithSandbox adds
	programs   map[string]machine.Program
	protocols  []string // of exec and attach, in order of preference
	listener   net.Listener

	ignoresTargets bool
}

func defaultSettings() settings {
	return settings{
		version:   api.Version{1, 35, 4},
		bookmarks: time.Minute,
		protocols: []string{stream.ProtocolV5, stream.ProtocolV4},
		images: []kubelet.Image{{Name: BusyboxImage}, {Name: DistrolessImage},
			{Name: PauseImage}},
		imageSizes: map[string]int64{BusyboxImage: 2130545, DistrolessImage: 696946,
			PauseImage: 696948},
	}
}

// WithPathPrefix serves the API below a path, such as "/k8s/clusters/c-1", as Rancher does. Other
// paths respond with 404, which finds clients that build URLs from the host alone.
func WithPathPrefix(prefix string) Option {
	return func(s *settings) error {
		prefix = strings.TrimRight(prefix, "/")
		if prefix != "" && prefix[0] != '/' {
			return fmt.Errorf("path prefix %q does not begin with a slash", prefix)
		}
		s.prefix = prefix
		return nil
	}
}

// WithListener serves the connections of l, such as one in memory, in place of a free port of
// 127.0.0.1. [Server.Close] closes l. The server's certificate is for localhost and 127.0.0.1.
func WithListener(l net.Listener) Option {
	return func(s *settings) error {
		s.listener = l
		return nil
	}
}

// WithVersion sets the Kubernetes version that the server claims, such as "1.22.17". Before 1.23
// pods have no subresource ephemeralcontainers (KEP-277: on by default from 1.23), and before 1.33
// no subresource resize (KEP-1287). All else stays as in 1.35.
func WithVersion(text string) Option {
	return func(s *settings) (err error) {
		s.version, err = api.ParseVersion(text)
		return err
	}
}

// WithBookmarkInterval sets how often a watch with allowWatchBookmarks gets one. The default is a
// minute, as in the API server.
func WithBookmarkInterval(interval time.Duration) Option {
	return func(s *settings) error {
		if interval <= 0 {
			return fmt.Errorf("bookmark interval %s is not positive", interval)
		}
		s.bookmarks = interval
		return nil
	}
}

// WithStreamProtocols sets the WebSocket subprotocols of exec and attach, in order of preference.
// The default is "v5.channel.k8s.io" and "v4.channel.k8s.io", as since Kubernetes 1.30. Earlier
// servers have v4 alone, which cannot close stdin.
func WithStreamProtocols(protocols ...string) Option {
	return func(s *settings) error {
		for _, protocol := range protocols {
			if protocol != stream.ProtocolV5 && protocol != stream.ProtocolV4 {
				return fmt.Errorf("stream protocol %q is neither %s nor %s", protocol,
					stream.ProtocolV5,
					stream.ProtocolV4)
			}
		}
		if len(protocols) == 0 {
			return errors.New("no stream protocol")
		}
		s.protocols = slices.Clone(protocols)
		return nil
	}
}

// WithoutTargets makes the container runtime ignore targetContainerName, as some runtimes do. A
// debug container with a target then gets its own process namespace, without an error.
func WithoutTargets() Option {
	return func(s *settings) error {
		s.ignoresTargets = true
		return nil
	}
}
