package storage

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

func put(t *testing.T, s *Store, name, value string) *Entry {
	t.Helper()
	e, err := s.Write(api.EventKind, "ns", name, func(map[string]any) (Outcome, error) {
		return Outcome{Object: map[string]any{"metadata": map[string]any{"name": name}, "message": value}}, nil
	})
	require.NoError(t, err)
	return e
}

func TestTheStoreDropsItsOldestChanges(t *testing.T) {
	s := New()
	first := put(t, s, "first", "")
	begin := s.CurrentVersion()
	for i := range historyLength {
		put(t, s, "busy", fmt.Sprint(i))
	}
	_, _, _, ok := s.ChangesSince(api.EventKind, "", begin)
	require.False(t, ok)
	_, _, ok = s.List(api.EventKind, "", begin)
	require.False(t, ok)
	require.LessOrEqual(t, len(s.history), historyLength)
	items, _, ok := s.List(api.EventKind, "ns/f", s.OldestVersion())
	require.True(t, ok)
	require.Same(t, first, items[0].Entry, "what has not changed is there at every version")
	changes, version, _, ok := s.ChangesSince(api.EventKind, "ns/busy", s.OldestVersion())
	require.True(t, ok)
	require.Equal(t, s.OldestVersion()+1, changes[0].version, "the history begins right after what is forgotten")
	require.Equal(t, version, changes[len(changes)-1].version)
}

func TestAnEarlierVersionOfTheStoreNeverChanges(t *testing.T) {
	s := New()
	put(t, s, "a", "1")
	version := s.CurrentVersion()
	put(t, s, "a", "2")
	put(t, s, "b", "1")
	_, err := s.Delete(api.EventKind, "ns", "a", DeleteOptions{}, false)
	require.NoError(t, err)
	then, _, _ := s.List(api.EventKind, "", version)
	require.Len(t, then, 1)
	require.Equal(t, "1", object.Text(then[0].Object, "message"))
	now, _, _ := s.List(api.EventKind, "", 0)
	require.Len(t, now, 1)
	require.Equal(t, "ns/b", now[0].Key)
}

func TestAWriteThatChangesNothingCreatesNoVersion(t *testing.T) {
	s := New()
	e := put(t, s, "a", "1")
	version := s.CurrentVersion()
	same, err := s.Write(api.EventKind, "ns", "a", func(current map[string]any) (Outcome, error) {
		return Outcome{Object: object.With(current, "1", "message")}, nil
	})
	require.NoError(t, err)
	require.Same(t, e, same)
	require.Equal(t, version, s.CurrentVersion())
}
