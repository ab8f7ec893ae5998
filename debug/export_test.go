package debug

// CustomTypes is the table of types against which ParseCustom checks.
const CustomTypes = customTypes

// Variable returns an environment variable as it is sent.
var Variable = variable

// ImageTools are the names of all images that AutoImage knows.
var ImageTools = toolNames
