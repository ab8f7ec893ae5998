package resources_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// settings returns the API of config maps, with one called "settings".
func settings(t *testing.T, server *kxtest.Server) *resources.API[resources.ConfigMap] {
	t.Helper()
	api := resources.New[resources.ConfigMap](connect(t, server.Config()))
	_, err := api.Create(t.Context(), &resources.ConfigMap{Metadata: metaNamed("settings"), Data: map[string]string{"n": "0"}})
	require.NoError(t, err)
	server.ForgetRequests()
	return api
}

// increment adds 1 to the number in a config map.
func increment(m *resources.ConfigMap) error {
	n, err := strconv.Atoi(m.Data["n"])
	m.Data["n"] = strconv.Itoa(n + 1)
	return err
}

// methods lists the methods of the requests so far.
func methods(server *kxtest.Server) (list []string) {
	for _, r := range server.Requests() {
		list = append(list, r.Method)
	}
	return list
}

func TestModifyReadsChangesAndWrites(t *testing.T) {
	server := start(t)
	api := settings(t, server)
	stored, err := api.Modify(t.Context(), "settings", increment, resources.FieldManager("me"), resources.RequestTimeout(time.Minute))
	require.NoError(t, err)
	require.Equal(t, "1", stored.Data["n"])
	require.Equal(t, []string{http.MethodGet, http.MethodPut}, methods(server))
	require.Empty(t, server.Requests()[0].Query)
	require.Equal(t, "fieldManager=me", server.Requests()[1].Query.Encode())

	t.Run("nothing is written where nothing changes", func(t *testing.T) {
		server.ForgetRequests()
		same, err := api.Modify(t.Context(), "settings", func(m *resources.ConfigMap) error {
			m.Data = map[string]string{"n": "1"}
			m.Metadata.Labels = nil
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, stored, same)
		require.Equal(t, []string{http.MethodGet}, methods(server))
	})
	t.Run("nothing is written if the function fails", func(t *testing.T) {
		server.ForgetRequests()
		for _, failure := range []error{errors.New("no"), fmt.Errorf("of another call: %w", transport.ErrConflict)} {
			_, err := api.Modify(t.Context(), "settings", func(m *resources.ConfigMap) error { m.Data = nil; return failure })
			require.Equal(t, failure, err)
		}
		require.Equal(t, []string{http.MethodGet, http.MethodGet}, methods(server))
	})
	t.Run("a dry run stores nothing", func(t *testing.T) {
		dry, err := api.Modify(t.Context(), "settings", increment, resources.DryRun())
		require.NoError(t, err)
		require.Equal(t, "2", dry.Data["n"])
		read, err := api.Get(t.Context(), "settings")
		require.NoError(t, err)
		require.Equal(t, stored, read)
	})
	t.Run("an object of another namespace", func(t *testing.T) {
		everywhere := resources.New[resources.ConfigMap](api.Client(), resources.AllNamespaces())
		stored, err := everywhere.Modify(t.Context(), "settings", increment, resources.InNamespace("default"))
		require.NoError(t, err)
		require.Equal(t, "2", stored.Data["n"])
		_, err = everywhere.Modify(t.Context(), "settings", increment)
		require.ErrorAs(t, err, new(*resources.OptionError))
	})
	t.Run("an object that does not exist", func(t *testing.T) {
		_, err := api.Modify(t.Context(), "missing", increment)
		require.ErrorIs(t, err, transport.ErrNotFound)
	})
	t.Run("wrong options are found before anything is sent", func(t *testing.T) {
		server.ForgetRequests()
		_, err := api.Modify(t.Context(), "settings", increment, resources.FieldValidation("Maybe"))
		require.ErrorAs(t, err, new(*resources.OptionError))
		require.Empty(t, server.Requests())
	})
}

func TestModifyOfASubresourceChangesOnlyThat(t *testing.T) {
	server := start(t, kxtest.WithDemo())
	pods := resources.New[resources.Pod](connect(t, server.Config()))
	status := resources.Sub[resources.Pod](pods, "status")
	pod, err := status.Modify(t.Context(), "shell", func(p *resources.Pod) error {
		p.Status.Message = "seen"
		p.Spec.Priority = nil
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, "seen", pod.Status.Message)
	require.NotNil(t, pod.Spec.Priority)
	require.Equal(t, "/api/v1/namespaces/default/pods/shell/status", last(t, server).Path)
}

func TestModifyStartsAgainAfterAConflict(t *testing.T) {
	server := start(t)
	api := settings(t, server)
	calls := 0
	stored, err := api.Modify(t.Context(), "settings", func(m *resources.ConfigMap) error {
		calls++
		if calls < 4 { // another program is faster
			other, err := api.Get(t.Context(), "settings")
			require.NoError(t, err)
			other.Data["other"] = strconv.Itoa(calls)
			_, err = api.Update(t.Context(), other)
			require.NoError(t, err)
		}
		return increment(m)
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"n": "1", "other": "3"}, stored.Data)
	require.Equal(t, 4, calls)
}

func TestModifyOfManyWritersLosesNoChange(t *testing.T) {
	server := start(t)
	api := settings(t, server)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				_, err := api.Modify(t.Context(), "settings", increment)
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	stored, err := api.Get(t.Context(), "settings")
	require.NoError(t, err)
	require.Equal(t, "40", stored.Data["n"])
}

func TestModifyDoesNotWriteToAnotherObjectOfTheSameName(t *testing.T) {
	server := start(t)
	api := settings(t, server)
	calls := 0
	_, err := api.Modify(t.Context(), "settings", func(m *resources.ConfigMap) error {
		calls++
		_, err := api.Delete(t.Context(), "settings")
		require.NoError(t, err)
		_, err = api.Create(t.Context(), &resources.ConfigMap{Metadata: metaNamed("settings"), Data: map[string]string{"n": "7"}})
		require.NoError(t, err)
		return increment(m)
	})
	require.ErrorIs(t, err, resources.ErrRecreated)
	require.ErrorIs(t, err, transport.ErrConflict)
	var gaveUp *resources.ModifyError
	require.ErrorAs(t, err, &gaveUp)
	require.Equal(t, 2, gaveUp.Attempts)
	require.ErrorContains(t, err, "modify configmaps settings: gave up after 2 attempts: the object was deleted and created anew; PUT ")
	require.Equal(t, 1, calls)
	stored, err := api.Get(t.Context(), "settings")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"n": "7"}, stored.Data)
}

