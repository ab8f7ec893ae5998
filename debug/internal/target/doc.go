// Package target finds out about the target of a debug container, the container whose processes it
// shares: the user and group of the target, and the path of its files as the debug container sees
// them.
package target
