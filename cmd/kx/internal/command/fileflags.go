package command

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// FileFlags name the files of a command.
type FileFlags struct {
	// Names are files, folders, and - for stdin.
	Names     []string
	recursive bool
}

// Register registers --filename and --recursive.
func (f *FileFlags) Register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.Names, "filename", "f", nil,
		"`FILE` or folder, or - for stdin; repeatable")
	cmd.Flags().BoolVarP(&f.recursive, "recursive", "R", false, "read the folders in folders too")
}

// manifestSuffixes are those of the files that are read in a folder. They are kubectl's.
var manifestSuffixes = []string{".json", ".yaml", ".yml"}

// expand returns the files, with those of a folder in the place of the folder, sorted by name.
func (f *FileFlags) expand() ([]string, error) {
	if len(f.Names) == 0 || slices.Contains(f.Names, "") {
		return nil, Usagef("no file is given: use -f FILE, or -f - for stdin")
	}
	var files []string
	stdin := false
	for _, name := range f.Names {
		info, err := os.Stat(name)
		switch {
		case name == "-" && stdin:
			return nil, Usagef("-f - is given twice: stdin can be read only once")
		case strings.HasPrefix(name, "https://"), strings.HasPrefix(name, "http://"):
			return nil, Usagef("-f takes no URL: download the file, read it, and give its name")
		case name == "-":
			stdin = true
			files = append(files, name)
		case err == nil && info.IsDir():
			found, err := f.inFolder(name)
			if err != nil {
				return nil, err
			}
			files = append(files, found...)
		default: // reading a missing file fails with its name
			files = append(files, name)
		}
	}
	return files, nil
}

// inFolder returns the manifests of a folder.
func (f *FileFlags) inFolder(folder string) (files []string, err error) {
	// Behind a separator a symbolic link is followed.
	folder = filepath.Clean(folder) + string(filepath.Separator)
	err = filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != folder && !f.recursive:
			return filepath.SkipDir
		case !entry.IsDir() && slices.Contains(manifestSuffixes, filepath.Ext(name)):
			files = append(files, name)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: the folder holds no file with a name in %s", folder,
			strings.Join(manifestSuffixes, ", "))
	}
	return files, err
}
