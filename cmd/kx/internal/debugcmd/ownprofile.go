package debugcmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/debug"
)

// profileFlag is the flag --profile: a profile of package debug, or one of the user's own.
type profileFlag struct {
	command.Choice
	own string // the name of the user's own profile, or ""
}

// Set checks and stores the value of the flag.
func (p *profileFlag) Set(word string) error {
	p.own = ""
	err := p.Choice.Set(word)
	if err == nil {
		return nil
	}
	if strings.ContainsAny(word, `/\`) {
		return errors.New("must be a name: --custom takes a file")
	}
	folder, names := ownProfiles()
	switch {
	case slices.Contains(names, word):
		p.own = word
		return nil
	case folder == "":
		return err
	case names == nil:
		names = []string{"none"}
	}
	return fmt.Errorf("%w, or of your own in %s: %s", err, folder, printer.JoinWords(names, "or"))
}

// complete offers the names of all profiles.
func (*profileFlag) complete(*cobra.Command, []string, string) (words []string,
	_ cobra.ShellCompDirective) {
	for _, profile := range debug.Profiles() {
		words = append(words, string(profile))
	}
	_, own := ownProfiles()
	return append(words, own...), cobra.ShellCompDirectiveNoFileComp
}

// profileSuffixes are those of the files of the user's own profiles, in the order of precedence.
var profileSuffixes = []string{".yaml", ".json"}

// ownProfiles returns the folder of the user's own profiles, which is "" if it is unknown, and
// their names. A file cannot take the name of a profile of package debug.
func ownProfiles() (folder string, names []string) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", nil
	}
	folder = filepath.Join(config, "kx", "profiles")
	files, _ := os.ReadDir(folder) // a folder that cannot be read has no profile
	for _, file := range files {
		name, isProfile := file.Name(), false
		for _, suffix := range profileSuffixes {
			var found bool
			name, found = strings.CutSuffix(name, suffix)
			isProfile = isProfile || found
		}
		if isProfile && name != "" && !file.IsDir() && !slices.Contains(names, name) &&
			!slices.Contains(debug.Profiles(), debug.Profile(name)) {
			names = append(names, name)
		}
	}
	return folder, names
}

// file returns the file of the user's own profile.
func (p *profileFlag) file() string {
	folder, _ := ownProfiles()
	for _, suffix := range profileSuffixes {
		path := filepath.Join(folder, p.own+suffix)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return filepath.Join(folder, p.own+profileSuffixes[0])
}
