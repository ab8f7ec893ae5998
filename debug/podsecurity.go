package debug

import "strings"

// PodSecurityError says that the Pod Security Standard of a namespace refuses a pod, and what to
// do.
type PodSecurityError struct {
	// Needs is what the pod needs, and how to do without it.
	Needs string
	// Err is the server's refusal.
	Err error
}

func (e *PodSecurityError) Error() string { return e.Err.Error() + "; " + e.Needs }

// Unwrap returns e.Err.
func (e *PodSecurityError) Unwrap() error { return e.Err }

// explainPodSecurity returns err as a *PodSecurityError if it is a refusal by Pod Security that
// another namespace or profile avoids.
func (o *Options) explainPodSecurity(err error, profile Profile) error {
	_, level, refused := strings.Cut(admissionRefusal(err), `violates PodSecurity "`)
	level, _, _ = strings.Cut(level, ":")
	needs := o.podSecurityNeeds(profile, level)
	if !refused || needs == "" {
		return err
	}
	return &PodSecurityError{Needs: needs, Err: err}
}

// podSecurityNeeds returns what a pod with the profile needs in a namespace that enforces level, or
// "".
func (o *Options) podSecurityNeeds(profile Profile, level string) string {
	const choose = ", which only the Pod Security Standard privileged admits: choose a namespace " +
		"that enforces privileged or none, or the profile "
	profiles := "restricted, which has"
	if level == "baseline" {
		profiles = "baseline or restricted, which have"
	}
	switch {
	case profile == Restricted:
	case o.onNode && profile != Baseline:
		return "the profile " + string(profile) + " uses the node's namespaces or files" + choose +
			profiles + " neither"
	case profile == Netadmin, profile == Sysadmin:
		return "the profile " + string(profile) + " adds rights" + choose + profiles + " none"
	case level == "restricted":
		return "the profile " + string(profile) + " sets no limits: choose a namespace that " +
			"does not enforce restricted, or the profile restricted"
	}
	return ""
}
