package parity_test

import (
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes/scheme"
	kubectldebug "k8s.io/kubectl/pkg/cmd/debug"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// sourcePods are the pods that are copied. careful restricts its containers, plain sets nothing.
var sourcePods = map[string]string{
	"plain": `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"plain"},"spec":{"schedulerName":"none","automountServiceAccountToken":false,"containers":[
		{"name":"app","image":"kx.local/busybox:1","command":["sleep"],"args":["3600"]}]}}`,
	"careful": `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"careful","labels":{"app":"web","tier":"a"},
		"annotations":{"example.com/a":"1"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet",
		"name":"web","uid":"1"}]},"spec":{"schedulerName":"none","automountServiceAccountToken":false,"nodeName":"","hostname":"web","priority":0,
		"shareProcessNamespace":false,"restartPolicy":"OnFailure","terminationGracePeriodSeconds":7,
		"securityContext":{"runAsUser":1000,"runAsGroup":3000,"runAsNonRoot":true,"fsGroup":5},
		"nodeSelector":{"disk":"fast"},"volumes":[{"name":"data","emptyDir":{}}],
		"initContainers":[{"name":"setup","image":"kx.local/busybox:1","command":["true"]}],
		"containers":[{"name":"app","image":"kx.local/busybox:1","command":["sleep"],"args":["3600"],"stdin":true,"stdinOnce":true,
		"env":[{"name":"A","value":"1"}],"resources":{"limits":{"cpu":"100m"}},"ports":[{"containerPort":80}],
		"volumeMounts":[{"name":"data","mountPath":"/data","subPath":"x"}],
		"livenessProbe":{"exec":{"command":["true"]}},"readinessProbe":{"tcpSocket":{"port":80}},
		"startupProbe":{"exec":{"command":["true"]}},"securityContext":{
		"readOnlyRootFilesystem":true,"capabilities":{"add":["NET_BIND_SERVICE"],"drop":["ALL"]}}},
		{"name":"side","image":"kx.local/distroless:1","livenessProbe":{"exec":{"command":["true"]}}}]}}`,
}

// debugCase is a command line of kubectl debug, and what kx is given for the same.
type debugCase struct {
	sentence string
	kubectl  []string
	node     *debug.NodeOptions // nil for a copy
	copy     *debug.CopyOptions
	// differs turns kubectl's pod into what docs/debug.md says that kx creates instead.
	differs func(*corev1.Pod)
}

const (
	managedByLabel = "app.kubernetes.io/managed-by"
	tools          = "kx.local/busybox:1"
)

var kubectlProfiles = []debug.Profile{debug.General, debug.Baseline, debug.Restricted, debug.Netadmin, debug.Sysadmin,
	debug.Legacy}

// asRoot is the difference of the profile sysadmin: the container runs as root.
func asRoot(container string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		c := containerOf(pod, container)
		c.SecurityContext.RunAsUser = new(int64(0))
		if pod.Spec.SecurityContext != nil && pod.Spec.SecurityContext.RunAsNonRoot != nil {
			c.SecurityContext.RunAsNonRoot = new(false)
		}
	}
}

func containerOf(pod *corev1.Pod, name string) *corev1.Container {
	for _, list := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range list {
			if list[i].Name == name {
				return &list[i]
			}
		}
	}
	return nil
}

// profileDiffers returns the documented difference of a profile for a container that is called
// debugger or app.
func profileDiffers(profile debug.Profile, container string) func(*corev1.Pod) {
	if profile == debug.Sysadmin {
		return asRoot(container)
	}
	return nil
}

