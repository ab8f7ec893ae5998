package object

import (
	"encoding/base64"
	"maps"
	"slices"
)

const (
	configKeyFormat = "a valid config key must consist of alphanumeric characters, '-', '_' or " +
		"'.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is " +
		"'[-._a-zA-Z0-9]+')"
	maxConfigKey = 253
)

// configKey returns why s is not a key of a ConfigMap or Secret.
func configKey(s string) []string {
	switch {
	case len(s) > maxConfigKey:
		return []string{tooManyCharacters(maxConfigKey)}
	case !hasForm(s, anyAlnum+"-._", ""):
		return []string{configKeyFormat}
	case s == "." || s == "..":
		return []string{"must not be '" + s + "'"}
	}
	return nil
}

// mergeStringData moves the stringData of a Secret into its data.
func mergeStringData(secret map[string]any) {
	texts := Fields(secret, "stringData")
	delete(secret, "stringData")
	if len(texts) == 0 {
		return
	}
	data := ensureFields(secret, "data")
	for key, value := range texts {
		text, _ := value.(string)
		data[key] = base64.StdEncoding.EncodeToString([]byte(text))
	}
}

// validateData checks the keys of a ConfigMap or Secret, and that data which is immutable stays.
func validateData(kind string, object, old map[string]any) []FieldError {
	var errs []FieldError
	data, binary := Fields(object, "data"), Fields(object, "binaryData")
	check := func(field, key string) {
		for _, fault := range configKey(key) {
			errs = append(errs, invalidValue(field+"["+key+"]", key, fault))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		check("data", key)
		if _, twice := binary[key]; twice {
			errs = append(errs, invalidValue("data["+key+"]", key,
				"duplicate of key present in binaryData"))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(binary)) {
		check("binaryData", key)
	}
	if old == nil {
		return errs
	}
	if kind == "Secret" && Text(object, "type") != Text(old, "type") {
		errs = append(errs, invalidValue("type", Text(object, "type"), "field is immutable"))
	}
	if old["immutable"] != true {
		return errs
	}
	if object["immutable"] != true {
		errs = append(errs, forbidden("immutable", "field is immutable when `immutable` is set"))
	}
	for _, field := range []string{"data", "binaryData"} {
		if !Equal(object[field], old[field]) {
			errs = append(errs, forbidden(field, "field is immutable when `immutable` is set"))
		}
	}
	return errs
}
