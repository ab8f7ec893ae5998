// Package pty opens pseudo-terminals (pty(7)) for tests and benchmarks, on Linux.
package pty
