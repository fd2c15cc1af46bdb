package analyzer

import (
	"bytes"
	"strings"

	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
	"roletrail/ingest/record"
)

// eventFields are the fields of an event that the analysis reads, beside the common ones of package record.
type eventFields struct {
	*record.Fields
	eventID, errorCode, errorMessage, sourceIPAddress, sharedEventID, addendumReason, resources record.Field
	identityType, identityARN, principalID, userName, invokedBy, issuerARN, creationDate        record.Field
	requestRoleARN, requestSessionName, assumedRoleARN, identityProvider, readOnly              record.Field
	request, response                                                                           record.Field
}

func newEventFields() eventFields {
	fields, own := record.NewFields(
		[]string{"requestParameters", "responseElements", "addendum"},
		"eventID", "errorCode", "errorMessage", "sourceIPAddress", "sharedEventID", "addendum.reason", "resources",
		"userIdentity.type", "userIdentity.arn", "userIdentity.principalId", "userIdentity.userName", "userIdentity.invokedBy",
		"userIdentity.sessionContext.sessionIssuer.arn", "userIdentity.sessionContext.attributes.creationDate",
		"requestParameters.roleArn", "requestParameters.roleSessionName", "responseElements.assumedRoleUser.arn", "userIdentity.identityProvider", "readOnly",
		"requestParameters", "responseElements",
	)
	return eventFields{
		fields,
		own[0], own[1], own[2], own[3], own[4], own[5], own[6],
		own[7], own[8], own[9], own[10], own[11],
		own[12], own[13],
		own[14], own[15], own[16], own[17], own[18],
		own[19], own[20],
	}
}

// The events that matter whoever makes them, by event source. Names are those of the API reference of each service.
const securityTokenService = "sts.amazonaws.com"

