package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheNumbersOfKxtestAreThoseOfTheAPI(t *testing.T) {
	var want bytes.Buffer
	require.NoError(t, write(&want))
	got, err := os.ReadFile("../../kxtest/internal/object/protonumbers.txt")
	require.NoError(t, err)
	require.Equal(t, want.String(), string(got), "go run ./protonumbers writes them")
}
