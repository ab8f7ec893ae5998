package debug

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// customFields are the types that a custom container is made of, one a line, as Kubernetes 1.35 has them: each field with its type, [] for a list, or ! and why it is refused.
const customFields = `
Container args=[]string env=[]EnvVar envFrom=[]EnvFromSource imagePullPolicy=string securityContext=SecurityContext stdin=bool stdinOnce=bool terminationMessagePath=string terminationMessagePolicy=string tty=bool volumeMounts=[]VolumeMount workingDir=string name=!option image=!option command=!option targetContainerName=!option lifecycle=!server livenessProbe=!server readinessProbe=!server startupProbe=!server ports=!server resources=!server resizePolicy=!server restartPolicy=!server restartPolicyRules=!server volumeDevices=!devices
EnvVar name=string value=string valueFrom=EnvVarSource
EnvVarSource configMapKeyRef=KeySelector fieldRef=ObjectFieldSelector fileKeyRef=FileKeySelector resourceFieldRef=ResourceFieldSelector secretKeyRef=KeySelector
KeySelector key=string name=string optional=bool
ObjectFieldSelector apiVersion=string fieldPath=string
FileKeySelector key=string optional=bool path=string volumeName=string
ResourceFieldSelector containerName=string divisor=quantity resource=string
EnvFromSource configMapRef=EnvSource prefix=string secretRef=EnvSource
EnvSource name=string optional=bool
VolumeMount mountPath=string mountPropagation=string name=string readOnly=bool recursiveReadOnly=string subPath=!server subPathExpr=!server
SecurityContext allowPrivilegeEscalation=bool appArmorProfile=Profile capabilities=Capabilities privileged=bool procMount=string readOnlyRootFilesystem=bool runAsGroup=int runAsNonRoot=bool runAsUser=int seLinuxOptions=SELinuxOptions seccompProfile=Profile windowsOptions=WindowsOptions
Capabilities add=[]string drop=[]string
Profile localhostProfile=string type=string
SELinuxOptions level=string role=string type=string user=string
WindowsOptions gmsaCredentialSpec=string gmsaCredentialSpecName=string hostProcess=bool runAsUserName=string
`

// checkContainer holds a part of a container, which is JSON, to customFields.
func checkContainer(part jsontext.Value) error {
	if part.Kind() != '{' {
		return errors.New("it is no object: write the fields of a container")
	}
	return checkValue(jsontext.NewDecoder(bytes.NewReader(part)), "", "Container")
}

// checkValue reads the next value, which is at path, and holds it to its type. null is of every type, as it takes the field away.
// There is nothing that the decoder could object to: the text was read before.
func checkValue(d *jsontext.Decoder, path, typ string) error {
	element, isList := strings.CutPrefix(typ, "[]")
	kind := d.PeekKind()
	switch {
	case isList && kind == '[':
		_, _ = d.ReadToken()
		for i := 0; d.PeekKind() != ']'; i++ {
			at := path + "[" + strconv.Itoa(i) + "]"
			if d.PeekKind() == 'n' {
				return errors.New(at + ": an element cannot be null")
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
	wants := wanted(value, typ)
	if wants != "" && value.Kind() != 'n' {
		return errors.New(path + ": it must be " + wants)
	}
	return nil
}

func checkField(d *jsontext.Decoder, path, typ, name string) error {
	field := fieldOf(typ, name)
	if field == "" {
		name = strconv.Quote(name)
	}
	if path != "" {
		name = path + "." + name
	}
	switch field {
	case "":
		return errors.New(name + ": there is no such field")
	case "!option":
		return errors.New(name + ": another option says that")
	case "!server":
		return errors.New(name + ": the server refuses it in an ephemeral container")
	case "!devices":
		return errors.New(name + ": a debug container gets no block devices")
	}
	return checkValue(d, name, field)
}

// wanted says what a value should be, "" when it is that.
func wanted(value jsontext.Value, typ string) string {
	kind := value.Kind()
	switch typ {
	case "string":
		if kind != '"' {
			return "text"
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

// fieldOf gives the type of a field, "" when the type has none of that name.
func fieldOf(typ, name string) string {
	if strings.ContainsAny(name, "= \n") {
		return ""
	}
	_, line, _ := strings.Cut(customFields, "\n"+typ)
	line, _, _ = strings.Cut(line, "\n")
	_, field, _ := strings.Cut(line, " "+name+"=")
	field, _, _ = strings.Cut(field, " ")
	return field
}
