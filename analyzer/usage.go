package analyzer

import "time"

// Schema names the version of the report's JSON contract. Version 1 may gain keys, never lose or change them.
const Schema = "roletrail/usage/v1"

// Usage is the one result of an analysis; every report format renders it and computes nothing of its own.
// Its JSON form is a public contract (report/usage.schema.json): keys are lowerCamelCase, numbers are always
// present, unknown strings and times are absent, times are RFC 3339 in UTC, and every list has a stated order.
type Usage struct {
	Schema   string     `json:"schema"`
	Tool     Tool       `json:"tool"`
	Window   Window     `json:"window"`
	Observed Observed   `json:"observed"`
	Input    Input      `json:"input"`
	Roles    []Role     `json:"roles"`    // by ARN; the role with the empty ARN is the unknown one
	Findings []Finding  `json:"findings"` // by severity (high first), id, role ARN, title
	Coverage []Coverage `json:"coverage"` // by account, Region
	Stamp    *Stamp     `json:"stamp,omitempty"`
}

// Stamp tells of the run that made a report. It is there only if asked for: without it, the same input gives the same
// report to the byte.
type Stamp struct {
	StartedAt time.Time `json:"startedAt"`
	EndedAt   time.Time `json:"endedAt"` // when all input was read and analysed
}

// Tool says which program and which catalog made the report.
type Tool struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Catalog CatalogInfo `json:"catalog"`
}

// CatalogInfo dates the catalog of features that the report was made with.
type CatalogInfo struct {
	Version string `json:"version"`
	Date    string `json:"date"` // YYYY-MM-DD
}

