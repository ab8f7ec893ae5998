package object

import (
	"fmt"
	"strconv"
)

type conflict struct {
	owner *owner
	path  string
}

// displayName returns a manager's name as conflicts show it.
func (o *owner) displayName() string {
	name := strconv.Quote(o.manager)
	if o.subresource != "" {
		name += " with subresource " + strconv.Quote(o.subresource)
	}
	if o.operation == "Update" {
		name += " using " + o.apiVersion
	}
	return name
}

func conflictStatus(conflicts []conflict) *Status {
	s := &Status{Code: 409, Reason: "Conflict"}
	for _, c := range conflicts {
		s.Causes = append(s.Causes, Cause{
			Reason:  "FieldManagerConflict",
			Message: "conflict with " + c.owner.displayName(),
			Field:   c.path,
		})
	}
	if len(conflicts) == 1 {
		s.Message = fmt.Sprintf(
			"Apply failed with 1 conflict: conflict with %s: %s",
			conflicts[0].owner.displayName(),
			conflicts[0].path,
		)
		return s
	}
	s.Message = fmt.Sprintf("Apply failed with %d conflicts:", len(conflicts))
	separator := " "
	var last *owner
	for _, c := range conflicts {
		if c.owner != last {
			s.Message += separator + "conflicts with " + c.owner.displayName() + ":"
			separator, last = "\n", c.owner
		}
		s.Message += "\n- " + c.path
	}
	return s
}
