package credential

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// fixedPair returns a client certificate and its key, the same at each call.
func fixedPair(t testing.TB, seed byte) (cert, key []byte) {
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
	template := &x509.Certificate{SerialNumber: big.NewInt(int64(seed))}
	der, err := x509.CreateCertificate(nil, template, template, private.Public(), private)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

func FuzzPEMIsAPairOrAnErrorWithoutTheKey(f *testing.F) {
	cert, key := fixedPair(f, 1)
	other, otherKey := fixedPair(f, 2)
	for _, pair := range [][2][]byte{
		{cert, key}, {cert, otherKey}, {append(cert, other...), key}, {key, cert}, {cert, append(key, otherKey...)},
		{cert[:len(cert)-9], key}, {cert, key[:len(key)-9]}, {cert, key[9:]}, {cert, nil}, {nil, key}, {nil, nil},
		{cert, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")},
		{cert, []byte("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n")},
		{[]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), key},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, cert, key []byte) {
		files := certificateFiles{conf: kubeconfig.TLS{CAData: cert, CertData: cert, KeyData: key}}
		changed, err := files.readAuthority()
		require.False(t, changed && err != nil)
		require.Equal(t, changed, files.roots != nil)

		changed, err = files.readPair()
		require.Equal(t, changed, files.pair != nil)
		if err != nil {
			require.False(t, changed)
			for secret := range strings.FieldsSeq(string(key)) {
				if len(secret) >= 16 {
					require.NotContains(t, err.Error(), secret)
				}
			}
			return
		}
		_, wanted := tls.X509KeyPair(cert, key)
		require.Equal(t, wanted == nil, changed, "crypto/tls says: %v", wanted)
		if changed {
			require.NotNil(t, files.pair.Leaf)
		}
	})
}
