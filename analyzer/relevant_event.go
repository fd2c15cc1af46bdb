package analyzer

import (
	"encoding/json"
	"time"
)

// EventSchema names the version of the contract of one Event in JSON. Version 1 may gain keys, never lose or change them.
const EventSchema = "roletrail/event/v1"

// Kinds of events.
const (
	EventAssume    = "assume"    // an AssumeRole by a service of the catalog, which the numbers of the role count
	EventCall      = "call"      // a call of a session that such a service opened, which they count too
	EventReference = "reference" // an ECS event on something that names roles, or that stands in the way of deleting one
	EventChange    = "change"    // an IAM write on a role
	EventOther     = "other"     // a session opened by someone else, a call of one, a dry run, a change to a trail or a volume
)

// States of volumes in events.
const (
	EventVolumeOpen       = "open"
	EventVolumeDeleted    = "deleted"
	EventVolumeKept       = "kept"       // on purpose, when its task ended
	EventVolumeUnknownAge = "unknownAge" // not deleted, and not created in these logs
)

// Event is one relevant event as evidence: what a report's numbers rest on, one by one. Its JSON form is a public contract
// (report/event.schema.json). Unknown strings are absent.
type Event struct {
	Schema      string          `json:"schema"`
	Time        time.Time       `json:"time"`
	EventID     string          `json:"eventId,omitempty"`
	AccountID   string          `json:"accountId,omitempty"`   // whose trail holds it
	Region      string          `json:"region,omitempty"`      // awsRegion
	RoleARN     string          `json:"roleArn,omitempty"`     // the role whose numbers count it or that it is on; several are separated by a space
	Feature     string          `json:"feature,omitempty"`     // id in the catalog; several are separated by a space
	Kind        string          `json:"kind"`                  //
	Source      string          `json:"source"`                // eventSource
	Action      string          `json:"action"`                // eventName
	ErrorCode   string          `json:"errorCode,omitempty"`   //
	Principal   string          `json:"principal,omitempty"`   // who made the call
	SessionName string          `json:"sessionName,omitempty"` // of the session that was opened or that made the call
	Resource    string          `json:"resource,omitempty"`    // what it is on: a volume, task, secret, service, trail, or the role that it opens
	State       string          `json:"state,omitempty"`       // what became of a volume that a role of ECS made: open, deleted, kept or unknownAge
	Findings    []string        `json:"findings,omitempty"`    // ids of the findings that rest on it, ascending
	Object      string          `json:"object"`                // the log file
	Position    int             `json:"position"`              // in its Records, from 0
	Raw         json.RawMessage `json:"event,omitempty"`       // the event itself, without credentials; only if asked for
}
