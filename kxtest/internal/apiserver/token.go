package apiserver

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// audience is the audience of the server itself.
const audience = "https://kubernetes.default.svc"

// accountToken is a token of a service account, issued by a TokenRequest (authentication/v1).
type accountToken struct {
	namespace, account, uid, id string
	audiences                   []string
	expires                     time.Time
	// bound are the objects with which the token ends: the account, and the one that the request
	// names.
	bound []boundObject
}

type boundObject struct {
	kind                 *api.Kind
	namespace, name, uid string
}

// user returns the user whom the token authenticates.
func (a *accountToken) user() *User {
	return &User{
		Name: "system:serviceaccount:" + a.namespace + ":" + a.account,
		UID:  a.uid,
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + a.namespace,
			AuthenticatedGroup},
		extra: map[string][]string{"authentication.kubernetes.io/credential-id": {"JTI=" + a.id}},
	}
}

// isValid reports whether the server accepts the token.
func (a *accountToken) isValid(store *storage.Store) bool {
	if time.Now().After(a.expires) || !slices.Contains(a.audiences, audience) {
		return false
	}
	return !slices.ContainsFunc(a.bound, func(b boundObject) bool {
		stored := store.Get(b.kind, b.namespace, b.name)
		return stored == nil || object.Text(stored.Object, "metadata", "uid") != b.uid
	})
}

// issueToken serves a TokenRequest. The token has the claims of a real one, and no valid signature.
func (c *call) issueToken(w http.ResponseWriter) error {
	request, err := c.readTokenRequest(w)
	if err != nil {
		return err
	}
	account, err := c.bind(c.kind, c.namespace, c.name)
	if err != nil {
		return err
	}
	name := object.Text(request, "metadata", "name")
	if name != "" && name != c.name {
		return invalidToken(c.name, "metadata.name", fmt.Sprintf(
			"Invalid value: %q: must match the service account name if specified", name))
	}
	issued := &accountToken{namespace: c.namespace, account: c.name, uid: account.uid,
		id: storage.NewUID(), bound: []boundObject{account}}
	if err := c.readTokenSpec(issued, object.Fields(request, "spec")); err != nil {
		return err
	}
	text := issued.encode()
	c.server.Users.AddAccountToken(text, issued)
	answer := api.EncodeObject(map[string]any{
		"metadata": map[string]any{"name": c.name, "namespace": c.namespace, "uid": account.uid,
			"creationTimestamp": api.Timestamp()},
		"spec": map[string]any{
			"audiences":         anyList(issued.audiences),
			"expirationSeconds": int64(math.Round(time.Until(issued.expires).Seconds())),
			"boundObjectRef":    object.At(request, "spec", "boundObjectRef"),
		},
		"status": map[string]any{
			"token":               text,
			"expirationTimestamp": issued.expires.UTC().Format(time.RFC3339),
		},
	})
	c.write(w, http.StatusCreated, api.Typed("authentication.k8s.io/v1", "TokenRequest", answer))
	return nil
}

func (c *call) readTokenRequest(w http.ResponseWriter) (map[string]any, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	if _, err := c.writeOptions("CreateOptions"); err != nil {
		return nil, err
	}
	engine := c.engine()
	engine.APIVersion, engine.Kind = "authentication.k8s.io/v1", "TokenRequest"
	engine.Resource = "tokenrequests"
	request, err := engine.Decode(body)
	warn(w, engine.Warnings)
	return request, err
}

