package debug

// Custom is a part of a container, to be merged into that of a profile. ParseCustom makes one.
type Custom struct{}
