package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/cmd/kx/internal/transcript"
)

type recordPlayCommand struct {
	*command.Invocation
	speed int
	idle  command.DurationFlag
}

func newRecordPlay(k *command.Invocation) *cobra.Command {
	p := &recordPlayCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "play FILE",
		Short: "Replay a transcript in the terminal",
		RunE: func(cmd *cobra.Command, args []string) error {
			if p.speed < 1 {
				return command.Usagef("--speed must be 1 or more")
			}
			reader, err := openTranscript(k, args)
			if err != nil {
				return err
			}
			return p.play(cmd.Context(), args[0], reader)
		},
	}
	cmd.Flags().IntVar(&p.speed, "speed", 1, "`TIMES` the pace of the session, such as 2")
	cmd.Flags().Var(&p.idle, "idle", "longest pause, such as 2s; 0: as recorded")
	setRecordHelp(k, cmd, recordPlayHelp)
	return cmd
}

var recordPlayHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Replay a session", CommandLine: "kx record play s.cast"},
		{Purpose: "Replay it faster, without long pauses",
			CommandLine: "kx record play s.cast --speed 4 --idle 1s"},
		{Purpose: "Write its output to a file", CommandLine: "kx record play s.cast > s.txt"},
	},
	Background: `kx shows what the program printed, at the pace of the session. The key q ends the
replay, and ^C interrupts it. --idle applies before --speed.

The terminal gets characters, colours, the movements of the cursor and the alternate screen. kx
leaves out what makes a terminal answer, or changes more than what it shows: queries, titles, the
clipboard, reports of the mouse. What a program printed can still look like a message of kx.

If stdout is no terminal, kx prints the output without pauses, byte for byte.`,
}

var (
	errStopped     = errors.New("stopped")
	errInterrupted = errors.New("interrupted")
)

// play replays the transcript of a file until its end, a key or a signal.
func (p *recordPlayCommand) play(ctx context.Context, name string,
	reader *transcript.Reader) error {
	out, _ := p.Out.(*printer.Output)
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var filter transcript.Filter
	if out.IsTerminal {
		p.readKeys(end)
		defer func() {
			_, _ = out.Writer.Write([]byte(filter.Leave()))
			p.Terminal.Restore()
		}()
	}
	last := time.Duration(0)
	for ctx.Err() == nil {
		e, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return transcriptError(name, err)
		}
		if out.IsTerminal {
			pause := e.Time - last
			if p.idle > 0 {
				pause = min(pause, time.Duration(p.idle))
			}
			last = e.Time
			select {
			case <-time.After(pause / time.Duration(p.speed)):
			case <-ctx.Done():
				continue
			}
		}
		if e.Code != "o" {
			continue
		}
		if out.IsTerminal {
			e.Data = filter.Pass(e.Data)
		}
		if _, err = out.Unescaped().Write([]byte(e.Data)); err != nil {
			return err
		}
	}
	err := context.Cause(ctx)
	if errors.Is(err, errStopped) {
		return nil
	}
	return err
}

// readKeys makes the terminal raw. The keys q and ^C then end the replay.
func (p *recordPlayCommand) readKeys(end context.CancelCauseFunc) {
	in := term.FileOf(p.In)
	if in == nil || p.Terminal.MakeRaw(in) != nil {
		return
	}
	go func() {
		buffer := make([]byte, 64)
		for {
			n, err := in.Read(buffer)
			switch {
			case bytes.IndexByte(buffer[:n], '\x03') >= 0:
				end(errInterrupted)
			case err != nil || bytes.IndexByte(buffer[:n], 'q') >= 0:
				end(errStopped)
			}
			if err != nil {
				return
			}
		}
	}()
}
