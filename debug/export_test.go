package debug

// CustomTypes is the table of types against which ParseCustom checks.
const CustomTypes = customTypesTable

// EnvVarJSON returns an environment variable as it is sent.
var EnvVarJSON = encodeEnvVar
