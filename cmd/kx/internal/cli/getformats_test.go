package cli

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

// startWithConfigMaps returns a cluster with config maps whose data sorts by amount.
func startWithConfigMaps(t *testing.T) *clitest.Cluster {
	c := clitest.Start(t)
	for _, data := range []string{`"a","labels":{"app":"web","x.y/tier":"front"}},"data":{"size":"1Gi","n":"10"}`, `"b","labels":{"app":"db"}},"data":{"size":"900Mi","n":"9"}`, `"c"},"data":{"size":"2000","html":"a<b>"}`} {
		_, err := c.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"kube-public","name":` + data + `}`)
		require.NoError(t, err)
	}
	return c
}

func TestGetWritesTheTextOfATemplate(t *testing.T) {
	c := startWithConfigMaps(t)
	file := c.Write("template", `{range .items[*]}{.metadata.name} {end}`)
	columns := c.Write("columns", "NAME SIZE\n.metadata.name {.data.size}\n")
	for commandLine, want := range map[string]string{
		"get cm a -o jsonpath={.data.size}":                                                  "1Gi",
		`get cm a -o jsonpath={.kind}/{.metadata.labels["x.y/tier"]}`:                        "ConfigMap/front",
		"get cm a -o jsonpath={.data}":                                                       `{"n":"10","size":"1Gi"}`,
		"get cm c -o jsonpath={.data}":                                                       `{"html":"a\u003cb\u003e","size":"2000"}`,
		"get cm -o jsonpath={.kind}{.items[*].metadata.name}":                                "Lista b c",
		"get cm a c -o jsonpath={.items[*].metadata.name}":                                   "a c",
		`get cm -o jsonpath={.items[?(@.data.n=="9")].metadata.name}`:                        "b",
		"get cm -o jsonpath-file=" + file:                                                    "a b c ",
		"get cm a -o jsonpath={.data.missing}":                                               "",
		"get cm none -o jsonpath={.data} --ignore-not-found":                                 "",
		"get cm -o custom-columns=NAME:.metadata.name,SIZE:data.size":                        "NAME   SIZE\na      1Gi\nb      900Mi\nc      2000\n",
		"get cm a -o custom-columns=ALL:.data,NO:.none":                                      "ALL                  NO\nmap[n:10 size:1Gi]   <none>\n",
		"get cm -o custom-columns=N:.metadata.name --no-headers":                             "a\nb\nc\n",
		"get cm -o custom-columns-file=" + columns:                                           "NAME   SIZE\na      1Gi\nb      900Mi\nc      2000\n",
		"get cm -l app=none -o custom-columns=N:.metadata.name":                              "N\n",
		"get cm -o name --sort-by .data.size":                                                "configmap/c\nconfigmap/b\nconfigmap/a\n",
		"get cm -o jsonpath={.items[*].data.n} --sort-by {.data.n}":                          "9 10",
		"get cm -o name --sort-by .metadata.creationTimestamp":                               "configmap/a\nconfigmap/b\nconfigmap/c\n",
		"get cm -o name -l app -l app!=db":                                                   "configmap/a\n",
		"get cm -o name --field-selector metadata.name!=a --field-selector metadata.name!=b": "configmap/c\n",
	} {
		require.Equal(t, want, c.MustRun(append(splitWords(commandLine), "-n", "kube-public")...), commandLine)
	}
}

func TestGetAddsColumnsOfLabelsAndSortsRows(t *testing.T) {
	c := startWithConfigMaps(t)
	for commandLine, want := range map[string][]string{
		"get cm --show-labels":                                              {`^NAME +DATA +AGE +LABELS$`, `^a +2 +\S+ +app=web,x.y/tier=front$`, `^b +2 +\S+ +app=db$`, `^c +2 +\S+ +<none>$`},
		"get cm -L app,x.y/tier":                                            {`^NAME +DATA +AGE +APP +TIER$`, `^a +2 +\S+ +web +front$`, `^b +2 +\S+ +db +$`, `^c +2 +\S+ +$`},
		"get cm a -L app --show-labels":                                     {`^NAME +DATA +AGE +APP +LABELS$`, `^a +2 +\S+ +web +app=web,x.y/tier=front$`},
		"get cm --sort-by .data.size":                                       {`^NAME `, `^c `, `^b `, `^a `},
		"get cm --sort-by {.data.n}":                                        {`^NAME `, `^c `, `^b `, `^a `},
		"get cm --chunk-size 1 --no-headers":                                {`^a `, `^b `, `^c `},
		"get cm --sort-by .metadata.name -l app --show-labels --no-headers": {`^a .* app=web`, `^b .* app=db`},
	} {
		regexpLines(want...)(t, c.MustRun(append(splitWords(commandLine), "-n", "kube-public")...))
	}
	c.ForgetRequests()
	c.MustRun("get", "cm", "-n", "kube-public", "--chunk-size", "2")
	require.Len(t, c.Requests(), 2)
	require.Equal(t, "None", c.Request("GET").Query.Get("includeObject"))
	c.MustRun("get", "cm", "-n", "kube-public", "--chunk-size", "0", "-o", "json")
	require.Equal(t, "2147483647", c.Request("GET").Query.Get("limit"))
}

func TestGetPrintsTheObjectsOfFiles(t *testing.T) {
	c := startWithConfigMaps(t)
	file := c.Write("objects.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: kube-public}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: shell}}\n")
	require.Equal(t, "configmap/b\npod/shell\n", c.MustRun("get", "-f", file, "-o", "name"))
	require.Equal(t, "9 shell", c.MustRun("get", "-f", file, "-o", "jsonpath={.items[0].data.n} {.items[1].metadata.name}"))
	regexpLines(`^NAME +DATA +AGE$`, `^configmap/b `, `^$`, `^NAME +READY`, `^pod/shell `)(t, c.MustRun("get", "-f", file))
}

func TestGetRawPrintsTheResponse(t *testing.T) {
	c := startWithConfigMaps(t)
	require.Contains(t, c.MustRun("get", "--raw", "/api/v1/namespaces/kube-public/configmaps?labelSelector=app%3Ddb"), `"name":"b"`)
	require.Equal(t, "app=db", c.Request("GET").Query.Get("labelSelector"))
	require.Equal(t, 1, c.Kx("get", "--raw", "/nope").Code)
}

func TestARawAnswerMayPauseIfItIsAStream(t *testing.T) {
	for path, want := range map[string]bool{
		"/version":                                    false,
		"/api/v1/pods":                                false,
		"/api/v1/pods?watch=1":                        true,
		"/api/v1/pods?watch=false":                    false,
		"/api/v1/namespaces/a/pods/b/log":             false,
		"/api/v1/namespaces/a/pods/b/log?follow=true": true,
		"/api/v1/namespaces/a/pods/b/proxy/events":    true,
	} {
		get, err := rawRequest(path)
		require.NoError(t, err)
		require.Equal(t, want, get.Stream, path)
		api, err := parseRequest("GET", path)
		require.NoError(t, err)
		require.Equal(t, want, api.Stream, path)
	}
}

func TestGetRefusesFormatsThatDoNotFit(t *testing.T) {
	for commandLine, want := range map[string]string{
		"pods -o go-template={{.}}":      "kx has no Go templates: use jsonpath=TEMPLATE or custom-columns=…",
		"pods -o jsonpath":               "jsonpath needs a value: jsonpath=…",
		"pods -o custom-columns=":        "custom-columns needs a value: custom-columns=…",
		"pods -o jsonpath={.a":           `jsonpath "{.a", column 4: a closing brace is missing`,
		"pods -o custom-columns=A":       `column "A" is not HEADING:PATH, such as NAME:.metadata.name`,
		"pods -o custom-columns=A:.b[":   `column 3: "[]" is not supported`,
		"pods --sort-by {":               "--sort-by: jsonpath",
		"pods -o json --show-labels":     "-o json has no columns for labels",
		"pods -o name -L app":            "-o name has no columns for labels",
		"pods --raw /api":                "--raw excludes kinds, files, selectors, formats and --watch",
		"--raw https://a.example/api":    `"https://a.example/api" is not a path, such as /healthz`,
		"--raw //example.com/api":        `is not a path`,
		"--raw api":                      `--raw "api" is not a path`,
		"pods --chunk-size -5":           "--chunk-size must not be negative",
		"pods -f a.yaml":                 "give the objects by -f or by their names, not both",
		"-f a.yaml -l a=b":               "-f excludes selectors, --all and --all-namespaces",
		"-f a.yaml --subresource status": "-f excludes --subresource",
	} {
		line := clitest.Execute(t.Context(), "", append([]string{"get"}, splitWords(commandLine)...)...).RequireError(t, 2)
		require.Contains(t, line, want, commandLine)
	}
	c := startWithConfigMaps(t)
	for commandLine, want := range map[string]string{
		"cm a -o jsonpath={.data.missing} --allow-missing-template-keys=false": `error: jsonpath "{.data.missing}": no value has the member "missing"`,
		"cm -o jsonpath={.items[9]}": `error: jsonpath "{.items[9]}": index 9 is out of range: the array has 3 items`,
		"cm --sort-by .data.missing": `error: cannot sort by ".data.missing": no object has a value there`,
		"cm --sort-by .data":         `error: cannot sort by ".data": a value is an object or an array`,
		"cm -o name --sort-by .data": `error: cannot sort by ".data": a value is an object or an array`,
	} {
		require.Equal(t, want, c.Kx(append([]string{"get", "-n", "kube-public"}, splitWords(commandLine)...)...).RequireError(t, 1), commandLine)
	}
	empty := c.Write("empty", "")
	require.Contains(t, c.Kx("get", "cm", "-o", "custom-columns-file="+empty).RequireError(t, 2), "a line of headings and a line of paths are needed")
	require.NoError(t, os.WriteFile(empty, []byte("A B\n.a\n"), 0o600))
	require.Contains(t, c.Kx("get", "cm", "-o", "custom-columns-file="+empty).RequireError(t, 2), "the first line has 2 headings, and the second has 1 paths")
}
