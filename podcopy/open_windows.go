package podcopy

// openFlags are empty: os.Root does not follow links out of its directory, and pipes are no files
// here.
const openFlags = 0