var relevantEvents = []struct {
	kind   facts.Kind
	source string
	names  []string
}{
	{facts.Assume, securityTokenService, []string{"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}},
	{facts.Reference, "ecs.amazonaws.com", []string{
		"CreateService", "UpdateService", "DeleteService", "CreateTaskSet", "UpdateTaskSet", "DeleteTaskSet", "RunTask", "StartTask",
		"CreateCapacityProvider", "UpdateCapacityProvider", "DeleteCapacityProvider",
		"CreateExpressGatewayService", "UpdateExpressGatewayService", "DeleteExpressGatewayService",
		"CreateCluster", "DeleteCluster", "RegisterContainerInstance", "DeregisterContainerInstance",
	}},
	{facts.Change, "iam.amazonaws.com", []string{
		"CreateRole", "DeleteRole", "UpdateRole", "UpdateAssumeRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy",
		"PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "CreateServiceLinkedRole", "DeleteServiceLinkedRole",
		"CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion",
	}},
	{facts.Volume, "ec2.amazonaws.com", []string{"DeleteVolume", "DetachVolume"}},
	{facts.Trail, "cloudtrail.amazonaws.com", []string{"StartLogging", "StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"}},
}

const assumedRole = "AssumedRole"

// relevance decides which events matter: cheaply and too generously by its filter, then exactly by kind.
type relevance struct {
	fields     eventFields
	catalog    *catalog.Catalog
	linked     []string // the path of service-linked roles of the catalog, such as /aws-service-role/ecs.amazonaws.com/
	roles      roleSelectors
	filter     *record.Filter
	categories map[string]bool // event categories that are no record of an API call of their own
	kinds      map[string]map[string]facts.Kind
}

func newRelevance(c *catalog.Catalog, roles roleSelectors) *relevance {
	rel := &relevance{
		fields: newEventFields(), catalog: c, roles: roles,
		categories: map[string]bool{"Insight": true, "NetworkActivity": true, "Aggregated": true},
		kinds:      map[string]map[string]facts.Kind{},
	}
	var clauses record.Clauses
	for _, e := range relevantEvents {
		rel.kinds[e.source] = map[string]facts.Kind{}
		for _, name := range e.names {
			rel.kinds[e.source][name] = e.kind
		}
		clauses = append(clauses, record.Clause{
			{Field: record.EventSource, Values: []string{e.source}},
			{Field: record.EventName, Values: e.names},
		})
	}
	for _, p := range c.LinkedPrincipals() {
		rel.linked = append(rel.linked, linkedPath(p))
	}
	ofSession := record.Condition{Field: rel.fields.identityType, Values: []string{assumedRole}}
	names, patterns := c.SessionNamePatterns()
	clauses = append(clauses,
		record.Clause{ofSession, {Field: rel.fields.invokedBy, Values: c.Principals()}},
		record.Clause{ofSession, {Field: rel.fields.identityARN, Part: record.AfterSecondSlash, Values: names, Patterns: patterns}},
		record.Clause{ofSession, {Field: rel.fields.principalID, Part: record.AfterColon, Values: names, Patterns: patterns}},
		record.Clause{ofSession, {Field: rel.fields.issuerARN, Substrings: rel.linked}},
	)
	if len(roles) > 0 {
		clauses = append(clauses, record.Clause{ofSession})
	}
	rel.filter = clauses.Compile()
	return rel
}

// linkedPath is the path that IAM gives the service-linked roles of a service (IAM User Guide, "Using service-linked
// roles").
func linkedPath(principal string) string { return "/aws-service-role/" + principal + "/" }

// part is what a record is to the analysis, or one of the things that it is.
type part struct {
	kind  facts.Kind
	flags facts.Flags
}

// parts appends what a record that the filter let through is to the analysis, nothing if it does not matter. A call that
// matters only because a --role flag asks for the role is marked, for such calls must not change what is decided about
// others.
func (rel *relevance) parts(r *record.Record, parts []part) []part {
	if rel.categories[string(r.Bytes(record.EventCategory))] {
		return parts
	}
	kind, listed := facts.Kind(0), false
	if names, ok := rel.kinds[string(r.Bytes(record.EventSource))]; ok {
		kind, listed = names[string(r.Bytes(record.EventName))]
	}
	if listed && kind == facts.Assume {
		parts = append(parts, part{kind, 0})
	}
	switch {
	case rel.isSession(r):
		parts = append(parts, part{facts.Call, 0})
		if !listed && rel.ofVolume(r) {
			kind, listed = facts.Volume, true
		}
	case len(rel.roles) > 0 && r.Is(rel.fields.identityType, assumedRole) && rel.roles.match(string(rel.sessionRole(r))):
		parts = append(parts, part{facts.Call, facts.OnlyAsked})
	}
	if listed && kind != facts.Assume {
		parts = append(parts, part{kind, 0})
	}
	return parts
}

// isSession reports whether a session that the catalog tells of makes the call.
func (rel *relevance) isSession(r *record.Record) bool {
	f := &rel.fields
	if !r.Is(f.identityType, assumedRole) {
		return false
	}
	if rel.catalog.IsPrincipal(string(r.Bytes(f.invokedBy))) {
		return true
	}
	issuer := r.Bytes(f.issuerARN)
	for _, path := range rel.linked {
		if bytes.Contains(issuer, []byte(path)) {
			return true
		}
	}
	_, ok := rel.catalog.ByName(string(rel.sessionName(r)))
	return ok
}

// sessionRole returns the ARN of the role whose session makes the call. The issuer's ARN has the role's path; the
// session's own ARN, which stands in for it, has not. The result, as that of all that follow, is valid as long as that of
// Record.Bytes.
func (rel *relevance) sessionRole(r *record.Record) []byte {
	if arn := r.Bytes(rel.fields.issuerARN); len(arn) > 0 {
		return arn
	}
	head, tail, ok := strings.Cut(string(r.Bytes(rel.fields.identityARN)), ":assumed-role/")
	parts := strings.Split(head, ":")
	role, _, hasSession := strings.Cut(tail, "/")
	if !ok || len(parts) != 5 || parts[0] != "arn" || parts[2] != "sts" || parts[3] != "" || role == "" || !hasSession {
		return nil
	}
	return []byte("arn:" + parts[1] + ":iam::" + parts[4] + ":role/" + role)
}

func (rel *relevance) sessionName(r *record.Record) []byte {
	if arn := r.Bytes(rel.fields.identityARN); bytes.Contains(arn, []byte(":assumed-role/")) {
		if name := afterSecondSlash(arn); len(name) > 0 {
			return name
		}
	}
	_, session, _ := bytes.Cut(r.Bytes(rel.fields.principalID), []byte(":"))
	return session
}

// assumedARN returns the ARN of the role that an AssumeRole asks for. A denied call has no request parameters
// (STS leaves them out), and names the role in its resources or its message, if at all.
func (rel *relevance) assumedARN(r *record.Record) []byte {
	f := &rel.fields
	if arn := r.Bytes(f.requestRoleARN); len(arn) > 0 {
		return arn
	}
	var found string
	record.Value(r.Value(f.resources)).Elements(func(e record.Value) bool {
		if arn := e.TextAt("ARN"); strings.Contains(arn, ":role/") {
			found = arn
		}
		return found == ""
	})
	if found != "" {
		return []byte(found)
	}
	_, arn, _ := bytes.Cut(r.Bytes(f.errorMessage), []byte("on resource: "))
	arn, _, _ = bytes.Cut(arn, []byte(" "))
	if bytes.HasPrefix(arn, []byte("arn:")) && bytes.Contains(arn, []byte(":role/")) {
		return arn
	}
	return nil
}

// assumedName returns the session name that an AssumeRole asks for.
func (rel *relevance) assumedName(r *record.Record) []byte {
	if name := r.Bytes(rel.fields.requestSessionName); len(name) > 0 {
		return name
	}
	return afterSecondSlash(r.Bytes(rel.fields.assumedRoleARN))
}

func afterSecondSlash(s []byte) []byte {
	_, s, _ = bytes.Cut(s, []byte("/"))
	_, s, _ = bytes.Cut(s, []byte("/"))
	return s
}

// principal names who made a call: a role session by its role, a session of another account by that account and the ID of
// its role, which is all that is told of it, and a user of an identity provider by the provider.
func (rel *relevance) principal(r *record.Record) []byte {
	f := &rel.fields
	switch string(r.Bytes(f.identityType)) {
	case "AWSService":
		if by := r.Bytes(f.invokedBy); len(by) > 0 {
			return by
		}
	case assumedRole:
		if arn := r.Bytes(f.issuerARN); len(arn) > 0 {
			return arn
		}
	case "AWSAccount":
		id, _, _ := strings.Cut(string(r.Bytes(f.principalID)), ":")
		if account := string(r.Bytes(record.IdentityAccountID)); account != "" && id != "" && id != account {
			return []byte(account + ":" + id)
		}
	case "WebIdentityUser", "SAMLUser":
		if provider := r.Bytes(f.identityProvider); len(provider) > 0 {
			return provider
		}
	}
	for _, field := range []record.Field{f.identityARN, f.principalID, f.userName, record.IdentityAccountID, f.invokedBy, f.identityType} {
		if s := r.Bytes(field); len(s) > 0 {
			return s
		}
	}
	return []byte("unknown")
}

// roleName and roleAccount take the ARN of a role apart.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func roleAccount(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) >= 5 {
		return parts[4]
	}
	return ""
}
