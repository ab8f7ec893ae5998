package debug

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// customTypesTable has the types of a custom container in Kubernetes 1.35, one a line: the type's
// name and its fields. A field has its type, which starts with [] for a list, or ! and why
// ParseCustom refuses it.
const customTypesTable = "\n" +
	"Container args=[]string env=[]EnvVar envFrom=[]EnvFromSource imagePullPolicy=string" +
	" securityContext=SecurityContext stdin=bool stdinOnce=bool terminationMessagePath=string" +
	" terminationMessagePolicy=string tty=bool volumeMounts=[]VolumeMount workingDir=string" +
	" name=!option image=!option command=!option targetContainerName=!option lifecycle=!server" +
	" livenessProbe=!server readinessProbe=!server startupProbe=!server ports=!server" +
	" resources=!server resizePolicy=!server restartPolicy=!server restartPolicyRules=!server" +
	" volumeDevices=!devices\n" +
	"EnvVar name=string value=string valueFrom=EnvVarSource\n" +
	"EnvVarSource configMapKeyRef=KeySelector fieldRef=ObjectFieldSelector" +
	" fileKeyRef=FileKeySelector resourceFieldRef=ResourceFieldSelector" +
	" secretKeyRef=KeySelector\n" +
	"KeySelector key=string name=string optional=bool\n" +
	"ObjectFieldSelector apiVersion=string fieldPath=string\n" +
	"FileKeySelector key=string optional=bool path=string volumeName=string\n" +
	"ResourceFieldSelector containerName=string divisor=quantity resource=string\n" +
	"EnvFromSource configMapRef=EnvSource prefix=string secretRef=EnvSource\n" +
	"EnvSource name=string optional=bool\n" +
	"VolumeMount mountPath=string mountPropagation=string name=string readOnly=bool" +
	" recursiveReadOnly=string subPath=!server subPathExpr=!server\n" +
	"SecurityContext allowPrivilegeEscalation=bool appArmorProfile=Profile" +
	" capabilities=Capabilities privileged=bool procMount=string readOnlyRootFilesystem=bool" +
	" runAsGroup=int runAsNonRoot=bool runAsUser=int seLinuxOptions=SELinuxOptions" +
	" seccompProfile=Profile windowsOptions=WindowsOptions\n" +
	"Capabilities add=[]string drop=[]string\n" +
	"Profile localhostProfile=string type=string\n" +
	"SELinuxOptions level=string role=string type=string user=string\n" +
	"WindowsOptions gmsaCredentialSpec=string gmsaCredentialSpecName=string hostProcess=bool" +
	" runAsUserName=string\n"

// checkContainer checks a partial container, which is JSON, against customTypesTable.
func checkContainer(document jsontext.Value) error {
	if document.Kind() != '{' {
		return errors.New("it must be an object with the fields of a container")
	}
	return checkValue(jsontext.NewDecoder(bytes.NewReader(document)), "", "Container")
}

// checkValue checks the decoder's next value, which stands at path, against typ. null is valid for
// every type, because it removes the field. The decoder has no errors: the text was parsed before.
func checkValue(d *jsontext.Decoder, path, typ string) error {
	element, isList := strings.CutPrefix(typ, "[]")
	kind := d.PeekKind()
	switch {
	case isList && kind == '[':
		_, _ = d.ReadToken()
		for i := 0; d.PeekKind() != ']'; i++ {
			at := path + "[" + strconv.Itoa(i) + "]"
			if d.PeekKind() == 'n' {
				return errors.New(at + ": an element must not be null")
			}
			if err := checkValue(d, at, element); err != nil {
				return err
			}
		}
		_, _ = d.ReadToken()
		return nil
	case !isList && unicode.IsUpper(rune(typ[0])) && kind == '{':
		_, _ = d.ReadToken()
		for d.PeekKind() != '}' {
			name, _ := d.ReadToken()
			if err := checkField(d, path, typ, name.String()); err != nil {
				return err
			}
		}
		_, _ = d.ReadToken()
		return nil
	}
	value, _ := d.ReadValue()
	expected := expectedType(value, typ)
	if expected != "" && value.Kind() != 'n' {
		return errors.New(path + ": it must be " + expected)
	}
	return nil
}

func checkField(d *jsontext.Decoder, path, typ, name string) error {
	field := fieldType(typ, name)
	if field == "" {
		name = strconv.Quote(name)
	}
	if path != "" {
		name = path + "." + name
	}
	switch field {
	case "":
		return errors.New(name + ": unknown field")
	case "!option":
		return errors.New(name + ": set it with its own option")
	case "!server":
		return errors.New(name + ": the server refuses this field in an ephemeral container")
	case "!devices":
		return errors.New(name + ": a debug container gets no block devices")
	}
	return checkValue(d, name, field)
}

// expectedType returns what value should be, or "" if it has the type.
func expectedType(value jsontext.Value, typ string) string {
	kind := value.Kind()
	switch typ {
	case "string":
		if kind != '"' {
			return "a string"
		}
	case "bool":
		if kind != 't' && kind != 'f' {
			return "true or false"
		}
	case "int":
		if _, err := strconv.ParseInt(string(value), 10, 64); err != nil {
			return "an integer"
		}
	case "quantity":
		if kind != '"' && kind != '0' {
			return "a quantity"
		}
	default:
		if typ[0] == '[' {
			return "a list"
		}
		return "an object"
	}
	return ""
}

// fieldType returns the type of a field, or "" if typ has no field of that name.
func fieldType(typ, name string) string {
	if strings.ContainsAny(name, "= \n") {
		return ""
	}
	_, line, _ := strings.Cut(customTypesTable, "\n"+typ)
	line, _, _ = strings.Cut(line, "\n")
	_, field, _ := strings.Cut(line, " "+name+"=")
	field, _, _ = strings.Cut(field, " ")
	return field
}
