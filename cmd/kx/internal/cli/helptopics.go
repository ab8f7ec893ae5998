package cli

import "github.com/kx-k8s/kx/cmd/kx/internal/command"

// topic is a page of "kx help" about what no single command has. Its name is not that of a command.
type topic struct {
	command.Row
	tables []command.Table
	text   string
}

var topics = []topic{
	{command.Row{Name: "environment", Text: "The variables that kx reads"},
		[]command.Table{{Heading: "VARIABLES", Rows: []command.Row{
			{Name: "KUBECONFIG", Text: "kubeconfig files, in place of ~/.kube/config"},
			{Name: "HTTPS_PROXY, HTTP_PROXY", Text: "proxy, without proxy-url in the kubeconfig"},
			{Name: "NO_PROXY", Text: "servers that are reached without that proxy"},
			{Name: "KX_CONFIG", Text: "file of settings, in place of kx/config.yaml"},
			{Name: "KX_DEBUG_IMAGE", Text: "image of debug containers"},
			{Name: "KX_DEBUG_IMAGES", Text: "patterns of images that kx may choose by itself"},
			{Name: "KX_COMPLETION_TIMEOUT", Text: "limit of a completion, such as 2s"},
			{Name: "NO_COLOR", Text: "if not empty, no colours"},
			{Name: "TERM", Text: "dumb: no colours, and no list to choose a pod from"},
			{Name: "POD_NAMESPACE", Text: "namespace, if kx uses the service account of its pod"},
		}}}, `"kx auth check" prints those that are set.
GOMAXPROCS and GOGC work as in every Go program.`},
	{command.Row{Name: "exit-status", Text: "What a command's exit status means"}, []command.Table{
		{Heading: "ALL COMMANDS", Rows: command.DefaultExitStatus()},
		{Heading: "EXEC, ATTACH, DEBUG -i", Rows: command.SessionExitStatus()},
		{Heading: "LIST TO CHOOSE A POD FROM", Rows: []command.Row{command.ChooserExitStatus}},
	}, `"kx COMMAND --help" has the meanings that are particular to a command.`},
	{command.Row{Name: "files", Text: "The files that kx reads and writes"},
		[]command.Table{{Heading: "FILES", Rows: []command.Row{
			{Name: "~/.kube/config", Text: "the kubeconfig; only config use-context writes it"},
			{Name: "kx/config.yaml", Text: "settings: debug.image and debug.images"},
			{Name: "kx/profiles/NAME.yaml", Text: "a profile of your own: debug --profile NAME"},
		}}}, `The folder kx is in ~/.config, or in $XDG_CONFIG_HOME, on Linux;
in ~/Library/Application Support on macOS; in %AppData% on Windows.
kx has no cache and no other state.`},
	{command.Row{Name: "security", Text: "What kx trusts, and what it does not"},
		[]command.Table{{Heading: "RULES", Rows: []command.Row{
			{Name: "kubeconfig", Text: "may run programs: --allow-exec-plugin restricts them"},
			{Name: "server", Text: "TLS is checked; texts of it cannot control the terminal"},
			{Name: "container", Text: "cp writes nothing outside its destination"},
			{Name: "secrets", Text: "appear in no message; config view --raw prints them"},
			{Name: "transcripts", Text: "--record keeps everything typed, passwords included"},
		}}}, `SECURITY.md of the repository has the whole model, and
docs/kubeconfig.md the rules of files.`},
}

// topicRows lists the topics.
func topicRows() (rows []command.Row) {
	for i := range topics {
		rows = append(rows, topics[i].Row)
	}
	return rows
}

// writeTopic writes the topic of that name, or the list of the topics for "topics". It reports
// whether there is such a topic.
func writeTopic(k *command.Invocation, name string) (found bool, err error) {
	if name == "topics" {
		return true, command.WriteTables(k, "Topics of kx help",
			[]command.Table{{Heading: "TOPICS", Rows: topicRows()}}, "")
	}
	for i := range topics {
		t := &topics[i]
		if t.Name == name {
			return true, command.WriteTables(k, t.Text, t.tables, t.text)
		}
	}
	return false, nil
}
