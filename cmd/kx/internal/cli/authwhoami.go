package cli

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/auth"
)

type whoAmICommand struct {
	*kx
	format choice
}

func newAuthWhoAmI(k *kx) *cobra.Command {
	w := &whoAmICommand{kx: k}
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Show who you are to the server",
		Long: `whoami prints the name, uid, groups and extra fields of the user that the server takes you for.
It takes Kubernetes 1.28 or newer.

` + exitStatus,
		Example: `  kx auth whoami
  kx auth whoami -o json
  kx auth whoami --as system:serviceaccount:default:default`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return w.run(cmd.Context()) },
	}
	w.format = oneOf("", formatJSON, formatYAML)
	addChoice(cmd, &w.format, "output", "o", "the form of the output")
	return cmd
}

func (w *whoAmICommand) run(ctx context.Context) error {
	client, err := w.connect()
	if err != nil {
		return err
	}
	user, err := auth.WhoAmI(ctx, client)
	if err != nil {
		return err
	}
	if w.format.value != "" {
		return writeDocument(w.out, w.format.value, map[string]any{ // the server's answer, as it would have it
			"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "status": map[string]any{"userInfo": user},
		})
	}
	rows := [][]string{{"ATTRIBUTE", "VALUE"}}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{oneLine(name), oneLine(value)})
		}
	}
	add("Username", user.Username)
	add("UID", user.UID)
	if len(user.Groups) > 0 {
		add("Groups", bracketed(user.Groups))
	}
	for _, key := range slices.Sorted(maps.Keys(user.Extra)) {
		add("Extra: "+key, bracketed(user.Extra[key]))
	}
	return writeTable(w.out, rows)
}

// bracketed gives a list as kubectl shows it.
func bracketed(words []string) string { return "[" + strings.Join(words, " ") + "]" }

// writeDocument writes a value as JSON or YAML.
func writeDocument(w io.Writer, format string, value any) error {
	document, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return err
	}
	if format == formatYAML {
		return writeYAML(w, document)
	}
	return jsontext.NewEncoder(w, jsontext.WithIndent("    ")).WriteValue(document)
}
