package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
)

// The time limits of a connection; a request has none unless asked.
const (
	dialTimeout  = 30 * time.Second
	tlsTimeout   = 10 * time.Second
	idleTimeout  = 90 * time.Second
	pingAfter    = 30 * time.Second // HTTP/2: how long a connection may be silent before it is asked
	pingTimeout  = 15 * time.Second
	maxIdleConns = 100
)

func newHTTPTransport(cfg *kubeconfig.Config) (*http.Transport, error) {
	tlsConfig, err := newTLSConfig(&cfg.TLS)
	if err != nil {
		return nil, err
	}
	proxy := http.ProxyFromEnvironment
	if cfg.ProxyURL != "" {
		u, err := url.Parse(cfg.ProxyURL)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("transport: proxy-url %s is no URL: give it as http://HOST:PORT", redactURL(cfg.ProxyURL))
		}
		switch u.Scheme {
		case "http", "https", "socks5", "socks5h":
		default:
			return nil, fmt.Errorf("transport: proxy-url %s has a scheme that is none of http, https and socks5", redactURL(cfg.ProxyURL))
		}
		proxy = http.ProxyURL(u)
	}
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	return &http.Transport{
		Proxy: proxy,
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
			if resp.StatusCode != http.StatusOK {
				return &proxyError{proxy: proxy.Host, status: resp.Status}
			}
			return nil
		},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &bulkConn{Conn: conn}, nil
		},
		TLSClientConfig:       tlsConfig,
		TLSHandshakeTimeout:   tlsTimeout,
		MaxIdleConns:          maxIdleConns,
		MaxIdleConnsPerHost:   maxIdleConns,
		IdleConnTimeout:       idleTimeout,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    cfg.DisableCompression,
		Protocols:             protocols,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}, nil
}

func newTLSConfig(t *kubeconfig.TLS) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName, InsecureSkipVerify: t.Insecure}
	ca, from, err := dataOrFile(t.CAData, t.CAFile, "certificate-authority")
	if err != nil {
		return nil, err
	}
	if len(ca) > 0 {
		if t.Insecure {
			return nil, errors.New("transport: a certificate authority is given together with insecure-skip-tls-verify: remove one of them")
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("transport: %s holds no PEM certificate", from)
		}
	}
	cert, certFrom, err := dataOrFile(t.CertData, t.CertFile, "client-certificate")
	if err != nil {
		return nil, err
	}
	key, keyFrom, err := dataOrFile(t.KeyData, t.KeyFile, "client-key")
	if err != nil {
		return nil, err
	}
	switch {
	case len(cert) == 0 && len(key) == 0:
		return config, nil
	case len(cert) == 0:
		return nil, fmt.Errorf("transport: a client key is given (%s) without a client certificate", keyFrom)
	case len(key) == 0:
		return nil, fmt.Errorf("transport: a client certificate is given (%s) without a client key", certFrom)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		// crypto/tls describes the failure without quoting the key.
		return nil, fmt.Errorf("transport: the client certificate (%s) and key (%s) cannot be used: %w", certFrom, keyFrom, err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

// dataOrFile gives in-line data or else the file's content, and words for where it came from.
func dataOrFile(data []byte, file, field string) (content []byte, from string, err error) {
	if len(data) > 0 {
		return data, field + "-data", nil
	}
	if file == "" {
		return nil, field, nil
	}
	content, err = os.ReadFile(file)
	if err != nil {
		return nil, "", fmt.Errorf("transport: read %s: %w", field, err)
	}
	if len(content) == 0 {
		return nil, "", fmt.Errorf("transport: %s %s is empty", field, file)
	}
	return content, field + " " + file, nil
}

// certificateExpiry gives when the client certificate of cfg ends, the zero time when there is none.
func certificateExpiry(config *tls.Config) time.Time {
	if config == nil || len(config.Certificates) == 0 {
		return time.Time{}
	}
	leaf := config.Certificates[0].Leaf
	if leaf == nil {
		return time.Time{}
	}
	return leaf.NotAfter
}
