package cli

// imageListed are the messages of imagearchive and kx image that other tables do not bring about.
var imageListed = []listedMessage{
	{"image pack without -o, at a terminal", "an archive is not for a terminal: give -o FILE"},
	{"image pack fails", "cannot pack the image: %w"},
	{"image pack NAME:latest", "Warning: the tag is latest, which nodes pull by default: give --image-pull-policy Never with the image, or another tag"},
	{"image pack has packed", "Packed image %s for %s/%s"},
	{"image pack of a name without a tag", "image %q: an image is packed under a name with a tag, such as %s:1"},
	{"a program packs nothing", "an image needs a program: give a busybox, a program or a directory"},
	{"image pack of a directory without a program", "has no program for Linux, so the image's architecture is unknown: give an ELF file"},
	{"image pack of a dynamic program", "is linked dynamically and needs %q, which the image lacks: link it statically, or give a directory that has its libraries"},
	{"image pack of a text", "is no program for Linux, neither an ELF file nor a script: give the directory that has it"},
	{"image pack of a directory with a socket", "is no file, directory or symbolic link"},
	{"image pack of two architectures", "is for %s, and %s for %s: an image has one architecture"},
	{"image pack of an unknown architecture", "is for a processor that kx does not know (ELF machine %d)"},
	{"image pack of a cut program", "is a damaged ELF file: its program headers are not at its beginning"},
	{"image pack of two files with one name", "would be /%s, which is %s already"},
	{"image pack of a name that tar cannot hold", "cannot be in an archive: %w"},
	{"image pack of a file that is cut meanwhile", "became shorter while it was packed: pack it again"},
	{"image pack of a file that changes meanwhile", "a file changed while it was packed: pack it again"},
	{"image pack --busybox of another program", "is no busybox for Linux: no list of programs is in it"},
}