// debugCases are each profile on a node, as a new container of a copy and as a changed container of
// a copy, and each flag.
func debugCases(t *testing.T) (all []debugCase) {
	o := debug.Options{Image: tools, Name: "debugger", Command: []string{"sleep", "60"}, NoWait: true}
	for _, profile := range kubectlProfiles {
		o := o
		o.Profile = profile
		flag := "--profile=" + string(profile)
		added := []string{"--image=" + tools, "-c", "debugger", flag, "--", "sleep", "60"}
		changed := []string{"--image=" + tools, "-c", "app", flag, "--", "sleep", "60"}
		app := o
		app.Name = "app"
		all = append(all,
			debugCase{"profile " + string(profile) + " on a node", append([]string{"node/kx-node"}, added...),
				&debug.NodeOptions{Options: o}, nil, profileDiffers(profile, "debugger")},
			debugCase{"profile " + string(profile) + " on a copy", append([]string{"SOURCE", "--copy-to=copy"}, added...),
				nil, &debug.CopyOptions{Options: o, To: "copy"}, profileDiffers(profile, "debugger")},
			debugCase{"profile " + string(profile) + " on a container of a copy",
				append([]string{"SOURCE", "--copy-to=copy"}, changed...), nil,
				&debug.CopyOptions{Options: app, To: "copy"}, profileDiffers(profile, "app")})
	}
	more := func(sentence string, flags []string, change func(*debug.CopyOptions), differs func(*corev1.Pod)) {
		c := &debug.CopyOptions{Options: o, To: "copy"}
		c.Profile = debug.General
		change(c)
		line := []string{"SOURCE", "--copy-to=copy", "--profile=" + string(c.Profile), "--image=" + tools, "-c", "debugger"}
		line = append(append(line, flags...), "--", "sleep", "60")
		all = append(all, debugCase{sentence, line, nil, c, differs})
	}
	more("labels stay", []string{"--keep-labels"}, func(c *debug.CopyOptions) { c.KeepLabels = true }, nil)
	more("annotations stay", []string{"--keep-annotations"}, func(c *debug.CopyOptions) { c.KeepAnnotations = true }, nil)
	more("liveness probes stay", []string{"--keep-liveness"}, func(c *debug.CopyOptions) { c.KeepLiveness = true }, nil)
	more("readiness probes stay", []string{"--keep-readiness"}, func(c *debug.CopyOptions) { c.KeepReadiness = true }, nil)
	more("startup probes stay", []string{"--keep-startup"}, func(c *debug.CopyOptions) { c.KeepStartup = true }, nil)
	more("init containers go", []string{"--keep-init-containers=false"},
		func(c *debug.CopyOptions) { c.DropInitContainers = true }, nil)
	more("the node is the same", []string{"--same-node"}, func(c *debug.CopyOptions) { c.SameNode = true }, nil)
	more("processes are shared", []string{"--share-processes"}, func(c *debug.CopyOptions) { c.ShareProcesses = new(true) }, nil)
	more("processes are not shared", []string{"--share-processes=false"},
		func(c *debug.CopyOptions) { c.ShareProcesses = new(false) }, nil)
	more("images are set", []string{"--set-image=app=a:1,*=b:2"},
		func(c *debug.CopyOptions) { c.SetImages = map[string]string{"app": "a:1", "*": "b:2"} }, nil)
	more("the pull policy", []string{"--image-pull-policy=Never"},
		func(c *debug.CopyOptions) { c.ImagePullPolicy = "Never" }, nil)
	more("a terminal", []string{"-it", "--attach=false"}, func(c *debug.CopyOptions) { c.OpenStdin, c.TTY = true, true }, nil)
	more("arguments", []string{"--arguments-only"},
		func(c *debug.CopyOptions) { c.Command, c.Args = nil, c.Command }, nil)
	more("a variable", []string{"--env=B=2"},
		func(c *debug.CopyOptions) { c.Env = []resources.EnvVar{{Name: "B", Value: "2"}} }, nil)
	more("labels stay under legacy, which kubectl drops", []string{"--keep-labels"}, func(c *debug.CopyOptions) {
		c.Profile, c.KeepLabels = debug.Legacy, true
	}, nil)
	all[len(all)-1].kubectl[2] = "--profile=legacy"

	change := func(sentence string, line []string, c debug.CopyOptions, differs func(*corev1.Pod)) {
		c.To, c.NoWait, c.Profile = "copy", true, debug.General
		all = append(all, debugCase{sentence, append([]string{"SOURCE", "--copy-to=copy", "--profile=general"}, line...), nil,
			&c, differs})
	}
	change("another command", []string{"-c", "app", "--", "sh", "-c", "sleep 1"},
		debug.CopyOptions{Options: debug.Options{Name: "app", Command: []string{"sh", "-c", "sleep 1"}}}, nil)
	change("other arguments", []string{"-c", "app", "--arguments-only", "--", "1"},
		debug.CopyOptions{Options: debug.Options{Name: "app", Args: []string{"1"}}}, nil)
	change("a container's image stays", []string{"-c", "app", "--", "env"}, debug.CopyOptions{
		Options: debug.Options{Name: "app", Image: "other:1", Command: []string{"env"}}, KeepImage: true}, nil)
	change("a container's variables are merged, where kubectl replaces them all", []string{"-c", "app", "--env=B=2", "--",
		"env"}, debug.CopyOptions{Options: debug.Options{Name: "app", Command: []string{"env"},
		Env: []resources.EnvVar{{Name: "B", Value: "2"}}}}, func(pod *corev1.Pod) {
		if pod.Spec.Hostname == "web" { // careful
			c := containerOf(pod, "app")
			c.Env = append([]corev1.EnvVar{{Name: "A", Value: "1"}}, c.Env...)
		}
	})
	change("images alone, where kubectl keeps labels, annotations and probes whatever the flags say",
		[]string{"--set-image=*=b:2"}, debug.CopyOptions{SetImages: map[string]string{"*": "b:2"}}, func(pod *corev1.Pod) {
			pod.Labels, pod.Annotations = nil, nil
			for i := range pod.Spec.Containers {
				c := &pod.Spec.Containers[i]
				c.LivenessProbe, c.ReadinessProbe, c.StartupProbe = nil, nil, nil
			}
			if pod.Spec.ShareProcessNamespace == nil {
				pod.Spec.ShareProcessNamespace = new(true)
			}
		})

	more("the pod is replaced", []string{"--replace"}, func(c *debug.CopyOptions) { c.Replace = true }, nil)
	more("without notices", []string{"--quiet"}, func(*debug.CopyOptions) {}, nil)
	for _, custom := range customCases(t) {
		more(custom.sentence, []string{"--custom=" + custom.file}, func(c *debug.CopyOptions) { c.Custom = custom.parsed },
			func(pod *corev1.Pod) { custom.differs(containerOf(pod, "debugger")) })
	}

	onNode := func(sentence string, flags []string, change func(*debug.NodeOptions)) {
		n := &debug.NodeOptions{Options: o}
		n.Profile = debug.General
		change(n)
		line := append([]string{"node/kx-node", "--profile=general", "--image=" + tools}, flags...)
		all = append(all, debugCase{sentence + " on a node", append(line, "--", "sleep", "60"), n, nil, nil})
	}
	onNode("the container's name", nil, func(n *debug.NodeOptions) { n.Name = "" })
	onNode("a terminal", []string{"-it", "--attach=false", "-c", "debugger"},
		func(n *debug.NodeOptions) { n.OpenStdin, n.TTY = true, true })
	onNode("a variable", []string{"--env=B=2"}, func(n *debug.NodeOptions) { n.Env = []resources.EnvVar{{Name: "B", Value: "2"}} })
	onNode("arguments", []string{"--arguments-only"}, func(n *debug.NodeOptions) { n.Command, n.Args = nil, n.Command })
	onNode("the pull policy", []string{"--image-pull-policy=Never"}, func(n *debug.NodeOptions) { n.ImagePullPolicy = "Never" })
	onNode("without notices", []string{"--quiet"}, func(*debug.NodeOptions) {})
	for _, custom := range customCases(t) {
		if custom.isSame {
			onNode(custom.sentence, []string{"--custom=" + custom.file}, func(n *debug.NodeOptions) { n.Custom = custom.parsed })
		}
	}
	return all
}

