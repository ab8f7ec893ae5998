package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/imagearchive"
)

type imagePackCommand struct {
	*command.Invocation
	options imagearchive.PackOptions
	output  string
}

func newImagePack(k *command.Invocation) *cobra.Command {
	p := &imagePackCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "pack NAME:TAG [PATH]...",
		Short: "Make a debug image of static programs",
		RunE:  func(cmd *cobra.Command, args []string) error { return p.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVar(&p.options.Busybox, "busybox", "", "a static busybox, `FILE`")
	f.StringVarP(&p.output, "output", "o", "", "`FILE` of the archive, not stdout")
	command.RegisterQuiet(k, cmd, "print only errors")
	command.MustRegister(cmd.MarkFlagFilename("busybox"))
	command.MustRegister(cmd.MarkFlagFilename("output"))
	setImageHelp(k, cmd, imagePackHelp)
	return cmd
}

var imagePackHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Make an image of busybox",
			CommandLine: "kx image pack kx.local/tools:1 --busybox ./busybox -o tools.tar"},
		{Purpose: "Add a program, and a directory with other files",
			CommandLine: "kx image pack kx.local/tools:1 ./strace ./root \\\n" +
				"  --busybox ./busybox -o tools.tar"},
		{Purpose: "Write the archive to stdout",
			CommandLine: "kx image pack kx.local/tools:1 ./strace > tools.tar"},
	},
	Tables: []command.Table{{Heading: "PATHS", Rows: []command.Row{
		{Name: "program", Text: "an ELF file or a script: becomes /bin/NAME"},
		{Name: "directory", Text: "its contents are laid over the root of the image"},
		{Name: "--busybox FILE", Text: "/bin/busybox, with a link in /bin for each program in it"},
	}}},
	Background: `kx writes an archive of the OCI image specification, with the index of docker save
beside it. "ctr -n k8s.io images import FILE" and "docker load -i FILE" read it. The same files give
the same bytes: all belong to root, have no times, and have the modes 0755 or 0644.

The programs must be static, and for one architecture, which kx reads from them. A directory may
bring a dynamic linker with its libraries. kx runs none of the programs. A program or a file of a
directory takes the place of a link of busybox. Any other name that is there twice is an error.

The image's command is /bin/sh, or its only program. Give a tag other than latest: for latest the
server's default is to pull, which fails without a registry.`,
}

func (p *imagePackCommand) run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return command.Usagef("give the name of the image, such as kx.local/tools:1")
	}
	p.options.Name, p.options.Paths = args[0], args[1:]
	if p.options.Busybox == "" && len(p.options.Paths) == 0 {
		return command.Usagef("an image needs a program: give --busybox or a PATH")
	}
	out := p.Out.(*printer.Output)
	if p.output == "-" {
		p.output = ""
	}
	if p.output == "" && out.IsTerminal {
		return command.Usagef("an archive is not for a terminal: give -o FILE")
	}
	var image *imagearchive.Image
	pack := func(w io.Writer) (err error) {
		image, err = imagearchive.Pack(ctx, w, p.options)
		return err
	}
	var err error
	if p.output == "" {
		err = pack(out.Unescaped())
	} else {
		err = writeThenRename(p.output, pack)
	}
	if err != nil {
		return fmt.Errorf("cannot pack the image: %w", err)
	}
	if strings.HasSuffix(image.Name, ":latest") {
		command.Notice(p.Invocation, "Warning: the tag is latest, which nodes pull by default: "+
			"give --image-pull-policy Never with the image, or another tag")
	}
	command.Notice(p.Invocation, "Packed image %s for %s/%s", image.Name, image.OS,
		image.Architecture)
	return nil
}

// writeThenRename writes a file beside its place, and then renames it. It leaves no half file.
func writeThenRename(name string, write func(io.Writer) error) error {
	partial := name + ".partial"
	_ = os.Remove(partial) // of a killed kx
	file, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = write(file)
	closing := file.Close()
	if err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(partial, name)
	}
	if err != nil {
		_ = os.Remove(partial)
	}
	return err
}
