// Package attach attaches to a debug container and shows its output from the first byte.
//
// Attacher attaches until a program answers, and returns once the program has ended.
// Three parts serve it:
//
//   - rewindableStdin sends the caller's stdin anew with each attempt;
//   - outputMerger puts the log of what was written before the attach in front of the live output;
//   - transcript adds from the log what the live output lacks at its end.
//
// EndStdin ends the stdin of a container, as debug.Stop does first.
//
// The package waits for nothing by itself: package debug hands in how the container starts and
// ends.
package attach
