// Package version holds the version of this module, for the User-Agent and for kx version.
// It is a constant because reading it from the build's notes costs 8 KB in every program that embeds the library.
package version

// Version is the next release's until that is tagged.
const Version = "v0.1.0"
