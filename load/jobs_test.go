package load_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/podcopy"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// jobs returns one job of each kind.
func (s *soaking) jobs() []job {
	return append(s.faultJobs(),
		job{"get", s.get},
		job{"list", s.list},
		job{"create, patch, modify, delete", s.write},
		job{"watch", s.watch},
		job{"exec", s.execute},
		job{"log", s.follow},
		job{"port-forward", s.forward},
		job{"copy in and out", s.copyBoth},
		job{"debug: add, attach, stop", s.debug},
	)
}

// equal returns an error if two results differ.
func equal(got, wanted string) error {
	if got != wanted {
		return fmt.Errorf("got %q, not %q", got, wanted)
	}
	return nil
}

func (s *soaking) get(ctx context.Context, _ string) error {
	pod, err := s.pods.Get(ctx, "shared")
	if err != nil {
		return err
	}
	return equal(pod.Metadata.Name+" "+pod.Status.Phase, "shared Running")
}

func (s *soaking) list(ctx context.Context, _ string) error {
	for pod, err := range s.pods.All(ctx, resources.ListOptions{Limit: 2}) {
		if err != nil {
			return err
		}
		if pod.Metadata.Name == "shared" {
			return nil // leaves the other pages
		}
	}
	return fmt.Errorf("the list lacks the pod shared")
}

// labeled returns a config map that a selector finds.
func labeled(name, label string) *resources.ConfigMap {
	return &resources.ConfigMap{Metadata: resources.ObjectMeta{Name: name,
		Labels: map[string]string{"job": label}}, Data: map[string]string{"a": "1"}}
}

func (s *soaking) write(ctx context.Context, name string) error {
	_, err := s.configMaps.Create(ctx, labeled(name, name))
	if err != nil {
		return err
	}
	_, err = s.configMaps.Patch(ctx, name, patch.JSON().Test("/data/a", "1").Add("/data/b", "2"))
	if err != nil {
		return err
	}
	stored, err := s.configMaps.Modify(ctx, name, func(m *resources.ConfigMap) error {
		m.Data["c"] = "3"
		return nil
	})
	if err != nil {
		return err
	}
	_, err = s.configMaps.Delete(ctx, name)
	if err != nil {
		return err
	}
	return equal(fmt.Sprint(stored.Data), "map[a:1 b:2 c:3]")
}

func (s *soaking) watch(ctx context.Context, name string) error {
	return s.watchFrom(ctx, s.configMaps, name)
}

// watchFrom creates, changes and deletes objects, and compares what a watch of watched yields.
func (s *soaking) watchFrom(ctx context.Context, watched *resources.API[resources.ConfigMap],
	name string) error {
	var got, wanted []string
	objects := []string{name + "-a", name + "-b", name + "-c"}
	ready := make(chan struct{}, 1)
	writing := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-ready:
			writing <- s.writeObjects(ctx, objects, name)
		case <-ctx.Done():
			writing <- context.Cause(ctx)
		}
	}()
	for _, kind := range []resources.WatchEventType{resources.Added, resources.Modified, resources.Deleted} {
		for _, object := range objects {
			wanted = append(wanted, fmt.Sprint(kind, " ", object))
		}
	}
	var failure error
	for event, err := range watched.Watch(ctx, resources.ListOptions{LabelSelector: "job=" + name,
		AllowWatchBookmarks: true}) {
		if err != nil {
			failure = err
			break
		}
		if event.Type == resources.Bookmark {
			select {
			case ready <- struct{}{}:
			default: // a later bookmark
			}
			continue
		}
		got = append(got, fmt.Sprint(event.Type, " ", event.Object.Metadata.Name))
		if len(got) == len(wanted) {
			break
		}
	}
	if failure != nil {
		cancel()
	}
	err := <-writing
	if failure != nil || err != nil {
		return fmt.Errorf("watch: %w; write: %w", failure, err)
	}
	if !slices.Equal(got, wanted) {
		return fmt.Errorf("got %q, not %q", got, wanted)
	}
	return nil
}

