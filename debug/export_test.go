package debug

// CustomFields is the table of what a custom part may have.
const CustomFields = customFields

// Variable is how an environment variable is sent.
var Variable = variable
