package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kubeconfig"
)

const (
	// maxExecOutput bounds what a plugin may print.
	maxExecOutput = 1 << 20
	// execWaitDelay is how long a plugin that has ended may go on through programs that it started and that hold its output.
	execWaitDelay = time.Second
)

// execPlugin is the program that gives a user's credentials, and what it is told.
type execPlugin struct {
	config kubeconfig.ExecConfig
	user   string
	path   string // where it is, once the list of allowed plugins was asked; empty when any may run
	stdin  io.Reader
	stderr io.Writer

	cluster   execCluster
	authority func() []byte // the cluster's, which rotates
}

func newExecPlugin(cfg *kubeconfig.Config, authority func() []byte, s *settings) (*execPlugin, error) {
	p := &execPlugin{config: *cfg.Exec, user: cfg.Source.User, stdin: s.execStdin, stderr: s.execStderr, authority: authority}
	e := &p.config
	switch {
	case e.Command == "":
		return nil, errors.New("transport: the credential plugin has no command: set Exec.Command")
	case e.APIVersion != execV1 && e.APIVersion != execV1beta1:
		return nil, fmt.Errorf("transport: the credential plugin %q has the apiVersion %q: it must be %s or %s", e.Command, e.APIVersion, execV1, execV1beta1)
	case e.InteractiveMode == "" && e.APIVersion == execV1beta1:
		e.InteractiveMode = kubeconfig.InteractiveIfAvailable
	case e.InteractiveMode != kubeconfig.InteractiveNever && e.InteractiveMode != kubeconfig.InteractiveIfAvailable && e.InteractiveMode != kubeconfig.InteractiveAlways:
		return nil, fmt.Errorf("transport: the credential plugin %q has the interactiveMode %q: it must be Never, IfAvailable or Always", e.Command, e.InteractiveMode)
	}
	if s.execRestricted {
		path, err := p.allowed(s.execAllowed)
		if err != nil {
			return nil, err
		}
		p.path = path
	}
	p.cluster = execCluster{
		Server: cfg.Server, TLSServerName: cfg.TLS.ServerName, InsecureSkipTLSVerify: cfg.TLS.Insecure,
		ProxyURL: cfg.ProxyURL, DisableCompression: cfg.DisableCompression, Config: p.config.ClusterConfig,
	}
	if u, err := url.Parse(cfg.ProxyURL); err == nil {
		p.cluster.ProxyURL = u.String()
	}
	return p, nil
}

// run has the plugin make a credential. Its errors are *ExecPluginError, and the context's when that ended first: the plugin is killed then.
func (p *execPlugin) run(ctx context.Context) (*execCredential, error) {
	interactive := p.stdin != nil && p.config.InteractiveMode != kubeconfig.InteractiveNever
	if !interactive && p.config.InteractiveMode == kubeconfig.InteractiveAlways {
		return nil, p.failed("NoInput", "it asks for input (interactiveMode: Always), and there is no terminal to give it: "+
			"run this in one, or use a user whose credentials need no input", nil)
	}
	path := p.path
	if path == "" {
		var err error
		if path, err = p.find(); err != nil {
			return nil, err
		}
	}
	info, err := p.info(interactive)
	if err != nil {
		return nil, err
	}
	running, kill := context.WithCancel(ctx)
	defer kill()
	out := &boundedBuffer{limit: maxExecOutput, full: kill}
	cmd := p.command(running, path, info)
	cmd.Stdout = out
	feed := func() {}
	if interactive {
		if feed, err = p.input(cmd); err != nil {
			return nil, p.failed("Failed", "it cannot be given standard input: "+err.Error(), err)
		}
	}
	if err = cmd.Start(); err == nil {
		feed()
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	switch {
	case out.overflowed:
		return nil, p.failed("BadAnswer", fmt.Sprintf("it printed more than %d bytes on standard output, where one ExecCredential is expected", maxExecOutput), nil)
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &exit):
		e := p.failed("Failed", fmt.Sprintf("it ended with %v; what it says on standard error may tell why", exit.ProcessState), nil)
		e.ExitCode = exit.ExitCode()
		return nil, e
	case err != nil && (cmd.ProcessState == nil || !cmd.ProcessState.Success()): // one that ended well may have started what goes on, or have a stderr that takes nothing
		return nil, p.failed("Failed", "it could not be run: "+err.Error(), err)
	}
	credential, err := parseExecCredential(out.Bytes(), p.config.APIVersion)
	if err != nil {
		return nil, p.failed("BadAnswer", err.Error(), nil)
	}
	return credential, nil
}

