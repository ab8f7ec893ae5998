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

// planWithAutoProfile returns the plan with the first of general, baseline and restricted that the
// server admits in a dry run. It tries the next profile only after a refusal that another profile
// may avoid.
func (o *Options) planWithAutoProfile(ctx context.Context, pods *podAPI, pod *resources.PodOutline,
	name string) (*Plan, error) {
	ec := subresource.EphemeralContainers(pods)
	why := "the server admits it"
	var existsErr, refusedErr error
	for _, profile := range []Profile{General, Baseline, Restricted} {
		b, err := o.newEphemeralBuilder(ctx, pods, pod, name, profile)
		if err != nil {
			return nil, err
		}
		plan, err := b.build()
		if err != nil {
			return nil, err
		}
		_, err = ec.AddWith(ctx, pod.Metadata.Name, plan.addPatch, o.patchOptions(true)...)
		var exists *subresource.ContainerExistsError
		switch {
		case err == nil:
			o.sendNotices(b)
			o.sendNotice("Using profile " + string(profile) + ": " + why)
			return plan, plan.updatePatch()
		case errors.As(err, &exists):
			// Run adopts the existing container (Matches), or tries again under another name (no
			// Name).
			if exists.Matches || o.Name == "" {
				o.sendNotices(b)
				return plan, nil
			}
			existsErr = err
			continue
		}
		refusal := admissionRefusal(err)
		if refusal == "" {
			return nil, err
		}
		why, refusedErr = "the server refuses "+string(profile)+": "+refusal, err
	}
	if existsErr != nil {
		return nil, existsErr
	}
	return nil, fmt.Errorf("debug: the server refuses the container under each of the profiles "+
		"general, baseline and restricted; the last refusal: %w", refusedErr)
}

// admissionRefusal returns the server's message on one line if err is the refusal of an admission
// policy: Pod Security, a security context constraint, a webhook or a ValidatingAdmissionPolicy. It
// returns "" for any other error, such as a missing right.
func admissionRefusal(err error) string {
	var status *transport.StatusError
	if !errors.As(err, &status) {
		return ""
	}
	text := strings.Join(strings.Fields(status.Status.Message), " ")
	switch status.Code {
	case http.StatusForbidden, http.StatusBadRequest, http.StatusUnprocessableEntity:
		for _, words := range []string{"violates PodSecurity", "denied the request",
			"denied request", "security context constraint"} {
			if strings.Contains(text, words) {
				return text
			}
		}
	}
	return ""
}
