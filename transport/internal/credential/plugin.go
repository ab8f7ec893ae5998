package credential

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
	// maxPluginOutput is how many bytes a plugin may print.
	maxPluginOutput = 1 << 20

	// pluginWaitDelay is how long a plugin that has ended is waited for while a program that it
	// started still holds its output.
	pluginWaitDelay = time.Second
)

// The versions of the ExecCredential API. Kubernetes 1.24 removed v1alpha1.
const (
	execV1      = "client.authentication.k8s.io/v1"
	execV1beta1 = "client.authentication.k8s.io/v1beta1"
)

// PluginOptions says how credential plugins run.
type PluginOptions struct {
	// Stdin is the plugin's standard input, nil for none, and Stderr its standard error.
	Stdin  io.Reader
	Stderr io.Writer
	// Restricted is true when only the plugins of Allowed may run.
	Restricted bool
	Allowed    []string
}

// plugin is a credential plugin of a configuration.
type plugin struct {
	config kubeconfig.ExecConfig
	user   string
	path   string // set when the plugins are restricted; else it is looked up at each run
	stdin  io.Reader
	stderr io.Writer

	cluster   execCluster
	authority func() []byte // the cluster's certificate authorities, which rotate
}

func newPlugin(cfg *kubeconfig.Config, authority func() []byte, options PluginOptions) (*plugin,
	error) {
	p := &plugin{
		config: *cfg.Exec, user: cfg.Source.User, stdin: options.Stdin, stderr: options.Stderr,
		authority: authority,
	}
	if err := p.validate(); err != nil {
		return nil, err
	}
	if options.Restricted {
		path, err := p.allowedPath(options.Allowed)
		if err != nil {
			return nil, err
		}
		p.path = path
		if err := p.checkEnv(); err != nil {
			return nil, err
		}
	}
	p.cluster = execCluster{
		Server: cfg.Server, TLSServerName: cfg.TLS.ServerName,
		InsecureSkipTLSVerify: cfg.TLS.Insecure, ProxyURL: cfg.ProxyURL,
		DisableCompression: cfg.DisableCompression, Config: p.config.ClusterConfig,
	}
	if u, err := url.Parse(cfg.ProxyURL); err == nil {
		p.cluster.ProxyURL = u.String()
	}
	return p, nil
}

// validate checks the plugin's configuration, and sets the default of v1beta1.
func (p *plugin) validate() error {
	c := &p.config
	switch {
	case c.Command == "":
		return errors.New("transport: the credential plugin has no command: set Exec.Command")
	case c.APIVersion != execV1 && c.APIVersion != execV1beta1:
		return fmt.Errorf(
			"transport: the credential plugin %q has the apiVersion %q: it must be %s or %s",
			c.Command, c.APIVersion, execV1, execV1beta1)
	case c.InteractiveMode == "" && c.APIVersion == execV1beta1:
		c.InteractiveMode = kubeconfig.InteractiveIfAvailable
	}
	switch c.InteractiveMode {
	case kubeconfig.InteractiveNever, kubeconfig.InteractiveIfAvailable,
		kubeconfig.InteractiveAlways:
		return nil
	}
	return fmt.Errorf("transport: the credential plugin %q has the interactiveMode %q: "+
		"it must be Never, IfAvailable or Always", c.Command, c.InteractiveMode)
}

// run runs the plugin and returns its credential. It fails with a *PluginError, or with the
// context's error when the context ended, which kills the plugin.
func (p *plugin) run(ctx context.Context) (*pluginCredential, error) {
	interactive := p.stdin != nil && p.config.InteractiveMode != kubeconfig.InteractiveNever
	if !interactive && p.config.InteractiveMode == kubeconfig.InteractiveAlways {
		return nil, p.failed("NoInput",
			"it asks for input (interactiveMode: Always), and there is no terminal: "+
				"run kx in one, or use a user whose credentials need no input", nil)
	}
	path := p.path
	if path == "" {
		var err error
		path, err = p.find()
		if err != nil {
			return nil, err
		}
	}
	info, err := p.execInfo(interactive)
	if err != nil {
		return nil, err
	}
	running, kill := context.WithCancel(ctx)
	defer kill()
	out := &boundedBuffer{limit: maxPluginOutput, onOverflow: kill}
	cmd := p.command(running, path, info)
	cmd.Stdout = out
	feedInput := func() {}
	if interactive {
		feedInput, err = p.connectInput(cmd)
		if err != nil {
			return nil, p.failed("Failed", "it cannot be given standard input: "+err.Error(), err)
		}
	}
	err = cmd.Start()
	if err == nil {
		feedInput()
		err = cmd.Wait()
	}
	if out.overflowed {
		return nil, p.failed("BadAnswer",
			fmt.Sprintf("it printed more than %d bytes on standard output, "+
				"where one ExecCredential is expected", maxPluginOutput), nil)
	}
	if err := p.runError(ctx, cmd, err); err != nil {
		return nil, err
	}
	credential, err := parsePluginCredential(out.content, p.config.APIVersion)
	if err != nil {
		return nil, p.failed("BadAnswer", err.Error(), nil)
	}
	return credential, nil
}

