package debug

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
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

// checkContainer holds a part of a container to customFields.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func checkContainer(part jsontext.Value) error {
	if part.Kind() != '{' {
		return errors.New("it is no object: write the fields of a container")
	}
	return checkField(part, "", "Container")
}

// checkField holds the value at a path to its type. null is of every type, as it takes the field away.
func checkField(value jsontext.Value, path, typ string) error {
	if element, ok := strings.CutPrefix(typ, "[]"); ok {
		return checkList(value, path, element)
	}
	kind := value.Kind()
	wants := ""
	switch typ {
	case "string":
		if kind != '"' {
			wants = "text"
		}
	case "bool":
		if kind != 't' && kind != 'f' {
			wants = "true or false"
		}
	case "int":
		if _, err := strconv.ParseInt(string(value), 10, 64); err != nil {
			wants = "an integer"
		}
	case "quantity":
		if kind != '"' && kind != '0' {
			wants = "a quantity"
		}
	default:
		if kind == '{' {
			return checkObject(value, path, typ)
		}
		wants = "an object"
	}
	if wants == "" || kind == 'n' {
		return nil
	}
	return fmt.Errorf("%s: it must be %s", path, wants)
}

func checkList(value jsontext.Value, path, element string) error {
	var list []jsontext.Value
	switch value.Kind() {
	case 'n':
		return nil
	case '[':
	default:
		return fmt.Errorf("%s: it must be a list", path)
	}
	if err := json.Unmarshal(value, &list); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for i, v := range list {
		at := path + "[" + strconv.Itoa(i) + "]"
		if v.Kind() == 'n' {
			return fmt.Errorf("%s: an element cannot be null", at)
		}
		if err := checkField(v, at, element); err != nil {
			return err
		}
	}
	return nil
}

func checkObject(value jsontext.Value, path, typ string) error {
	d := jsontext.NewDecoder(strings.NewReader(string(value)))
	if _, err := d.ReadToken(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for d.PeekKind() == '"' {
		token, err := d.ReadToken()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		name := token.String()
		member, err := d.ReadValue()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fieldType := fieldOf(typ, name)
		if fieldType == "" {
			return fmt.Errorf("%s: there is no such field", join(path, strconv.Quote(name)))
		}
		at := join(path, name)
		switch fieldType {
		case "!option":
			return fmt.Errorf("%s: another option says that", at)
		case "!server":
			return fmt.Errorf("%s: the server refuses it in an ephemeral container", at)
		case "!devices":
			return fmt.Errorf("%s: a debug container gets no block devices", at)
		}
		if err := checkField(member, at, fieldType); err != nil {
			return err
		}
	}
	return nil
}

// fieldOf gives the type of a field, "" when the type has none of that name.
func fieldOf(typ, name string) string {
	for line := range strings.Lines(customFields) {
		fields, ok := strings.CutPrefix(line, typ+" ")
		if !ok {
			continue
		}
		for field := range strings.FieldsSeq(fields) {
			if fieldType, ok := strings.CutPrefix(field, name+"="); ok {
				return fieldType
			}
		}
	}
	return ""
}
