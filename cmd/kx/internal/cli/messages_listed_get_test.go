package cli

// getListed are the messages of kx get. The tests of its formats bring them about.
var getListed = []listedMessage{
	{"label columns with -o json", "-o %s has no columns for labels"},
	{"--raw and a kind", "--raw excludes kinds, files, selectors, formats and --watch"},
	{"--raw and a URL", "--raw %q is not a path, such as /healthz?verbose"},
	{"-f and --subresource", "-f excludes --subresource"},
	{"a watch of several objects", "--watch takes one kind, and at most one name"},
	{"a watch of a subresource", "--watch excludes --subresource"},
	{"a watch in an order", "--sort-by has no effect with --watch"},
	{"types of changes without a watch", "--output-watch-events needs --watch or --watch-only"},
	{"a server's event with several rows", "an event has %d rows"},
	{"a negative --chunk-size", "--chunk-size must not be negative"},
	{"-o jsonpath without a template", "%s needs a value: %s=…"},
	{"-o go-template", "kx has no Go templates: use jsonpath=TEMPLATE or custom-columns=…"},
	{"the help of -o", "output `FORMAT`, as listed above"},
	{"a custom column without a path", "column %q is not HEADING:PATH, such as NAME:.metadata.name"},
	{"a file of columns with one line", "a line of headings and a line of paths are needed"},
	{"a file of columns with a missing path", "the first line has %d headings, and the second has %d paths"},
	{"--sort-by a field that no object has", "cannot sort by %q: no object has a value there"},
	{"--sort-by fails", "cannot sort by %q: %w"},
	{"--sort-by: why", "a value is an object or an array"},
	{"--sort-by: why", "the values are %ss and %ss"},
	{"a server's row or metadata has no name", "the server sent an object without a name"},
	{"a proxy's table has no metadata", "cannot read the metadata of the server's table: %w"},
}
