package kxtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func put(t *testing.T, s *store, name, value string) *entry {
	t.Helper()
	e, err := s.write(eventKind, "ns", name, func(map[string]any) (verdict, error) {
		return verdict{object: map[string]any{"metadata": map[string]any{"name": name}, "message": value}}, nil
	})
	require.NoError(t, err)
	return e
}

func TestTheStoreForgetsItsOldestChanges(t *testing.T) {
	s := newStore()
	first := put(t, s, "first", "")
	begin := s.now()
	for i := range historyLength {
		put(t, s, "busy", fmt.Sprint(i))
	}
	_, _, _, ok := s.since(eventKind, "", begin)
	require.False(t, ok)
	_, _, ok = s.list(eventKind, "", begin)
	require.False(t, ok)
	require.LessOrEqual(t, len(s.history), historyLength)
	items, _, ok := s.list(eventKind, "ns/f", s.oldest())
	require.True(t, ok)
	require.Same(t, first, items[0].entry, "what has not changed is there at every version")
	changes, version, _, ok := s.since(eventKind, "ns/busy", s.oldest())
	require.True(t, ok)
	require.Equal(t, s.oldest()+1, changes[0].version, "the history begins right after what is forgotten")
	require.Equal(t, version, changes[len(changes)-1].version)
}

func TestAStateOfTheStoreNeverChanges(t *testing.T) {
	s := newStore()
	put(t, s, "a", "1")
	version := s.now()
	put(t, s, "a", "2")
	put(t, s, "b", "1")
	_, err := s.remove(eventKind, "ns", "a", deleteOptions{}, false)
	require.NoError(t, err)
	then, _, _ := s.list(eventKind, "", version)
	require.Len(t, then, 1)
	require.Equal(t, "1", text(then[0].object, "message"))
	now, _, _ := s.list(eventKind, "", 0)
	require.Len(t, now, 1)
	require.Equal(t, "ns/b", now[0].key)
}

func TestAWriteThatChangesNothingHasNoVersion(t *testing.T) {
	s := newStore()
	e := put(t, s, "a", "1")
	version := s.now()
	same, err := s.write(eventKind, "ns", "a", func(current map[string]any) (verdict, error) {
		return verdict{object: with(current, "1", "message")}, nil
	})
	require.NoError(t, err)
	require.Same(t, e, same)
	require.Equal(t, version, s.now())
}
