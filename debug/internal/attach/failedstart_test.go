package attach

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
)

func TestASessionGetsAllOfItsStdinThoughNobodySawTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started, done := make(chan struct{}), make(chan struct{})
		close(started)
		const size = 3 * maxKept
		got := 0
		server := &attachServer{serve: func(_ int, p *wstest.Peer) {
			time.AfterFunc(2*finalAfter, func() { close(done) })
			for got < size {
				m, err := p.NextMessage()
				if err != nil {
					return
				}
				got += len(m) - 1
			}
			_ = p.Message(3, `{"metadata":{},"status":"Success"}`)
			_ = p.SendClose(1000)
			p.WaitClosed()
		}}
		failed := func() (State, error) { return State{}, errors.New("the watch was silent") }
		a := server.attacher(t, PendingStart{Started: started, Done: done, State: failed}, io.Discard)
		a.Stdin = bytes.NewReader(make([]byte, size))
		state, err := a.Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, State{ExitCode: 3}, state)
		require.Equal(t, size, got)
	})
}

func TestALateRefusalAfterAFailedStartIsTheStartsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started, done := make(chan struct{}), make(chan struct{})
		close(started)
		server := &attachServer{serve: func(_ int, p *wstest.Peer) {
			go func() {
				for {
					if _, err := p.NextMessage(); err != nil {
						return
					}
				}
			}()
			time.Sleep(finalAfter / 4)
			close(done)
			time.Sleep(finalAfter / 4)
			_ = p.Message(3, `{"status":"Failure","code":500,"message":"container debugger not found in pod web"}`)
			_ = p.SendClose(1000)
			p.WaitClosed()
		}}
		errStart := errors.New("the image cannot be pulled")
		failed := func() (State, error) { return State{}, errStart }
		a := server.attacher(t, PendingStart{Started: started, Done: done, State: failed}, io.Discard)
		a.Stdin = bytes.NewReader(make([]byte, 3*maxKept))
		_, err := a.Run(t.Context())
		require.Equal(t, errStart, err)
	})
}