// customCase is a file of --custom, and its difference from kubectl.
type customCase struct {
	sentence, file string
	parsed         *debug.Custom
	isSame         bool
	differs        func(*corev1.Container)
}

// customCases writes the files into a temporary folder of t.
func customCases(t *testing.T) (all []customCase) {
	folder := t.TempDir()
	for _, c := range []customCase{
		{sentence: "custom fields", isSame: true, file: `{"env":[{"name":"C","value":"3"}],"workingDir":"/tmp",` +
			`"securityContext":{"readOnlyRootFilesystem":true,"runAsUser":5},"tty":false}`,
			differs: func(*corev1.Container) {}},
		{sentence: "custom capabilities are united with the profile's, where kubectl replaces them",
			file: `{"securityContext":{"capabilities":{"add":["NET_ADMIN"]}}}`, differs: func(c *corev1.Container) {
				c.SecurityContext.Capabilities.Add = []corev1.Capability{"SYS_PTRACE", "NET_ADMIN"}
			}},
	} {
		parsed, err := debug.ParseCustom([]byte(c.file))
		require.NoError(t, err)
		path := filepath.Join(folder, strings.ReplaceAll(c.sentence, " ", "-")+".json")
		require.NoError(t, os.WriteFile(path, []byte(c.file), 0o600))
		c.parsed, c.file = parsed, path
		all = append(all, c)
	}
	return all
}

