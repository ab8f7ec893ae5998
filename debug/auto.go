package debug

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// auto makes the plan with the first of general, baseline and restricted that the server lets through in a dry run.
// Only a refusal that another profile may cure leads on to the next.
func (o *Options) auto(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, name string) (*Plan, error) {
	ec := subresource.EphemeralContainers(pods)
	why := "the server lets it through"
	var taken, last error
	for _, profile := range []Profile{General, Baseline, Restricted} {
		d, err := o.draft(ctx, pods, pod, name, profile)
		if err != nil {
			return nil, err
		}
		container, err := d.encode()
		if err != nil {
			return nil, err
		}
		patch, err := newAddPatch(pod, container)
		if err != nil {
			return nil, err
		}
		_, err = ec.AddWith(ctx, pod.Metadata.Name, patch, o.patchOptions(true)...)
		var exists *subresource.ContainerExistsError
		switch {
		case err == nil:
			d.notice("the profile " + string(profile) + " was chosen: " + why)
			return o.settle(d)
		case errors.As(err, &exists):
			if exists.Matches || o.Name == "" { // it was added under this profile, or the next one gets another name
				return o.settle(d)
			}
			taken = err
			continue
		}
		refusal := admissionRefusal(err)
		if refusal == "" {
			return nil, err
		}
		why, last = "the server refused "+string(profile)+": "+refusal, err
	}
	if taken != nil {
		return nil, taken
	}
	return nil, fmt.Errorf("debug: the server refused the container under each of the profiles general, baseline and restricted; the last refusal: %w", last)
}

// admissionRefusal gives the server's words, on one line, when it is a policy about what containers may do that refused: Pod Security, a security context constraint,
// a webhook or a ValidatingAdmissionPolicy. It is empty for every other error, such as a missing right.
func admissionRefusal(err error) string {
	var status *transport.StatusError
	if !errors.As(err, &status) {
		return ""
	}
	text := strings.Join(strings.Fields(status.Status.Message), " ")
	switch status.Code {
	case http.StatusForbidden, http.StatusBadRequest, http.StatusUnprocessableEntity:
		for _, words := range []string{"violates PodSecurity", "denied the request", "denied request", "security context constraint"} {
			if strings.Contains(text, words) {
				return text
			}
		}
	}
	return ""
}
