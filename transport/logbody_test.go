package transport_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBodiesAreLoggedWithoutTheValuesOfEnvCommandArgsAndSecrets(t *testing.T) {
	const cut = `"(left out)"`
	long := `{"a":"` + strings.Repeat("x", 9000) + `"}`
	for name, tc := range map[string]struct{ body, want string }{
		"a debug container": {`{"spec":{"ephemeralContainers":[{"name":"d","command":["sh","-c","s3cret"],"args":["s3cret"],"env":[{"name":"A","value":"s3cret"},{"name":"B","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}],"image":"i"}]}}`,
			`{"spec":{"ephemeralContainers":[{"name":"d","command":` + cut + `,"args":` + cut + `,"env":[{"name":"A","value":` + cut + `},{"name":"B","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}],"image":"i"}]}}`},
		"spaces":                        {`{ "command" : [ "s3cret" ] , "b" : 1 }`, `{ "command":` + cut + ` , "b" : 1 }`},
		"the keys of a name in escapes": {`{"comm\u0061nd":["s3cret"]}`, `{"comm\u0061nd":` + cut + `}`},
		"a JSON Patch of a container":   {`[{"op":"add","path":"/spec/ephemeralContainers/-","value":{"name":"d","command":["s3cret"]}}]`, `[{"op":"add","path":"/spec/ephemeralContainers/-","value":{"name":"d","command":` + cut + `}}]`},
		"a JSON Patch of a variable":    {`[{"op":"add","path":"/spec/containers/0/env/-","value":{"name":"A","value":"s3cret"}},{"op":"test","path":"/metadata/name","value":"shown"}]`, `[{"op":"add","path":"/spec/containers/0/env/-","value":` + cut + `},{"op":"test","path":"/metadata/name","value":"shown"}]`},
		"a JSON Patch of an argument":   {`[{"op":"add","path":"/spec/containers/0/args/1","value":"s3cret"}]`, `[{"op":"add","path":"/spec/containers/0/args/1","value":` + cut + `}]`},
		"a JSON Patch in another order": {`[{"value":"s3cret","path":"/spec/containers/0/env/0/value","op":"add"}]`, `[{"value":` + cut + `,"path":"/spec/containers/0/env/0/value","op":"add"}]`},
		"a map of variables":            {`{"env":{"A":"s3cret","B":{"c":"s3cret"}}}`, `{"env":{"A":` + cut + `,"B":` + cut + `}}`},
		"a list of variables":           {`{"env":["A=s3cret","B=s3cret"],"b":1}`, `{"env":[` + cut + `,` + cut + `],"b":1}`},
		"a variable as text":            {`{"env":"A=s3cret"}`, `{"env":` + cut + `}`},
		"an annotation with the object": {`{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"env\":\"s3cret\"}","a":"b"}}`, `{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":` + cut + `,"a":"b"}}`},
		"the texts of a Secret":         {`{"kind":"Secret","stringData":{"p":"s3cret"}}`, `{"kind":"Secret","stringData":` + cut + `}`},
		"the data of a Secret in a list, before its kind": {`{"kind":"List","items":[{"data":{"p":"s3cret"},"kind":"Secret"}]}`,
			`{"kind":"List","items":[{"data":` + cut + `,"kind":"Secret"}]}`},
		"the data of a Secret whose kind has escapes": {`{"kind":"\u0053ecret","d\u0061ta":{"p":"s3cret"}}`, `{"kind":"\u0053ecret","d\u0061ta":` + cut + `}`},
		"the data of a Secret in a watch":             {`{"type":"ADDED","object":{"kind":"Secret","data":{"p":"s3cret"}}}`, `{"type":"ADDED","object":{"kind":"Secret","data":` + cut + `}}`},
		"a JSON Patch of a Secret":                    {`[{"op":"replace","path":"/data/p","value":"s3cret"}]`, `[{"op":"replace","path":"/data/p","value":` + cut + `}]`},
		"a token":                                     {`{"status":{"token":"s3cret"}}`, `{"status":{"token":` + cut + `}}`},
		"a watch":                                     {"{\"object\":{\"args\":[\"s3cret\"]}}\n{\"object\":{\"args\":[\"s3cret\"]}}\n", `{"object":{"args":` + cut + `}} {"object":{"args":` + cut + `}}`},
		"a value that is cut":                         {`{"args":["` + strings.Repeat("s3cret", 2000) + `"]}`, `{"args":` + cut + ` …`},
		"a body that is cut":                          {`{"args":["s3cret"],"b":` + long + `}`, `{"args":` + cut + `,"b":{"a" …`},
		"a broken body":                               {`{"a":1,]"args":["s3cret"]}`, `{"a":1 …`},
		"a broken name":                               {`{"a":1, args:["s3cret"]}`, `{"a":1 …`},
		"text":                                        {"hello {", "hello {"},
	} {
		t.Run(name, func(t *testing.T) {
			text := logOf(t, 9, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tc.body) },
				send("POST", tc.body), nil)
			require.NotContains(t, text, "s3cret")
			require.Equal(t, 2, strings.Count(text, " "+tc.want+"\n"), text)
		})
	}
}
