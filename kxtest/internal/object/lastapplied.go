package object

// lastApplied is the annotation in which kubectl's client-side apply keeps what it applied last.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// syncLastApplied returns the outcome of a server-side apply with its annotation up to date, if a
// client-side apply has left one. The API server does so for the field manager of kubectl.
func syncLastApplied(merged, configuration map[string]any, manager string) (map[string]any, error) {
	if manager != "kubectl" || Text(merged, "metadata", "annotations", lastApplied) == "" {
		return merged, nil
	}
	applied := With(configuration, nil, "metadata", "annotations", lastApplied)
	if len(Fields(applied, "metadata", "annotations")) == 0 {
		applied = With(applied, nil, "metadata", "annotations")
	}
	encoded, err := Encode(applied)
	if err != nil {
		return nil, internal("failed to build last-applied annotation: %v", err)
	}
	return With(merged, string(encoded)+"\n", "metadata", "annotations", lastApplied), nil
}
