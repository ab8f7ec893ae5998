package object

func validateProbes(field string, c any) []FieldError {
	var errs []FieldError
	for _, name := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		probe, ok := At(c, name).(map[string]any)
		if !ok {
			continue
		}
		at0 := field + "." + name
		errs = append(errs, validateHandler(at0, probe)...)
		for _, f := range []string{
			"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
			"failureThreshold",
		} {
			if n, ok := probe[f].(int64); ok && n < 0 {
				errs = append(errs, invalidValue(at0+"."+f, n,
					"must be greater than or equal to 0"))
			}
		}
		if n, ok := probe["successThreshold"].(int64); ok && n != 1 && name != "readinessProbe" {
			errs = append(errs, invalidValue(at0+".successThreshold", n, "must be 1"))
		}
	}
	return errs
}

func validateHandler(field string, probe map[string]any) []FieldError {
	var errs []FieldError
	count := 0
	for _, kind := range []string{"exec", "httpGet", "tcpSocket", "grpc"} {
		handler, ok := probe[kind].(map[string]any)
		if !ok {
			continue
		}
		count++
		if count > 1 {
			errs = append(errs, forbidden(field+"."+kind,
				"may not specify more than 1 handler type"))
			continue
		}
		port, isNumber := handler["port"].(int64)
		switch {
		case kind == "exec" && len(List(handler, "command")) == 0:
			errs = append(errs, required(field+".exec.command", ""))
		case kind != "exec" && (isNumber || handler["port"] == nil):
			errs = append(errs, validatePort(field+"."+kind+".port", port)...)
		case kind != "exec":
			errs = append(
				errs,
				named(field+"."+kind+".port", Text(handler, "port"),
					portName(Text(handler, "port")))...)
		}
	}
	if count == 0 {
		errs = append(errs, required(field, "must specify a handler type"))
	}
	return errs
}
