// Package version holds the version of this module, for the User-Agent and kx version.
// It is a constant because debug.ReadBuildInfo adds 8 KB to every program that embeds the library.
package version

// Version is the version of the next release.
const Version = "v0.1.0"
