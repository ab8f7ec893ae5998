package cli

import "slices"

// listedMessage is a message of the sources, with its verbs, and its situation. The table holds the
// text to the sources; to bring the message about is left to the tests of its package.
type listedMessage struct{ situation, text string }

// listedMessages are the messages that no command line of these tables brings about.
var listedMessages = [][]listedMessage{
	commandListed,
	describeListed,
	debugListed,
	kubeconfigListed,
	resourcesListed,
	waitingListed,
	podcopyListed,
	imageListed,
	subresourceListed,
	jsonpathListed,
	getListed,
	logListed,
	transportListed,
}

// printedTexts returns what the rows of the other tables print.
func printedTexts() (texts []string) {
	for _, m := range slices.Concat(messages, usageMessages, patchMessages) {
		texts = append(texts, m.stderr)
	}
	for _, m := range kubeconfigMessages {
		texts = append(texts, m.stderr)
	}
	for _, m := range builtMessages {
		texts = append(texts, m.text)
	}
	return texts
}

// notMessages are texts that the search takes for messages, each with what it is.
var notMessages = map[string]string{
	"already deleted":                               "a mark inside a deletion, which no caller sees",
	"a line has no timestamp":                       "a mark inside Lines, which no caller sees",
	"the last line that was read is missing":        "a mark inside Lines, which no caller sees",
	"not asked":                                     "a mark inside the checks, which the command does not print",
	"none: the service account of this pod is used": "a value in the report of auth check",
	" of --token":                                   "a value in the report of auth check",
	"expires at %s, in %s":                          "a value in the report of auth check",
	"EXPIRED at %s, %s ago":                         "a value in the report of auth check",
	" from %s namespace":                            "a part of the result on stdout",
	"force deleted":                                 "a part of the result on stdout",
	"No resources found":                            "the whole of an empty list",
	"patched (no change)":                           "a result on stdout",
	"kx record, kx exec, kx debug; docs/debug.md":   "a line of help",
	"kx image, kx debug; docs/air-gapped.md":        "a line of help",
	"kx COMMAND [flags]":                            "a line of help",
	" (dry run)":                                    "a part of the result on stdout",
	" (server dry run)":                             "a part of the result on stdout",
	"UID[:GID]":                                     "the type of a flag in help",
	"the pod was not read":                          "a fault of kx itself",
	"was not running":                               "a result on stdout",
	"custom (%d fields)":                            "the name of a layer in a plan",
	"an integer":                                    "a word in a message about --custom",
	"the target's process %s is visible, but ":      "the beginning of a message about a target",
	"container %s of the pod":                       "a name in a message",
	"the running container %s":                      "a name in a message",
	" for the tag latest":                           "a part of a warning about an image",
	" among its largest images":                     "a part of a warning about an image",
	`{"capabilities":{"add":["SYS_PTRACE"]}}`:       "the JSON of a profile",
	`{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"privileged":null,"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}`: "the JSON of a profile",
	`{"capabilities":{"add":["NET_ADMIN","NET_RAW"]}}`:                  "the JSON of a profile",
	`{"allowPrivilegeEscalation":null,"privileged":true,"runAsUser":0}`: "the JSON of a profile",
	`{"volumeMounts":[{"name":"pvc","mountPath":"/pvc"}]}`:              "the JSON of a mount",
	`{"volumeDevices":[{"name":"pvc","devicePath":"/pvc"}]}`:            "the JSON of a block device",
	"kubelogin (github.com/Azure/kubelogin)":                            "a name in a message about auth-provider",
	"is not a kubeconfig: it is %s, not a mapping":                      "printed with a value that the row of a list shows",
	"a path with an empty name: %w":                                     "printed after the operation, as the row of an empty name shows",
	"%s needs a value (which may be null)":                              "printed with a value that the row of a missing value shows",
	"document (%d bytes)":                                               "the text of a patch for logs",
	"%s patch (invalid)":                                                "the text of a patch for logs",
	"no patch":                                                          "the text of a patch for logs",
	"json patch (operations: %d)":                                       "the text of a patch for logs",
	"%s patch (%d bytes)":                                               "the text of a patch for logs",
	"the service":                                                       "a name in a message",
	"stopped by the caller":                                             "a mark inside a list, which no caller sees",
	"another goroutine reads the socket":                                "a fault of kx itself",
	"connection refused: nothing in the pod listens there":              "part of the message for a port where nothing listens",
	"%s through the proxy %s":                                           "part of an address",
	", which expires at %s":                                             "part of the message about a token",
	", which expired at %s":                                             "part of the message about a token",
	"bad request":                                                       "a class of errors, which callers compare with",
	"not found":                                                         "a class of errors, which callers compare with",
	"method not allowed":                                                "a class of errors, which callers compare with",
	"not acceptable":                                                    "a class of errors, which callers compare with",
	"already exists":                                                    "a class of errors, which callers compare with",
	"request entity too large":                                          "a class of errors, which callers compare with",
	"unsupported media type":                                            "a class of errors, which callers compare with",
	"too many requests":                                                 "a class of errors, which callers compare with",
	"internal error":                                                    "a class of errors, which callers compare with",
	"service unavailable":                                               "a class of errors, which callers compare with",
	"server timeout":                                                    "a class of errors, which callers compare with",
	"the write's outcome is unknown":                                    "a class of errors, which callers compare with",
	"(not shown)":                                                       "stands for a secret",
	"(a URL that cannot be read)":                                       "stands for a URL that may hold a secret",
	"(left out: it may hold a secret)":                                  "stands for a secret in the log",
	"the request's time limit expired":                                  "a cause inside a timeout",
	"its connection cannot be written to":                               "part of a message about an upgrade",
}
