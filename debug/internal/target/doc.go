// Package target examines the target of a debug container: the container whose processes the debug
// container shares. The package finds the target's user and group, and the path of its files in the
// debug container.
package target
