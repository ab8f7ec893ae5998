package kx_test

import (
	encodingjson "encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// Packages kubeconfig and transport test their own types. This test has the types that hold a
// Client.
func TestNoTypeWithAClientPrintsItsCredential(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithDemo())
	cfg := srv.Config()
	secret := cfg.BearerToken
	require.NotEmpty(t, secret)
	client, err := transport.New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	pods := resources.New[resources.Pod](client)
	require.Eventually(t, func() bool {
		_, err := subresource.Exec(pods).Run(t.Context(), "shell", subresource.ExecOptions{Container: "main", Command: []string{"true"}})
		return err == nil
	}, 30*time.Second, 10*time.Millisecond, "the container runs")
	session, err := subresource.Exec(pods).Start(t.Context(), "shell", subresource.ExecOptions{Container: "main", Command: []string{"sleep", "60"}, Stdout: io.Discard})
	require.NoError(t, err)
	// The session is closed first: printing its memory while it runs would be a data race.
	require.NoError(t, session.Close())
	require.ErrorIs(t, session.Wait(), subresource.ErrSessionClosed)
	report, err := auth.Check(t.Context(), client, "")
	require.NoError(t, err)
	_, missing := pods.Get(t.Context(), "no-such")
	require.Error(t, missing)
	wrong := *cfg
	wrong.Server = "https://127.0.0.1:1"
	lost, err := transport.New(&wrong)
	require.NoError(t, err)
	_, unreached := resources.New[resources.Pod](lost).List(t.Context(), resources.ListOptions{})
	require.Error(t, unreached)

	type holder struct {
		Value any
		inner any
	}
	for name, v := range map[string]any{
		"a Config": cfg, "a Config by value": *cfg, "Options": kubeconfig.Options{Override: kubeconfig.Overrides{Token: secret}},
		"a Client": client, "resty's client": client.Resty(), "an API": pods, "ephemeral containers": subresource.EphemeralContainers(pods),
		"exec": subresource.Exec(pods), "attach": subresource.Attach(pods), "log": subresource.Log(pods), "a session": session,
		"debug's options": debug.Options{}, "a report": report, "a report by value": *report,
		"an error of the server": missing, "an error of the connection": unreached,
	} {
		var b strings.Builder
		inner := v
		switch v.(type) {
		case kubeconfig.Config, *kubeconfig.Config, kubeconfig.Options:
			// fmt calls no methods of a value in an unexported field, so it prints all of its
			// fields.
			inner = nil
		}
		for _, wrapped := range []any{v, []any{v}, map[string]any{"k": v}, holder{v, inner}, &holder{v, inner}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%c", "%U", "%t", "%e"} {
				fmt.Fprintf(&b, verb+"\n", wrapped)
			}
			text, _ := encodingjson.Marshal(wrapped)
			b.Write(text)
			slog.New(slog.NewTextHandler(&b, nil)).Info("shown", "v", wrapped)
			slog.New(slog.NewJSONHandler(&b, nil)).Info("shown", "v", wrapped)
		}
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]")} {
			at := strings.Index(b.String(), form)
			if at >= 0 {
				require.Fail(t, name+" shows it", "%q", b.String()[max(0, at-200):min(b.Len(), at+100)])
			}
		}
	}
}
