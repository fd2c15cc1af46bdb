// Package catalog holds what is known of the features that an AWS service uses IAM roles for: the session names that
// tell them in CloudTrail, the managed policies that grant them, and, for service-linked roles, the calls that belong
// to each. It is data (catalog.yaml, embedded) that a user can read, date-check and extend.
package catalog

// Catalog is an ordered list of features. It is immutable once loaded, and safe for concurrent use; what its methods
// return must not be modified. Get one by Embedded, or by extending it or the zero Catalog, which is empty.
type Catalog struct {
	Version  string    // of the catalog, and of each file that extended it, joined by +
	Date     string    // YYYY-MM-DD, when the facts were last checked; the oldest where several files were read
	Features []Feature // in catalog order
	index    index
}

// Role kinds of features.
const (
	Infrastructure = "infrastructure" // a customer's role that the service assumes
	ServiceLinked  = "service-linked" // the service's own role, told by what its sessions call
	Other          = "other"          // another role that the service assumes
)

// Feature is one thing a service uses a role for.
type Feature struct {
	ID           string
	Title        string
	Kind         string        // Infrastructure, ServiceLinked or Other
	Principal    string        // service principal, such as ecs.amazonaws.com
	SessionNames []SessionName // empty for service-linked features
	Policy       *Policy       // nil where AWS has no managed policy for it; features may share one
	Calls        []Call        // service-linked features only
	Page         string        // AWS's page about it
	// CatchAll marks the feature that takes sessions (other-<service>-session) or, when Kind is ServiceLinked, calls
	// (other-<service>-calls) that no other feature of the principal claims. Loading adds those that a principal lacks.
	CatchAll bool
}

// How far a session name can be relied on.
const (
	Documented = "documented" // AWS says so
	Seen       = "seen"       // in real records or error texts
	Inferred   = "inferred"
)

// SessionName is a roleSessionName, exact or a pattern in which * stands for any text.
type SessionName struct {
	Name       string
	Confidence string // Documented, Seen or Inferred
	Source     string // where that is known from
}

// Policy is an AWS managed policy.
type Policy struct {
	Name    string
	ARN     string
	Version string // such as v5
	Date    string // YYYY-MM-DD
	Actions []PolicyAction
}

// PolicyAction is one action that a managed policy grants, in IAM's spelling.
type PolicyAction struct {
	Action        string // such as ec2:CreateVolume
	Cleanup       bool   // needed to take down what the feature made
	NotObservable bool   // CloudTrail never shows it by itself
}

// Call is an API call as CloudTrail names it that belongs to a service-linked feature. Name may end in * (Describe*); an
// exact name beats such a prefix.
type Call struct {
	Service    string   // eventSource
	Name       string   // eventName
	SharedWith []string // ids of other features whose work makes this call too
}
