package kxtest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestInvalidOptionsAreErrors(t *testing.T) {
	for want, option := range map[string]kxtest.Option{
		`path prefix "k8s" does not begin with a slash`:                                       kxtest.WithPathPrefix("k8s"),
		`version "1.35" is not of the form 1.35.4`:                                            kxtest.WithVersion("1.35"),
		`version "v1.x.0" is not of the form 1.35.4`:                                          kxtest.WithVersion("v1.x.0"),
		`stream protocol "channel.k8s.io" is neither v5.channel.k8s.io nor v4.channel.k8s.io`: kxtest.WithStreamProtocols("channel.k8s.io"),
		"no stream protocol":                     kxtest.WithStreamProtocols(),
		`program "x" has no name or no function`: kxtest.WithProgram("x", nil),
		"bookmark interval 0s is not positive":   kxtest.WithBookmarkInterval(0),
		`image "[": syntax error in pattern`:     kxtest.WithImage("["),
		`image "a[": syntax error in pattern`:    kxtest.WithRegistryImage("a[", time.Second),
	} {
		_, err := kxtest.New(option)
		require.EqualError(t, err, want)
		failed := &recorder{}
		require.Nil(t, kxtest.Start(failed, option))
		require.ErrorContains(t, failed.err, want)
	}
}
