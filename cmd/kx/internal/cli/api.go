package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/transport"
)

type apiCommand struct {
	*command.Invocation
	file string
	typ  command.Choice
}

// The exit statuses of kx api for an answer of the classes 4xx and 5xx.
const (
	exitClientError = 4
	exitServerError = 5
)

func newAPI(k *command.Invocation) *cobra.Command {
	a := &apiCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "api METHOD PATH [-f FILE]",
		Short: "Send one request to the API server",
		RunE:  func(cmd *cobra.Command, args []string) error { return a.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVarP(&a.file, "filename", "f", "", "`FILE` with the body, or - for stdin")
	a.typ = command.NewChoice(string(patch.TypeMerge), string(patch.TypeJSON),
		string(patch.TypeMerge), string(patch.TypeStrategic), string(patch.TypeApply))
	command.AddChoice(cmd, &a.typ, "type", "", "`TYPE`")
	cmd.ValidArgsFunction = a.complete
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Read the version of the server", CommandLine: "kx api GET /version"},
			{Purpose: "Check the health of the server in detail",
				CommandLine: "kx api GET '/readyz?verbose'"},
			{Purpose: "Create a pod",
				CommandLine: "kx api POST /api/v1/namespaces/default/pods -f pod.yaml"},
			{Purpose: "Set a label", CommandLine: "echo 'metadata: {labels: {a: b}}' |\n" +
				"  kx api PATCH /api/v1/namespaces/default/pods/shell -f -"},
		},
		ExitStatus: command.DefaultExitStatus(
			command.Row{Name: "4", Text: "the server answered 4xx: the request is wrong"},
			command.Row{Name: "5", Text: "the server answered 5xx: the server failed"}),
		SeeAlso: []string{"kx get, kx patch; docs/kx.md"},
		Background: `kx sends one request as the user of the kubeconfig, and prints the body of the
answer as it comes. A watch or a followed log is printed until it ends. On a terminal, characters
that could control it are escaped.

PATH begins with / and has no host: the request goes to the server of the kubeconfig alone. The body
is JSON, or YAML that kx sends as JSON. A failure is printed on stderr in one line.`,
	})
	return cmd
}

// apiMethods are the methods that the API server knows.
var apiMethods = []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost,
	http.MethodPut, http.MethodPatch, http.MethodDelete}

func (*apiCommand) complete(_ *cobra.Command, args []string, _ string) (words []string,
	_ cobra.ShellCompDirective) {
	if len(args) == 0 {
		words = apiMethods
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func (a *apiCommand) run(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return command.Usagef("give METHOD and PATH, such as GET /version")
	}
	request, err := parseRequest(args[0], args[1])
	if err != nil {
		return command.NewUsageError(err)
	}
	err = command.Interruptibly(a.Invocation, func() error { return a.setBody(request) })
	if err != nil {
		return err
	}
	client, err := a.Connect()
	if err != nil {
		return err
	}
	response, err := client.Do(ctx, request)
	if err != nil {
		var status *transport.StatusError
		switch {
		case !errors.As(err, &status):
		case status.Code >= 500:
			a.FailureStatus = exitServerError
		case status.Code >= 400:
			a.FailureStatus = exitClientError
		}
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(a.Out, response.Body)
	return err
}

// parseRequest reads METHOD and PATH[?QUERY].
func parseRequest(method, path string) (*transport.Request, error) {
	method = strings.ToUpper(method)
	if !slices.Contains(apiMethods, method) {
		return nil, fmt.Errorf("%q is not a method: give one of %s", method,
			strings.Join(apiMethods, ", "))
	}
	path, query, _ := strings.Cut(path, "?")
	segments, ok := strings.CutPrefix(strings.TrimSuffix(path, "/"), "/")
	if path == "/" {
		segments, ok = "", true
	}
	switch {
	case !ok || strings.HasPrefix(segments, "/"):
		return nil, fmt.Errorf("%q is not a path of the API: it begins with one /, as in "+
			"/api/v1/nodes, and has no host", path)
	case method == http.MethodDelete && strings.HasSuffix(path, "/") &&
		!strings.Contains(path, "/proxy/"):
		return nil, fmt.Errorf("%q ends with /, and DELETE would remove every object of that list"+
			": add a name, or leave out the /", path)
	case strings.Contains(path+query, "#"):
		return nil, fmt.Errorf("%q is not a path of the API: it has no fragment after #", path)
	}
	request := &transport.Request{Method: method, Accept: "application/json, */*"}
	for segment := range strings.SplitSeq(segments, "/") {
		plain, err := url.PathUnescape(segment)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%q is not a path of the API: %w", path, err)
		case plain == "" && segments != "", plain == ".", plain == "..":
			return nil, fmt.Errorf("%q is not a path of the API: "+
				"empty parts, . and .. lead elsewhere", path)
		case plain != "":
			request.Path = append(request.Path, plain)
		}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("%q is not a query: %w", query, err)
	}
	request.Query = values
	request.Stream = mayPause(request)
	return request, nil
}

// isOn reports whether a query has a boolean parameter that is true.
func isOn(query url.Values, name string) bool {
	return query.Has(name) && query.Get(name) != "0" && query.Get(name) != "false"
}

// setBody sets the body of the request and its media type.
func (a *apiCommand) setBody(request *transport.Request) error {
	writes := request.Method == http.MethodPost || request.Method == http.MethodPut ||
		request.Method == http.MethodPatch
	switch {
	case a.file == "" && writes:
		return command.Usagef("%s needs a body: give -f FILE, or -f - for stdin", request.Method)
	case a.file == "":
		return nil
	case !writes && request.Method != http.MethodDelete:
		return command.Usagef("%s has no body: leave out -f", request.Method)
	}
	text, name, err := command.ReadFile(a.Invocation, a.file)
	if err != nil {
		return err
	}
	documents, err := command.Documents(text, nil)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	case len(documents) != 1:
		return fmt.Errorf("%s: a body is one document, and this has %d", name, len(documents))
	}
	request.Body = documents[0]
	if request.Method == http.MethodPatch {
		request.ContentType = patch.Type(a.typ.Value).ContentType()
	}
	return nil
}
