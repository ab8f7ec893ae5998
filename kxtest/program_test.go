package kxtest_test

import (
	"bufio"
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func ExampleWithProgram() {
	greet := func(_ context.Context, p *kxtest.Process) int {
		name, err := bufio.NewReader(p.Stdin()).ReadString('\n')
		if err != nil {
			return 1
		}
		fmt.Fprintf(p.Stdout(), "%s %s", p.Args()[1], name)
		return 0
	}
	server, err := kxtest.New(kxtest.WithDemo(), kxtest.WithProgram("greet", greet))
	if err != nil {
		panic(err)
	}
	defer server.Close()
	client, err := transport.New(server.Config())
	if err != nil {
		panic(err)
	}
	defer client.Close()
	for !strings.Contains(string(server.Pod("default", "distroless")), `"phase":"Running"`) {
		runtime.Gosched() // the node starts the pod's container
	}
	res, err := subresource.Exec(resources.New[resources.Pod](client)).Run(context.Background(), "distroless",
		subresource.ExecOptions{Command: []string{"greet", "hello"}, Stdin: strings.NewReader("kx\n")})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s%d\n", res.Stdout, res.ExitCode)
	// Output:
	// hello kx
	// 0
}

func TestAProgramIsACommandInEveryContainer(t *testing.T) {
	show := func(_ context.Context, p *kxtest.Process) int {
		width, height := p.Size()
		fmt.Fprintf(p.Stdout(), "%q %s %d×%d\n", p.Args(), p.Getenv("WHO"), width, height)
		fmt.Fprintln(p.Stderr(), "error")
		return 7
	}
	srv := wiretest.StartDemo(t, kxtest.WithProgram("show", show), kxtest.WithProgram("/opt/show", show),
		kxtest.WithImage("other:1"))
	for pod, container := range map[string]string{"/shell": "main", "/distroless": "app"} {
		for _, name := range []string{"show", "/opt/show"} {
			got, _ := wiretest.NewSession(t, srv, wiretest.Pods+pod+"/exec"+wiretest.Query(container, "stdout stderr",
				name, "x")).ReadAll()
			require.Equal(t, map[byte]string{1: `["` + name + `" "x"]  0×0` + "\n", 2: "error\n",
				3: wiretest.ExitStatus("7")},
				got)
		}
	}
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"restartPolicy":"Never","containers":[
		{"name":"c","image":"other:1","command":["show"],"env":[{"name":"WHO","value":"me"}]}]}}`)
	require.NoError(t, err)
	c := wiretest.NewClient(t, srv.Config())
	c.Eventually(wiretest.Pods+"/p", func(a *wiretest.Answer) bool { return a.At("status", "phase") == "Failed" })
	require.Equal(t, `["show"] me 0×0`+"\nerror\n", sorted(string(c.Get(wiretest.Pods+"/p/log").Body)))
}

// sorted puts stdout before stderr. Their order in a log varies.
func sorted(log string) string {
	if rest, ok := strings.CutPrefix(log, "error\n"); ok {
		return rest + "error\n"
	}
	return log
}

func TestAProgramIsKilledWithItsContainer(t *testing.T) {
	ended := make(chan error, 1)
	srv := kxtest.Start(t, kxtest.WithProgram("waits", func(ctx context.Context, p *kxtest.Process) int {
		<-ctx.Done()
		_, err := p.Stdout().Write([]byte("too late"))
		ended <- err
		return 0
	}))
	pod := wiretest.StartPod(t, srv, `"command":["waits"]`)
	wiretest.NewClient(t, srv.Config()).Do("DELETE", pod, "").Is(200)
	require.Error(t, <-ended)
}

func TestAContainerHasTheEnvironmentAndFilesOfItsSpecification(t *testing.T) {
	srv := kxtest.Start(t)
	for _, object := range []string{
		`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings"},"data":{"COLOR":"red","file.txt":"content\n"}}`,
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"keys"},"data":{"TOKEN":"czNjcjN0"}}`,
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"app":"web"}},"spec":{
			"volumes":[{"name":"v","configMap":{"name":"settings","items":[{"key":"file.txt","path":"a/b.txt"}]}}],
			"securityContext":{"runAsUser":1000},
			"containers":[{"name":"c","image":"kx.local/busybox:1","imagePullPolicy":"Never","workingDir":"/tmp","command":["sleep","600"],
				"securityContext":{"runAsGroup":3000},
				"volumeMounts":[{"name":"v","mountPath":"/etc/settings"}],
				"envFrom":[{"prefix":"P_","secretRef":{"name":"keys"}}],
				"env":[{"name":"A","value":"a"},{"name":"B","value":"$(A)b $$(A) $(NOT)"},
					{"name":"C","valueFrom":{"configMapKeyRef":{"name":"settings","key":"COLOR"}}},
					{"name":"POD","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},
					{"name":"APP","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['app']"}}},
					{"name":"IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}]}]}}`,
	} {
		_, err := srv.Create(object)
		require.NoError(t, err)
	}
	wiretest.NewClient(t, srv.Config()).Eventually(wiretest.Pods+"/p", wiretest.IsRunning)
	got, _ := wiretest.NewSession(t, srv, wiretest.Pods+"/p/exec"+wiretest.Query("", "stdout stderr", "sh", "-c",
		`echo "$P_TOKEN|$A|$B|$C|$POD|$APP|$IP"; pwd; id -u; id -g; hostname; cat /etc/settings/a/b.txt; ls /etc/settings`)).ReadAll()
	require.Equal(t, "s3cr3t|a|ab $(A) $(NOT)|red|p|web|10.88.0.2\n/tmp\n1000\n3000\np\ncontent\na\n", got[1], got[2])
}

func TestADebugContainerSeesItsTargetsProcesses(t *testing.T) {
	srv := wiretest.StartDemo(t)
	c := wiretest.NewClient(t, srv.Config()).With("Content-Type", wiretest.StrategicType)
	c.Do("PATCH", wiretest.Pods+"/distroless/ephemeralcontainers", `{"spec":{"ephemeralContainers":[
		{"name":"tools","image":"kx.local/busybox:1","imagePullPolicy":"Never","targetContainerName":"app","stdin":true,"command":["sh"]}]}}`).Is(200)
	c.Eventually(wiretest.Pods+"/distroless", func(a *wiretest.Answer) bool {
		return a.At("status", "ephemeralContainerStatuses", 0, "state", "running") != nil
	})
	got, _ := wiretest.NewSession(t, srv, wiretest.Pods+"/distroless/exec"+
		wiretest.Query("tools", "stdout stderr", "sh", "-c",
			"cat /proc/1/cmdline; ls /proc/1/root/app")).ReadAll()
	require.Equal(t, map[byte]string{1: "/app\x00/proc/1/root/app\n", 3: wiretest.Success}, got)
}

func TestTheContainersOfAPodMayShareProcesses(t *testing.T) {
	srv := kxtest.Start(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"shareProcessNamespace":true,"containers":[
		{"name":"a","image":"kx.local/busybox:1","command":["sleep","601"]},{"name":"b","image":"kx.local/busybox:1","command":["sleep","602"]}]}}`)
	require.NoError(t, err)
	wiretest.NewClient(t, srv.Config()).Eventually(wiretest.Pods+"/p", wiretest.IsRunning)
	got, _ := wiretest.NewSession(t, srv, wiretest.Pods+"/p/exec"+wiretest.Query("a", "stdout", "ps")).ReadAll()
	for _, process := range []string{"/pause", "sleep 601", "sleep 602"} {
		require.Contains(t, got[1], process)
	}
}
