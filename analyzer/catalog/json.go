package catalog

// Schema names the version of the JSON form of a catalog. Version 1 may gain keys, never lose or change them.
const Schema = "roletrail/features/v1"

// Listing is the JSON form of a catalog, a public contract: keys are lowerCamelCase, numbers, truth values and lists
// are always present, unknown strings are absent, and every list has a stated order.
type Listing struct {
	Schema   string          `json:"schema"`
	Catalog  ListedCatalog   `json:"catalog"`
	Features []ListedFeature `json:"features"` // in catalog order
	Policies []ListedPolicy  `json:"policies"` // in the order in which features first name them
}

// ListedCatalog says which catalog it is.
type ListedCatalog struct {
	Version string `json:"version"`
	Date    string `json:"date"` // YYYY-MM-DD, when the facts were last checked
}

// ListedFeature is a Feature.
type ListedFeature struct {
	ID           string              `json:"id"`
	Title        string              `json:"title"`
	Kind         string              `json:"kind"` // infrastructure, service-linked or other
	Principal    string              `json:"principal"`
	SessionNames []ListedSessionName `json:"sessionNames"` // in catalog order
	Calls        []ListedCall        `json:"calls"`        // in catalog order
	CatchAll     bool                `json:"catchAll"`
	Policy       string              `json:"policy,omitempty"` // the name of one of Policies
	Page         string              `json:"page,omitempty"`
}

// ListedSessionName is a SessionName.
type ListedSessionName struct {
	Name       string `json:"name"`
	Confidence string `json:"confidence"` // documented, seen or inferred
	Source     string `json:"source"`
}

// ListedCall is a Call.
type ListedCall struct {
	Service    string   `json:"service"`
	Name       string   `json:"name"`
	SharedWith []string `json:"sharedWith"` // in catalog order
}

// ListedPolicy is a Policy.
type ListedPolicy struct {
	Name    string         `json:"name"`
	ARN     string         `json:"arn"`
	Version string         `json:"version"`
	Date    string         `json:"date"`    // YYYY-MM-DD
	Actions []ListedAction `json:"actions"` // in the policy's order
}

// ListedAction is a PolicyAction.
type ListedAction struct {
	Action        string `json:"action"`
	Cleanup       bool   `json:"cleanup"`
	NotObservable bool   `json:"notObservable"`
}

// Listing returns what `roletrail features --format json` prints.
func (c *Catalog) Listing() Listing {
	l := Listing{
		Schema:   Schema,
		Catalog:  ListedCatalog{Version: c.Version, Date: c.Date},
		Features: make([]ListedFeature, len(c.Features)),
		Policies: []ListedPolicy{},
	}
	listed := make(map[*Policy]bool)
	for i, f := range c.Features {
		l.Features[i] = listFeature(f)
		if f.Policy != nil && !listed[f.Policy] {
			listed[f.Policy] = true
			l.Policies = append(l.Policies, listPolicy(f.Policy))
		}
	}
	return l
}

func listFeature(f Feature) ListedFeature {
	l := ListedFeature{
		ID: f.ID, Title: f.Title, Kind: f.Kind, Principal: f.Principal, CatchAll: f.CatchAll, Page: f.Page,
		SessionNames: make([]ListedSessionName, len(f.SessionNames)),
		Calls:        make([]ListedCall, len(f.Calls)),
	}
	if f.Policy != nil {
		l.Policy = f.Policy.Name
	}
	for i, n := range f.SessionNames {
		l.SessionNames[i] = ListedSessionName(n)
	}
	for i, call := range f.Calls {
		l.Calls[i] = ListedCall{Service: call.Service, Name: call.Name, SharedWith: append([]string{}, call.SharedWith...)}
	}
	return l
}

func listPolicy(p *Policy) ListedPolicy {
	l := ListedPolicy{Name: p.Name, ARN: p.ARN, Version: p.Version, Date: p.Date, Actions: make([]ListedAction, len(p.Actions))}
	for i, action := range p.Actions {
		l.Actions[i] = ListedAction(action)
	}
	return l
}