// startDebugServer starts a server, and returns its pods and a kubeconfig file for kubectl.
func startDebugServer(t *testing.T) (srv *kxtest.Server, pods *resources.API[resources.Pod], config string) {
	t.Helper()
	srv = kxtest.Start(t, kxtest.WithDemo())
	client, err := transport.New(srv.Config())
	require.NoError(t, err)
	pods = resources.New[resources.Pod](client)
	config = filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(config, srv.Kubeconfig(), 0o600))
	return srv, pods, config
}

// The pods that kx and kubectl create to debug a node, and as the copy of a pod, are the same but
// for what docs/debug.md says.
func TestTheDebugPodsAreThoseOfKubectl(t *testing.T) {
	srv, pods, config := startDebugServer(t)
	for _, source := range slices.Sorted(maps.Keys(sourcePods)) {
		_, err := pods.CreateRaw(t.Context(), []byte(sourcePods[source]))
		require.NoError(t, err)
	}
	for _, c := range debugCases(t) {
		sources := slices.Sorted(maps.Keys(sourcePods))
		if c.node != nil {
			sources = []string{""}
		}
		for _, source := range sources {
			t.Run(c.sentence+" "+source, func(t *testing.T) {
				srv.ForgetRequests()
				line := slices.Clone(c.kubectl)
				if source != "" {
					line[0] = source
				}
				runKubectlDebug(t, config, line)
				want := createdPod(t, srv)
				restore(t, pods, c, source)
				srv.ForgetRequests()
				var err error
				if c.node != nil {
					_, err = debug.RunOnNode(t.Context(), pods, "kx-node", *c.node)
				} else {
					_, err = debug.RunCopy(t.Context(), pods, source, *c.copy)
				}
				require.NoError(t, err)
				got := createdPod(t, srv)
				restore(t, pods, c, source)
				adjust(t, c, want, got)
				require.Empty(t, cmp.Diff(want, got), "kubectl -, kx +")
			})
		}
	}
}

// restore removes the copy, and creates a source again that it has replaced.
func restore(t *testing.T, pods *resources.API[resources.Pod], c debugCase, source string) {
	t.Helper()
	if source == "" {
		return
	}
	_, err := pods.Delete(t.Context(), "copy", resources.GracePeriod(0))
	require.NoError(t, err)
	if c.copy.Replace {
		_, err = pods.Get(t.Context(), source)
		require.ErrorIs(t, err, transport.ErrNotFound, "the copy has replaced it")
		_, err = pods.CreateRaw(t.Context(), []byte(sourcePods[source]))
		require.NoError(t, err)
	}
}

// adjust turns kubectl's pod into the one that kx documents.
func adjust(t *testing.T, c debugCase, want, got *corev1.Pod) {
	if c.node != nil {
		prefix := "node-debugger-kx-node-"
		require.True(t, strings.HasPrefix(want.Name, prefix) && strings.HasPrefix(got.Name, prefix))
		want.Name = got.Name
		require.Equal(t, "kubectl-debug", want.Labels[managedByLabel])
	}
	if c.differs != nil {
		c.differs(want)
	}
	if c.copy != nil && c.copy.KeepLabels && got.Labels["app"] != "" {
		want.Labels = map[string]string{"app": "web", "tier": "a"} // legacy drops them
	}
	if want.Labels == nil {
		want.Labels = map[string]string{}
	}
	want.Labels[managedByLabel] = "kx-debug"
}

// createdPod returns the only pod that was created.
func createdPod(t *testing.T, srv *kxtest.Server) (pod *corev1.Pod) {
	t.Helper()
	for _, r := range srv.Requests() {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.Path, "/pods") {
			continue
		}
		require.Nil(t, pod, "one pod is created")
		object, _, err := scheme.Codecs.UniversalDeserializer().Decode(r.Body, nil, nil)
		require.NoError(t, err)
		pod = object.(*corev1.Pod)
	}
	require.NotNil(t, pod, "no pod is created")
	return pod
}

// runKubectlDebug runs kubectl debug with a command line.
func runKubectlDebug(t *testing.T, config string, line []string) {
	t.Helper()
	flags := genericclioptions.NewConfigFlags(true)
	flags.KubeConfig = &config
	o := kubectldebug.NewDebugOptions(genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard,
		ErrOut: io.Discard})
	cmd := &cobra.Command{Use: "debug"}
	o.AddFlags(cmd)
	require.NoError(t, cmd.ParseFlags(line))
	require.NoError(t, o.Complete(flags, cmd, cmd.Flags().Args()))
	require.NoError(t, o.Validate())
	require.NoError(t, o.Run(flags, cmd))
}