// command makes the plugin's process, with the environment that is the process's own, then the configuration's, then its task.
func (p *execPlugin) command(ctx context.Context, path string, info []byte) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, p.config.Args...)
	cmd.Args[0] = p.config.Command
	cmd.Env = os.Environ()
	for _, v := range p.config.Env {
		cmd.Env = append(cmd.Env, v.Name+"="+v.Value)
	}
	cmd.Env = append(cmd.Env, "KUBERNETES_EXEC_INFO="+string(info))
	cmd.Stderr, cmd.WaitDelay = p.stderr, execWaitDelay
	return cmd
}

// find gives the plugin's path.
func (p *execPlugin) find() (string, error) {
	path, err := exec.LookPath(p.config.Command)
	if err == nil {
		return path, nil
	}
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		err = lookup.Err // without the command, which our own error names
	}
	switch {
	case errors.Is(err, exec.ErrDot):
		return "", p.failed("NotFound", "it is in the working directory only, and from there nothing is run: give its path", err)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		problem := "there is no such program in PATH: install it, or give its path"
		if filepath.Base(p.config.Command) != p.config.Command {
			problem = "there is no such program: install it, or correct its path"
		}
		e := p.failed("NotFound", problem, err)
		e.InstallHint = p.config.InstallHint
		return "", e
	}
	return "", p.failed("Failed", "it cannot be run: "+err.Error(), err)
}

// info gives the content of KUBERNETES_EXEC_INFO.
func (p *execPlugin) info(interactive bool) ([]byte, error) {
	info := execInfo{Kind: "ExecCredential", APIVersion: p.config.APIVersion, Spec: execSpec{Interactive: interactive}}
	if p.config.ProvideClusterInfo {
		cluster := p.cluster
		cluster.CertificateAuthorityData = p.authority()
		info.Spec.Cluster = &cluster
	}
	b, err := json.Marshal(info, json.Deterministic(true))
	if err != nil {
		return nil, p.failed("Failed", "the cluster's extension client.authentication.k8s.io/exec cannot be written as JSON", nil)
	}
	return b, nil
}

// input connects standard input, and gives what is to be done once the plugin runs.
// A file is handed over as it is. From any other reader a goroutine copies: a Read that waits must not hold the plugin's end up, as os/exec would have it.
func (p *execPlugin) input(cmd *exec.Cmd) (feed func(), err error) {
	if file, ok := p.stdin.(*os.File); ok {
		cmd.Stdin = file
		return func() {}, nil
	}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return func() {
		go func() {
			_, _ = io.Copy(pipe, p.stdin)
			pipe.Close()
		}()
	}, nil
}

func (p *execPlugin) failed(reason, problem string, err error) *ExecPluginError {
	return &ExecPluginError{Command: p.config.Command, User: p.user, Reason: reason, Problem: problem, Err: err}
}

// boundedBuffer keeps what is written up to its limit, and calls full when more comes.
type boundedBuffer struct {
	content    []byte
	limit      int
	full       func()
	overflowed bool
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if len(b.content)+len(p) > b.limit {
		b.overflowed = true
		b.full()
		return 0, io.ErrShortBuffer
	}
	b.content = append(b.content, p...)
	return len(p), nil
}

func (b *boundedBuffer) Bytes() []byte { return b.content }
