package resources

// IncludeObjectPolicy is what each row of a Table holds of its object (meta/v1 TableOptions).
type IncludeObjectPolicy string

// The policies. Without a policy the rows hold nothing, and over all namespaces the metadata.
const (
	IncludeNone     IncludeObjectPolicy = "None"
	IncludeMetadata IncludeObjectPolicy = "Metadata"
	IncludeObject   IncludeObjectPolicy = "Object"
)

// TableOption is an option of reads that return a Table. Other reads ignore it.
type TableOption struct{ policy IncludeObjectPolicy }

func (o TableOption) applyGet(s *options)  { s.setQuery("includeObject", string(o.policy)) }
func (o TableOption) applyList(s *options) { s.setQuery("includeObject", string(o.policy)) }

// IncludeInRows sets what each row of a Table holds of its object.
func IncludeInRows(policy IncludeObjectPolicy) TableOption { return TableOption{policy} }