func TestModifyOfAnObjectThatIsDeletedMeanwhileFails(t *testing.T) {
	server := start(t)
	api := settings(t, server)
	_, err := api.Modify(t.Context(), "settings", func(m *resources.ConfigMap) error {
		_, err := api.Delete(t.Context(), "settings")
		require.NoError(t, err)
		return increment(m)
	})
	require.ErrorIs(t, err, transport.ErrNotFound)
}

func TestModifyDoesNotWriteAnotherIdentity(t *testing.T) {
	server := start(t)
	api := settings(t, server)
	for name, change := range map[string]func(*resources.ObjectMeta){
		"name":            func(m *resources.ObjectMeta) { m.Name = "other" },
		"namespace":       func(m *resources.ObjectMeta) { m.Namespace = "kube-system" },
		"uid":             func(m *resources.ObjectMeta) { m.UID = "" },
		"resourceVersion": func(m *resources.ObjectMeta) { m.ResourceVersion = "" },
	} {
		t.Run(name, func(t *testing.T) {
			server.ForgetRequests()
			_, err := api.Modify(t.Context(), "settings", func(m *resources.ConfigMap) error { change(&m.Metadata); return nil })
			require.ErrorContains(t, err, "modify configmaps settings: the function has changed the metadata from {settings default ")
			require.Equal(t, []string{http.MethodGet}, methods(server))
		})
	}
}

// conflicting returns the API of a server that answers each write with code and body.
func conflicting(t *testing.T, meta string, write func(w http.ResponseWriter)) *resources.API[resources.ConfigMap] {
	return resources.New[resources.ConfigMap](serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"kind":"ConfigMap","apiVersion":"v1","metadata":`+meta+`,"data":{"n":"0"}}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		write(w)
	}), resources.InNamespace("default"))
}

const settingsMeta = `{"name":"settings","namespace":"default","uid":"1","resourceVersion":"1"}`

func TestModifyTriesUntilTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	writes, cause := 0, errors.New("out of patience")
	api := conflicting(t, settingsMeta, func(w http.ResponseWriter) {
		writes++
		if writes == 5 {
			cancel(cause)
		}
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"kind":"Status","status":"Failure","reason":"Conflict","code":409,"message":"changed"}`)
	})
	calls := 0
	_, err := api.Modify(ctx, "settings", func(m *resources.ConfigMap) error { calls++; return increment(m) })
	var gaveUp *resources.ModifyError
	require.ErrorAs(t, err, &gaveUp)
	require.Equal(t, "configmaps settings", gaveUp.Resource)
	require.Equal(t, calls, gaveUp.Attempts)
	require.Equal(t, 5, gaveUp.Attempts)
	require.ErrorIs(t, err, transport.ErrConflict)
	require.ErrorContains(t, gaveUp.Conflict, "changed")

	t.Run("also if it ends in the first attempt", func(t *testing.T) {
		_, err := api.Modify(canceled(), "settings", increment)
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, errors.As(err, new(*resources.ModifyError)))
	})
}

func TestModifyStartsAgainAfterNoOtherFailure(t *testing.T) {
	for name, c := range map[string]struct {
		write func(w http.ResponseWriter)
		want  error
	}{
		"AlreadyExists": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"kind":"Status","status":"Failure","reason":"AlreadyExists","code":409}`)
		}, transport.ErrAlreadyExists},
		"a refusal":                    {func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }, transport.ErrForbidden},
		"a write whose answer is lost": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, transport.ErrOutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			_, err := conflicting(t, settingsMeta, c.write).Modify(t.Context(), "settings",
				func(m *resources.ConfigMap) error { calls++; return increment(m) })
			require.ErrorIs(t, err, c.want)
			require.Equal(t, 1, calls)
		})
	}
	t.Run("an object without a resourceVersion", func(t *testing.T) {
		_, err := conflicting(t, `{"name":"settings"}`, func(http.ResponseWriter) { t.Error("it was written") }).
			Modify(t.Context(), "settings", increment)
		require.EqualError(t, err, "GET configmaps settings: the answer cannot be read: the object has no resourceVersion: a write could undo the change of another program; a proxy may have sent it")
	})
}

func TestModifyOfACallersOwnModelComparesMapsInOrder(t *testing.T) {
	server := start(t)
	api := settings(t, server)
	_, err := api.Modify(t.Context(), "settings", func(m *resources.ConfigMap) error {
		for i := range 20 {
			m.Data[strconv.Itoa(i)] = ""
		}
		return nil
	})
	require.NoError(t, err)
	server.ForgetRequests()
	for range 10 {
		_, err = resources.New[ticket](api.Client()).Modify(t.Context(), "settings", func(*ticket) error { return nil })
		require.NoError(t, err)
	}
	require.NotContains(t, methods(server), http.MethodPut)
}

// sealed cannot be encoded once its data has a seal.
type sealed struct {
	Metadata resources.ObjectMeta `json:"metadata"`
	Data     map[string]string    `json:"data"`
}

var errSealed = errors.New("it is sealed")

func (*sealed) APIKind() resources.Kind       { return configMapKind }
func (s *sealed) Meta() *resources.ObjectMeta { return &s.Metadata }
func (s *sealed) MarshalJSON() ([]byte, error) {
	if s.Data["seal"] != "" {
		return nil, errSealed
	}
	type plain sealed
	return json.Marshal((*plain)(s))
}

func TestModifyWritesNoObjectThatItCannotEncode(t *testing.T) {
	server := start(t)
	api := settings(t, server)
	own := resources.New[sealed](api.Client())
	seal := func(s *sealed) error { s.Data["seal"] = "wax"; return nil }
	_, err := own.Modify(t.Context(), "settings", seal)
	require.ErrorIs(t, err, errSealed)
	require.Equal(t, []string{http.MethodGet}, methods(server))

	_, err = api.Modify(t.Context(), "settings", func(m *resources.ConfigMap) error { m.Data["seal"] = "wax"; return nil })
	require.NoError(t, err)
	server.ForgetRequests()
	_, err = own.Modify(t.Context(), "settings", func(*sealed) error { t.Error("the object is not known"); return nil })
	require.ErrorIs(t, err, errSealed)
	require.Equal(t, []string{http.MethodGet}, methods(server))
}