// readTokenSpec reads what the request asks for.
func (c *call) readTokenSpec(issued *accountToken, spec map[string]any) error {
	for _, value := range object.List(spec, "audiences") {
		if text, ok := value.(string); ok {
			issued.audiences = append(issued.audiences, text)
		}
	}
	if len(issued.audiences) == 0 {
		issued.audiences = []string{audience}
	}
	seconds, ok := object.Number(spec, "expirationSeconds")
	const field = "spec.expirationSeconds"
	switch {
	case !ok:
		seconds = 3600
	case seconds < 600:
		return invalidToken("", field, fmt.Sprintf(
			"Invalid value: %d: may not specify a duration less than 10 minutes", seconds))
	case seconds > 1<<32:
		return invalidToken("", field, fmt.Sprintf(
			"Invalid value: %d: may not specify a duration larger than 2^32 seconds", seconds))
	}
	issued.expires = time.Now().Add(time.Duration(seconds) * time.Second)
	ref := object.Fields(spec, "boundObjectRef")
	if ref == nil {
		return nil
	}
	version, name := object.Text(ref, "apiVersion"), object.Text(ref, "kind")
	kind, namespace := api.KindByName(version, name), c.namespace
	switch name {
	case "Pod", "Secret":
	case "Node":
		namespace = ""
	default:
		kind = nil
	}
	if kind == nil {
		return api.BadRequest("cannot bind token to object of type /" + version + ", Kind=" + name)
	}
	bound, err := c.bind(kind, namespace, object.Text(ref, "name"))
	if err != nil {
		return err
	}
	uid := object.Text(ref, "uid")
	if uid != "" && uid != bound.uid {
		return api.Failure(http.StatusConflict, "Conflict", fmt.Sprintf(
			"Operation cannot be fulfilled on %s %q: the UID in the bound object reference (%s) "+
				"does not match the UID in record. The object might have been deleted and then "+
				"recreated", kind.Resource, bound.name, uid),
			&api.StatusDetails{Name: bound.name, Kind: kind.Resource})
	}
	if name == "Pod" && c.accountOf(bound) != c.name {
		return api.BadRequest(fmt.Sprintf("cannot bind token for serviceaccount %q to pod running "+
			"with different serviceaccount name.", c.name))
	}
	issued.bound = append(issued.bound, bound)
	return nil
}

// bind returns a reference to a stored object.
func (c *call) bind(kind *api.Kind, namespace, name string) (boundObject, error) {
	stored := c.server.Store.Get(kind, namespace, name)
	if stored == nil {
		return boundObject{}, api.NotFound(kind, name)
	}
	return boundObject{kind, namespace, name, object.Text(stored.Object, "metadata", "uid")}, nil
}

// accountOf returns the name of a pod's service account.
func (c *call) accountOf(pod boundObject) string {
	stored := c.server.Store.Get(pod.kind, pod.namespace, pod.name)
	if stored == nil {
		return ""
	}
	return cmp.Or(object.Text(stored.Object, "spec", "serviceAccountName"), "default")
}

func invalidToken(name, field, message string) error {
	return api.Failure(http.StatusUnprocessableEntity, "Invalid",
		fmt.Sprintf("TokenRequest.authentication.k8s.io %q is invalid: %s: %s", name, field,
			message),
		&api.StatusDetails{Name: name, Group: "authentication.k8s.io", Kind: "TokenRequest",
			Causes: []api.StatusCause{
				{Reason: "FieldValueInvalid", Message: message, Field: field},
			}})
}

// encode returns the token as a JSON Web Token (RFC 7519).
func (a *accountToken) encode() string {
	now := time.Now().Unix()
	claims := map[string]any{
		"aud": a.audiences, "iss": audience, "sub": a.user().Name, "jti": a.id,
		"iat": now, "nbf": now, "exp": a.expires.Unix(),
		"kubernetes.io": map[string]any{"namespace": a.namespace,
			"serviceaccount": map[string]any{"name": a.account, "uid": a.uid}},
	}
	payload, _ := json.Marshal(claims, json.Deterministic(true)) // text and numbers
	part := base64.RawURLEncoding.EncodeToString
	signature := make([]byte, 32)
	_, _ = rand.Read(signature) // never fails
	return part([]byte(`{"alg":"RS256"}`)) + "." + part(payload) + "." + part(signature)
}
