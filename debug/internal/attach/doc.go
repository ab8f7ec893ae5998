// Package attach attaches to a debug container and shows its output from the first byte.
//
// Attacher attaches until a program answers, and returns once the program has ended.
// Three parts serve it:
//
//   - rewindableStdin sends the caller's stdin anew with each attempt;
//   - outputMerger writes earlier output, which only the log has, before the live output;
//   - outputCopy keeps the output, to find in the log what the live output lacks at its end.
//
// EndStdin ends the stdin of a container; debug.Stop calls it first.
//
// Package debug passes in the waits for the container's start and end.
package attach