// writeObjects creates, changes and deletes objects.
func (s *soaking) writeObjects(ctx context.Context, objects []string, label string) error {
	for _, object := range objects {
		_, err := s.configMaps.Create(ctx, labeled(object, label))
		if err != nil {
			return err
		}
	}
	for _, object := range objects {
		_, err := s.configMaps.Patch(ctx, object, patch.Merge(`{"data": {"a": "2"}}`))
		if err != nil {
			return err
		}
	}
	for _, object := range objects {
		_, err := s.configMaps.Delete(ctx, object)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *soaking) execute(ctx context.Context, name string) error {
	got, err := s.exec.Run(ctx, "shared", subresource.ExecOptions{Stdin: strings.NewReader("in\n"),
		Command: []string{"sh", "-c", "cat; echo $0; exit 7", name}})
	if err != nil {
		return err
	}
	return equal(fmt.Sprintf("%s%d", got.Stdout, got.ExitCode), "in\n"+name+"\n7")
}

// logLines is the number of lines of a pod that follow reads.
const logLines = 20

// logScript prints the lines in two parts, so that a follow waits for the second.
const logScript = `i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); [ $i = 10 ] && sleep 0.1; done`

func (s *soaking) follow(ctx context.Context, name string) error {
	return s.followFrom(ctx, s.pods, name)
}

// followFrom creates a pod that prints lines, and follows its log through pods.
func (s *soaking) followFrom(ctx context.Context, pods *resources.API[resources.Pod],
	name string) error {
	err := createPod(ctx, s.pods, name, logScript)
	if err != nil {
		return err
	}
	var got, wanted []string
	for line, err := range subresource.Log(pods).Lines(ctx, name, subresource.LogOptions{Follow: true}) {
		if err != nil {
			return err
		}
		got = append(got, line.Text)
	}
	for i := range logLines {
		wanted = append(wanted, fmt.Sprint("line ", i))
	}
	err = equal(strings.Join(got, "\n"), strings.Join(wanted, "\n"))
	if err != nil {
		return err
	}
	return s.deletePod(ctx, name)
}

func (s *soaking) deletePod(ctx context.Context, name string) error {
	_, err := s.pods.Delete(ctx, name, resources.GracePeriod(0))
	return err
}

func (s *soaking) forward(ctx context.Context, _ string) error {
	return forwardOne(ctx, s.client, rand.Uint64N(1<<16), 200_000, newBarrier(1))
}

// copyBoth copies a file into the shared pod and out of it.
func (s *soaking) copyBoth(ctx context.Context, name string) error {
	local, remote := filepath.Join(s.folder, name), "/tmp/"+name
	content := bytes.Repeat([]byte(name+"\n"), 5000)
	err := os.WriteFile(local, content, 0o600)
	if err != nil {
		return err
	}
	err = podcopy.To(ctx, s.pods, "shared", podcopy.Options{Local: local, Remote: remote})
	if err != nil {
		return err
	}
	back := local + "-back"
	err = podcopy.From(ctx, s.pods, "shared", podcopy.Options{Local: back, Remote: remote})
	if err != nil {
		return err
	}
	got, err := os.ReadFile(back)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, content) {
		return fmt.Errorf("another file came back, of %d bytes", len(got))
	}
	_, err = s.exec.Run(ctx, "shared", subresource.ExecOptions{Command: []string{"rm", remote}})
	for _, file := range []string{local, back} {
		if err == nil {
			err = os.Remove(file)
		}
	}
	return err
}

// debug adds a container to a pod and attaches from the start, attaches once more, and stops it.
func (s *soaking) debug(ctx context.Context, name string) error {
	err := createPod(ctx, s.pods, name, "sleep 3600")
	if err != nil {
		return err
	}
	options := debug.Options{Name: "tools", Image: kxtest.BusyboxImage, ImagePullPolicy: "Never",
		Profile: debug.Baseline, OpenStdin: true, Target: "main",
		Command: []string{"sh", "-c", "while read -r line; do echo got $line; done"}}
	_, err = debug.Run(ctx, s.pods, name, options)
	if err != nil {
		return err
	}
	session, err := subresource.Attach(s.pods).Start(ctx, name, subresource.AttachOptions{
		Container: "tools", StdinPipe: true, StdoutPipe: true})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(session.StdinPipe(), name)
	if err != nil {
		return err
	}
	line, err := bufio.NewReader(session.StdoutPipe()).ReadString('\n')
	if err != nil {
		return err
	}
	err = session.Close()
	if err != nil {
		return err
	}
	err = equal(line, "got "+name+"\n")
	if err != nil {
		return err
	}
	var output bytes.Buffer
	second, err := debug.Run(ctx, s.pods, name, debug.Options{Image: kxtest.BusyboxImage,
		ImagePullPolicy: "Never", Profile: debug.Baseline, Stdin: strings.NewReader("in\n"),
		Stdout: &output, Command: []string{"sh", "-c", "cat; exit 3"}})
	if err != nil {
		return err
	}
	err = equal(fmt.Sprint(output.String(), second.ExitCode), "in\n3")
	if err != nil {
		return err
	}
	stopped, err := debug.Stop(ctx, s.pods, name, debug.StopOptions{})
	if err != nil {
		return err
	}
	for _, container := range stopped {
		if container.Err != nil {
			return container.Err
		}
	}
	return s.deletePod(ctx, name)
}