// Window is the resolved time window of uses that the report shows: from Since (inclusive) until Until (exclusive).
type Window struct {
	Since    time.Time `json:"since,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	LateDays int       `json:"lateDays"` // days after Until whose deliveries were still read; later ones were not looked for
}

// Observed is what all log files that were read speak of, whatever the window and the filters.
type Observed struct {
	FirstEvent time.Time `json:"firstEvent,omitzero"`
	LastEvent  time.Time `json:"lastEvent,omitzero"`
	Accounts   []string  `json:"accounts"` // ascending
	Regions    []string  `json:"regions"`  // ascending
}

// Input accounts for everything that was there to read. Listed = Read + all of Skipped + all of Failed, and
// Total = Relevant + Irrelevant + Duplicate + OutsideWindow + Filtered + UnknownShape.
type Input struct {
	Objects InputObjects `json:"objects"`
	Pruned  []Pruned     `json:"pruned"` // by prefix, reason
	Bytes   InputBytes   `json:"bytes"`
	Records InputRecords `json:"records"`
}

// InputObjects counts log files.
type InputObjects struct {
	Listed   int64            `json:"listed"`
	Read     int64            `json:"read"`
	Skipped  map[string]int64 `json:"skipped"`  // by reason
	Failed   map[string]int64 `json:"failed"`   // by reason
	Failures []Failure        `json:"failures"` // the first 100 by name
}

// Failure names an object that could not be read, which therefore adds nothing to any number.
type Failure struct {
	Object string `json:"object"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

// Pruned is a part of a source that was never listed, and why.
type Pruned struct {
	Prefix string `json:"prefix"`
	Reason string `json:"reason"`
}

// InputBytes counts the bytes of the objects that were read.
type InputBytes struct {
	Read     int64 `json:"read"`     // as stored
	Inflated int64 `json:"inflated"` // after decompression
}

// InputRecords counts the records of the objects that were read, each in exactly one of the counters behind Total.
type InputRecords struct {
	Total         int64 `json:"total"`
	Relevant      int64 `json:"relevant"`
	Irrelevant    int64 `json:"irrelevant"`
	Duplicate     int64 `json:"duplicate"`
	OutsideWindow int64 `json:"outsideWindow"`
	Filtered      int64 `json:"filtered"`
	UnknownShape  int64 `json:"unknownShape"`
}

// Role kinds.
const (
	KindInfrastructure = "infrastructure"
	KindServiceLinked  = "service-linked"
	KindOther          = "other"
)

// Role is one IAM role that a service of the catalog used, or that needs attention.
type Role struct {
	ARN         string        `json:"arn"` // "" for denied AssumeRole calls whose record does not name the role
	Name        string        `json:"name,omitempty"`
	AccountID   string        `json:"accountId,omitempty"`
	Kind        string        `json:"kind"`
	Assumed     int64         `json:"assumed"`
	Denied      int64         `json:"denied"`
	Calls       int64         `json:"calls"`
	FailedCalls int64         `json:"failedCalls"`
	FirstSeen   time.Time     `json:"firstSeen,omitzero"`
	LastSeen    time.Time     `json:"lastSeen,omitzero"`
	ActiveDays  int           `json:"activeDays"`
	Regions     []RegionUsage `json:"regions"` // by Region
	Daily       []DayUsage    `json:"daily"`   // by day
	// RegionDays are those of uses that are of no feature, by Region, day; only with Options.RegionDays. With those of the
	// features they add up to the role's numbers.
	RegionDays []RegionDay `json:"-"`
	// Features holds every catalog feature of the role's kind, in catalog order, zeros included, then others that
	// were found, in catalog order.
	Features []FeatureUsage `json:"features"`
	// OtherCallers holds the 100 smallest principals, by principal; OtherAssumed and OtherDenied count for all of them.
	OtherCallers []OtherCaller `json:"otherCallers"`
	OtherAssumed int64         `json:"otherAssumed"`
	OtherDenied  int64         `json:"otherDenied"`

	// What follows rests on everything that was read, whatever the window and the filters.
	Lives       []Life       `json:"lives"`       // by time; empty if the logs show neither a creation nor a deletion
	Changes     []Change     `json:"changes"`     // the 100 latest, by (time, event ID); ChangeCount counts all
	ChangeCount int64        `json:"changeCount"` //
	References  []Reference  `json:"references"`  // by state (standing, ending, ended), feature, Region, cluster, resource
	Volumes     Volumes      `json:"volumes"`
	Permissions []Permission `json:"permissions"` // by feature in catalog order, action in the policy's order
	Remaining   []Remaining  `json:"remaining"`   // of the service-linked role of ECS, by Region
}

// Life is the time from the creation of a role to its deletion. A role that is made anew under the name of a deleted one
// begins another life, with another ID.
type Life struct {
	ID        string    `json:"id,omitempty"` // AROA...; unknown if the creation is not in the logs
	CreatedAt time.Time `json:"createdAt,omitzero"`
	DeletedAt time.Time `json:"deletedAt,omitzero"`
}

// Change is an IAM event on a role.
type Change struct {
	Time      time.Time `json:"time"`
	Action    string    `json:"action"` // eventName
	Actor     string    `json:"actor"`  // principal
	Detail    string    `json:"detail,omitempty"`
	Succeeded bool      `json:"succeeded"`
	ErrorCode string    `json:"errorCode,omitempty"`
	EventID   string    `json:"eventId,omitempty"`
	Object    string    `json:"object"`
}

// States of references.
const (
	StateStanding = "standing" // the resource stands, and will use the role again
	StateEnding   = "ending"   // it ended less than 24 hours ago, or has volumes that are still open
	StateEnded    = "ended"    // also of tasks that were run by themselves, whose end leaves no event
)

// Reference is an ECS resource that names the role, going by the ECS events in the logs.
type Reference struct {
	Feature  string     `json:"feature"` // id in the catalog
	Region   string     `json:"region"`
	Cluster  string     `json:"cluster,omitempty"` // name
	Resource string     `json:"resource"`          // service/<name>, task-set/<service>/<id>, capacity-provider/<name> or task-definition/<family>
	State    string     `json:"state"`
	Since    time.Time  `json:"since"`    // first event that names the role for it
	LastSeen time.Time  `json:"lastSeen"` // last one, or the one that ended it
	Evidence []Evidence `json:"evidence"` // these two
}

// Volumes are the EBS volumes that ECS made with the role.
type Volumes struct {
	Created    int64        `json:"created"`
	Deleted    int64        `json:"deleted"`
	Kept       int64        `json:"kept"`       // on purpose: their tasks were run with deleteOnTermination=false
	UnknownAge int64        `json:"unknownAge"` // not deleted, and not created in these logs
	OpenCount  int64        `json:"openCount"`  // created, neither deleted nor kept
	Open       []OpenVolume `json:"open"`       // the 100 oldest, by (createdAt, volumeId)
}

// OpenVolume is a volume that the logs do not show to be deleted.
type OpenVolume struct {
	VolumeID       string    `json:"volumeId"`
	Region         string    `json:"region"`
	Task           string    `json:"task,omitempty"` // ARN, from the volume's tags
	CreatedAt      time.Time `json:"createdAt"`
	AttachedAt     time.Time `json:"attachedAt,omitzero"` // absent if it is not attached
	DeleteFailures int64     `json:"deleteFailures"`      // failed attempts to detach or delete it
}

// States of permissions.
const (
	PermissionUsed          = "used"
	PermissionNotSeen       = "notSeen"
	PermissionNotObservable = "notObservable" // CloudTrail, or this trail, never shows it
)

// Permission is one action of the managed policy of a feature, and whether the feature was seen to use it on this role.
type Permission struct {
	Feature  string    `json:"feature"`
	Policy   string    `json:"policy"`
	Action   string    `json:"action"` // as IAM spells it, such as ec2:CreateVolume; may be a pattern
	State    string    `json:"state"`
	LastUsed time.Time `json:"lastUsed,omitzero"`
}

// Remaining is what the logs show standing in one Region that has to go before the service-linked role of ECS can be
// deleted (ECS Developer Guide, "Using service-linked roles for Amazon ECS").
type Remaining struct {
	Region             string   `json:"region"`
	Clusters           []string `json:"clusters"` // names, ascending, at most 20
	ClusterCount       int64    `json:"clusterCount"`
	Services           []string `json:"services"` // cluster/name, ascending, at most 20
	ServiceCount       int64    `json:"serviceCount"`
	ContainerInstances int64    `json:"containerInstances"`
}

// FeatureUsage is the use of one role by one feature.
type FeatureUsage struct {
	ID               string   `json:"id"`
	Title            string   `json:"title"`
	SessionNames     []string `json:"sessionNames"` // the 5 smallest
	SessionNameCount int64    `json:"sessionNameCount"`
	Policy           string   `json:"policy,omitempty"` // name of the AWS managed policy
	// ResolvedBy says how sessions under a name that several features share were assigned: "sessionNames" (another
	// session name of the feature was seen on the role), "references", or "nothing" (they stay among the others).
	ResolvedBy  string        `json:"resolvedBy,omitempty"`
	Assumed     int64         `json:"assumed"`
	Denied      int64         `json:"denied"`
	Calls       int64         `json:"calls"`
	FailedCalls int64         `json:"failedCalls"`
	FirstSeen   time.Time     `json:"firstSeen,omitzero"`
	LastSeen    time.Time     `json:"lastSeen,omitzero"`
	ActiveDays  int           `json:"activeDays"`
	Regions     []RegionUsage `json:"regions"`  // by Region
	Daily       []DayUsage    `json:"daily"`    // by day
	Actions     []ActionUsage `json:"actions"`  // by service, action
	RegionDays  []RegionDay   `json:"-"`        // by Region, day; only with Options.RegionDays
	Evidence    []Evidence    `json:"evidence"` // the first, the last, the 3 latest failures, by (time, event ID), each once
}

// RegionUsage is use in one Region.
type RegionUsage struct {
	Region      string    `json:"region"` // "" where the events name none
	Assumed     int64     `json:"assumed"`
	Denied      int64     `json:"denied"`
	Calls       int64     `json:"calls"`
	FailedCalls int64     `json:"failedCalls"`
	FirstSeen   time.Time `json:"firstSeen,omitzero"`
	LastSeen    time.Time `json:"lastSeen,omitzero"`
}

// DayUsage is use on one UTC day.
type DayUsage struct {
	Day         string `json:"day"` // YYYY-MM-DD
	Assumed     int64  `json:"assumed"`
	Denied      int64  `json:"denied"`
	Calls       int64  `json:"calls"`
	FailedCalls int64  `json:"failedCalls"`
}

// RegionDay is use in one Region on one UTC day.
type RegionDay struct {
	Region              string
	Day                 time.Time // its begin
	Assumed, Denied     int64
	Calls, FailedCalls  int64
	FirstSeen, LastSeen time.Time
}

// ActionUsage counts the calls of one API action as CloudTrail names it.
type ActionUsage struct {
	Service    string    `json:"service"`              // eventSource, such as ec2.amazonaws.com
	Action     string    `json:"action"`               // eventName
	SharedWith []string  `json:"sharedWith,omitempty"` // ids of features whose sessions make this call too
	Calls      int64     `json:"calls"`
	Failed     int64     `json:"failed"`
	FirstSeen  time.Time `json:"firstSeen,omitzero"`
	LastSeen   time.Time `json:"lastSeen,omitzero"`
}

// Evidence names an event that a number or a finding rests on.
type Evidence struct {
	EventID   string    `json:"eventId,omitempty"`
	EventTime time.Time `json:"eventTime"`
	Object    string    `json:"object"`
}

// OtherCaller is a principal other than the feature's service that assumed the role.
type OtherCaller struct {
	Principal        string    `json:"principal"`
	SessionNames     []string  `json:"sessionNames"` // the 5 smallest
	SessionNameCount int64     `json:"sessionNameCount"`
	Assumed          int64     `json:"assumed"`
	Denied           int64     `json:"denied"`
	FirstSeen        time.Time `json:"firstSeen,omitzero"`
	LastSeen         time.Time `json:"lastSeen,omitzero"`
}

// Severities of findings, strongest first.
const (
	SeverityHigh   = "high"
	SeverityMedium = "medium"
	SeverityLow    = "low"
	SeverityInfo   = "info"
)

// Finding is something a person should act on.
type Finding struct {
	ID       string     `json:"id"`
	Severity string     `json:"severity"`
	RoleARN  string     `json:"roleArn"`
	Title    string     `json:"title"`
	Detail   string     `json:"detail"`
	Advice   string     `json:"advice"`
	Link     string     `json:"link,omitempty"`
	Evidence []Evidence `json:"evidence"` // at most 5, by (time, event ID)
}

// Coverage states.
const (
	CoverageGaps      = "gaps"
	CoveragePlausible = "plausible" // no gap was found, but nothing proves that there is none
	CoverageComplete  = "complete"  // proven by digests
)

// Coverage says what the log files that were read can speak of in one account and Region.
type Coverage struct {
	AccountID     string    `json:"accountId"`
	Region        string    `json:"region"`
	FirstDelivery time.Time `json:"firstDelivery,omitzero"` // by the names CloudTrail gave the files
	LastDelivery  time.Time `json:"lastDelivery,omitzero"`
	DaysWithFiles int       `json:"daysWithFiles"`
	ReadEvents    string    `json:"readEvents"` // seen, or none: then no AssumeRole can be seen either
	State         string    `json:"state"`
	Gaps          []Gap     `json:"gaps"`      // by reason, from; the first 100
	Integrity     string    `json:"integrity"` // notChecked unless digests were verified
	// What digests prove of the window, and of the hour after it, in which its last events may have been delivered. The first
	// 100 times, and all hours; absent if digests were not verified.
	Verified      []TimeSpan `json:"verified,omitempty"`
	VerifiedHours float64    `json:"verifiedHours,omitempty"`
}

// What Coverage says of read events.
const (
	ReadEventsSeen = "seen"
	ReadEventsNone = "none"
)

// Reasons of gaps.
const (
	GapNoFiles      = "noFiles"      // days on which the account has no log file in any Region
	GapNoReadEvents = "noReadEvents" // days with events in this Region, none of them a read: AssumeRole is left out
	GapUnread       = "unread"       // log files that could not be read
	GapSilentRegion = "silentRegion" // the account has no log file of a Region that others have, or that was expected
)

// Gap is a time of which the logs that were read do not speak.
type Gap struct {
	Reason string `json:"reason"`
	From   string `json:"from,omitempty"`  // first day, YYYY-MM-DD
	Until  string `json:"until,omitempty"` // last day, inclusive
	Files  int64  `json:"files,omitempty"` // of unread
}
