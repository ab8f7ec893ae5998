package faults_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/podcopy"
	"github.com/kx-k8s/kx/portforward"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// startLimit is how long a debug container may take to start. A node with many cells needs longer
// than kxtest.
func startLimit() time.Duration {
	if *e2e {
		return time.Minute
	}
	return 20 * time.Second
}

// streams are the calls whose answers are logs or sessions.
func streams() []*subject {
	echoed := func(conn io.ReadWriteCloser, err error) (string, error) {
		if err != nil {
			return "", err
		}
		defer conn.Close()
		_, err = io.WriteString(conn, "hello\n")
		if err != nil {
			return "", err
		}
		got := make([]byte, len("hello\n"))
		n, err := io.ReadFull(conn, got)
		return string(got[:n]), err
	}
	return []*subject{
		{name: "Log.Get", call: func(c *callOf) (string, error) {
			text, err := subresource.Log(c.pods).Get(c.ctx, "done", subresource.LogOptions{})
			return string(text), err
		}, partial: true},
		{name: "Log.Lines", partial: true, follows: true, call: func(c *callOf) (out string, err error) {
			for line, err := range subresource.Log(c.pods).Lines(c.ctx, "done", subresource.LogOptions{Follow: true}) {
				if err != nil {
					return out, err
				}
				out += line.Text + "\n"
			}
			return out, nil
		}},
		{name: "Log.Merge", partial: true, call: func(c *callOf) (out string, err error) {
			for line, err := range subresource.Log(c.pods).Merge(c.ctx, subresource.MergeOptions{LabelSelector: "app=done"}) {
				if err != nil {
					return out, err
				}
				out += line.Text + "\n"
			}
			return out, nil
		}},
		{name: "Log.Open", partial: true, call: func(c *callOf) (string, error) {
			reader, err := subresource.Log(c.pods).Open(c.ctx, "done", subresource.LogOptions{})
			if err != nil {
				return "", err
			}
			defer reader.Close()
			text, err := io.ReadAll(reader)
			return string(text), err
		}},
		{name: "Exec.Run", partial: true, call: func(c *callOf) (string, error) {
			got, err := subresource.Exec(c.pods).Run(c.ctx, "shared", subresource.ExecOptions{
				Command: []string{"sh", "-c", "echo one; sleep 0.1; echo two"}})
			if got == nil {
				return "", err
			}
			return string(got.Stdout), err
		}},
		{name: "Exec.Start", partial: true, call: func(c *callOf) (string, error) {
			var out bytes.Buffer
			session, err := subresource.Exec(c.pods).Start(c.ctx, "shared", subresource.ExecOptions{
				Command: []string{"cat"}, Stdin: strings.NewReader("one\n"), Stdout: &out})
			if err != nil {
				return "", err
			}
			err = session.Wait()
			return out.String(), err
		}},
		{name: "Attach.Start", partial: true, needs: reading, call: func(c *callOf) (string, error) {
			var out bytes.Buffer
			session, err := subresource.Attach(c.pods).Start(c.ctx, c.name, subresource.AttachOptions{
				Stdin: strings.NewReader("one\ntwo\n"), Stdout: &out})
			if err != nil {
				return "", err
			}
			err = session.Wait()
			return out.String(), err
		}},
		{name: "PortForward.Dial", partial: true, call: func(c *callOf) (string, error) {
			conn, err := subresource.PortForward(c.pods).Dial(c.ctx, "shared", 8080)
			if err != nil {
				return "", err
			}
			return echoed(conn, nil)
		}},
		{name: "Forwarder.Dial", partial: true, call: func(c *callOf) (string, error) {
			kind, _ := resources.BuiltIn("pods")
			forwarder, err := portforward.New(c.ctx, c.client, kind, "shared", portforward.Options{})
			if err != nil {
				return "", err
			}
			conn, err := forwarder.Dial(c.ctx, "8080")
			if err != nil {
				return "", err
			}
			return echoed(conn, nil)
		}},
		{name: "podcopy.From", call: func(c *callOf) (string, error) {
			return "", podcopy.From(c.ctx, c.pods, "shared", podcopy.Options{
				Remote: "/etc/passwd", Local: filepath.Join(c.folder, "passwd")})
		}},
		{name: "podcopy.To", call: func(c *callOf) (string, error) {
			local := filepath.Join(c.folder, "file")
			err := os.WriteFile(local, bytes.Repeat([]byte("line\n"), 1000), 0o600)
			if err != nil {
				return "", err
			}
			return "", podcopy.To(c.ctx, c.pods, "shared", podcopy.Options{Local: local, Remote: "/tmp/" + c.name})
		}},
		{name: "debug.Stop", needs: debugged, verifies: true, call: func(c *callOf) (string, error) {
			stopped, err := debug.Stop(c.ctx, c.pods, c.name, debug.StopOptions{Container: "tools", Grace: time.Second})
			if err != nil {
				return "", err
			}
			return fmt.Sprint(stopped[0].Name, " ", stopped[0].WasRunning), stopped[0].Err
		}},
		{name: "debug.RunCopy", needs: copied, checks: true, call: func(c *callOf) (string, error) {
			got, err := debug.RunCopy(c.ctx, c.pods, c.name, debug.CopyOptions{To: c.name + "-copy",
				Options: debug.Options{Name: "tools", Image: image, ImagePullPolicy: "Never", Profile: debug.Baseline,
					Timeout: startLimit(), Command: []string{"sleep", "60"}}})
			if err != nil {
				return "", err
			}
			return got.Pod + " " + got.Container, nil
		}},
		{name: "debug.RunOnNode", needs: onNode, cleans: true, checks: true, partial: true, call: func(c *callOf) (string, error) {
			var out bytes.Buffer
			_, err := debug.RunOnNode(c.ctx, c.pods, c.node, debug.NodeOptions{
				Options: debug.Options{Image: image, ImagePullPolicy: "Never", Profile: debug.Baseline, Timeout: startLimit(),
					Stdout: &out, Command: []string{"sh", "-c", "echo one; echo two", c.name}, Notice: c.note}})
			return out.String(), err
		}},
		{name: "debug.Run", needs: running, checks: true, call: func(c *callOf) (string, error) {
			got, err := debug.Run(c.ctx, c.pods, c.name, debug.Options{Name: "tools", Image: image,
				ImagePullPolicy: "Never", Profile: debug.Baseline, Timeout: startLimit(), Command: []string{"sleep", "60"}})
			if err != nil {
				return "", err
			}
			return got.Container, nil
		}},
		{name: "debug.Run attached", needs: running, checks: true, partial: true, call: func(c *callOf) (string, error) {
			var out bytes.Buffer
			_, err := debug.Run(c.ctx, c.pods, c.name, debug.Options{Name: "tools", Image: image,
				ImagePullPolicy: "Never", Profile: debug.Baseline, Timeout: startLimit(), Stdout: &out,
				Command: []string{"sh", "-c", "echo one; echo two"}, Notice: c.note})
			return out.String(), err
		}},
	}
}