// runError returns why the run of cmd, which returned err, gave no output, or nil.
func (p *plugin) runError(ctx context.Context, cmd *exec.Cmd, err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		e := p.failed("Failed", fmt.Sprintf("it ended with %v; its standard error may say why",
			exit.ProcessState), nil)
		e.ExitCode = exit.ExitCode()
		return e
	case cmd.ProcessState != nil && cmd.ProcessState.Success():
		// Its output is complete. Copying may have failed: a child holds the output open, or
		// stderr accepts nothing.
		return nil
	}
	return p.failed("Failed", "it could not be run: "+err.Error(), err)
}

// command returns the plugin's command. Its environment is that of this process, then the
// configuration's, then KUBERNETES_EXEC_INFO.
func (p *plugin) command(ctx context.Context, path string, info []byte) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, p.config.Args...)
	cmd.Args[0] = p.config.Command
	cmd.Env = os.Environ()
	for _, v := range p.config.Env {
		cmd.Env = append(cmd.Env, v.Name+"="+v.Value)
	}
	cmd.Env = append(cmd.Env, "KUBERNETES_EXEC_INFO="+string(info))
	cmd.Stderr, cmd.WaitDelay = p.stderr, pluginWaitDelay
	return cmd
}

// find returns the path of the plugin's program.
func (p *plugin) find() (string, error) {
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
		return "", p.failed("NotFound",
			"it is only in the working directory, from which kx runs nothing: "+
				"set its path", err)
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		problem := "there is no such program in PATH: install it, or set its path"
		if filepath.Base(p.config.Command) != p.config.Command {
			problem = "there is no such program: install it, or correct its path"
		}
		e := p.failed("NotFound", problem, err)
		e.InstallHint = p.config.InstallHint
		return "", e
	}
	return "", p.failed("Failed", "it cannot be run: "+err.Error(), err)
}

// allowedPath returns the absolute path of the plugin's program, if one of commands is that
// program. It fails with the reason NotAllowed if none is.
func (p *plugin) allowedPath(commands []string) (string, error) {
	if len(commands) == 0 {
		return "", p.failed("NotAllowed", "credential plugins may not run here; "+
			"use a user with a token or a client certificate", nil)
	}
	found, err := p.find()
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(found)
	if err != nil {
		return "", p.failed("Failed", "its path cannot be found: "+err.Error(), err)
	}
	for _, command := range commands {
		found, err := exec.LookPath(command)
		if err != nil {
			continue
		}
		allowed, err := filepath.Abs(found)
		if err == nil && allowed == path {
			return path, nil
		}
	}
	return "", p.failed("NotAllowed",
		fmt.Sprintf("it is none of the plugins that may run here; allow %s if you trust it", path),
		nil)
}

// execInfo returns the value of KUBERNETES_EXEC_INFO.
func (p *plugin) execInfo(interactive bool) ([]byte, error) {
	info := execInfo{
		Kind: "ExecCredential", APIVersion: p.config.APIVersion,
		Spec: execSpec{Interactive: interactive},
	}
	if p.config.ProvideClusterInfo {
		cluster := p.cluster
		cluster.CertificateAuthorityData = p.authority()
		info.Spec.Cluster = &cluster
	}
	b, err := json.Marshal(info, json.Deterministic(true))
	if err != nil {
		return nil, p.failed("Failed",
			"the cluster's extension client.authentication.k8s.io/exec cannot be written as JSON",
			nil)
	}
	return b, nil
}

// connectInput connects the plugin's standard input. The returned function is called once the
// plugin runs.
//
// A plugin inherits a file. For another reader a goroutine copies, because os/exec would wait for
// a pending Read after the plugin has ended.
func (p *plugin) connectInput(cmd *exec.Cmd) (feedInput func(), err error) {
	file, ok := p.stdin.(*os.File)
	if ok {
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

func (p *plugin) failed(reason, problem string, err error) *PluginError {
	return &PluginError{Command: p.config.Command, User: p.user, Reason: reason, Problem: problem,
		Err: err}
}

// boundedBuffer keeps what is written, up to limit bytes, and calls onOverflow beyond that.
type boundedBuffer struct {
	content    []byte
	limit      int
	onOverflow func()
	overflowed bool
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if len(b.content)+len(p) > b.limit {
		b.overflowed = true
		b.onOverflow()
		return 0, io.ErrShortBuffer
	}
	b.content = append(b.content, p...)
	return len(p), nil
}
