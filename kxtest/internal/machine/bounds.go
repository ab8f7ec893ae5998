package machine

// The bounds of a machine.
const (
	maxProcesses = 256
	maxDisk      = 64 << 20  // bytes of files
	maxMemory    = 128 << 20 // bytes that commands keep in memory
)

// The bounds of a shell.
const (
	maxDepth  = 500       // nested functions and commands
	maxSource = 256 << 10 // bytes of one command
	// tokens in one command that may begin something nested; the parser itself has no bound
	maxNesting = 10000
	// entrySize is the part of maxExpansion that a directory entry uses beside its name.
	entrySize    = 64
	maxExpansion = 4 << 20 // bytes that the words of one command may become
)
