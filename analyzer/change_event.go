package analyzer

import (
	"strings"

	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
	"roletrail/ingest/record"
)

// The IAM events whose names matter to the analysis.
const (
	createRole              = "CreateRole"
	createServiceLinkedRole = "CreateServiceLinkedRole"
	deleteRole              = "DeleteRole"
	updateTrust             = "UpdateAssumeRolePolicy"
	attachPolicy            = "AttachRolePolicy"
	detachPolicy            = "DetachRolePolicy"
	putBoundary             = "PutRolePermissionsBoundary"
	deleteBoundary          = "DeleteRolePermissionsBoundary"
)

func isCreation(action string) bool { return action == createRole || action == createServiceLinkedRole }

// roleEvent is what an IAM event tells of a role, beside what every fact does.
type roleEvent struct {
	name    string // of the role, as written
	arn, id string // of the role, if the event gives them
	actor   string
	detail  string // as the report gives it
	trust   *trust // nil if the event sets no trust policy, or none that can be read
}

// changes tells what an IAM event says of a role, and marks the role if it concerns a service of the catalog. The subject
// is the name of the role in lower case.
func (c *collector) changes(r *record.Record, tell tell) {
	e, ok := c.roleEvent(r)
	if !ok {
		return
	}
	role := lowerRole(e.name)
	tell(facts.Change, role, e.pack(c.catalog))
	if c.fact.ErrorCode != "" {
		return
	}
	if infrastructure, ok := e.mark(c.catalog, c.fact.Action); ok {
		tell(facts.Mark, role, infrastructure)
	}
}

// roleEvent reads an IAM event. It reports false if that does not tell of a role.
func (c *collector) roleEvent(r *record.Record) (*roleEvent, bool) {
	switch c.fact.Action {
	case "CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion":
		return nil, false
	}
	request := record.Value(r.Value(c.fields.request))
	made := record.Value(r.Value(c.fields.response)).Member("role")
	e := &roleEvent{name: request.Member("roleName").Text(), id: made.Member("roleId").Text()}
	if e.name == "" {
		e.name = made.Member("roleName").Text()
	}
	switch failed := c.fact.ErrorCode != ""; {
	case failed && e.name == "":
		e.name, e.arn = refusedRole(string(r.Bytes(c.fields.errorMessage)))
	case !failed && isCreation(c.fact.Action):
		e.arn = made.Member("arn").Text()
	}
	if e.name == "" {
		return nil, false
	}
	if keyOf(e.arn) != (roleKey{c.fact.Account, lowerRole(e.name)}) {
		e.arn = ""
	}
	e.actor = c.texts.of(c.principal(r))
	switch c.fact.Action {
	case attachPolicy, detachPolicy:
		e.detail = request.Member("policyArn").Text()
	case "PutRolePolicy", "DeleteRolePolicy":
		e.detail = request.Member("policyName").Text()
	case putBoundary:
		e.detail = request.Member("permissionsBoundary").Text()
	case createRole:
		document := request.Member("assumeRolePolicyDocument").Text()
		if document == "" {
			document = made.Member("assumeRolePolicyDocument").Text()
		}
		e.trust = readTrust(document)
		e.detail = e.trust.describe(infrastructurePrincipal(c.catalog))
	case updateTrust:
		e.trust = readTrust(request.Member("policyDocument").Text())
		e.detail = e.trust.describe(infrastructurePrincipal(c.catalog))
	}
	return e, true
}

// refusedRole returns the role that the message of a failed call names. IAM leaves out the request then. It gives a role by
// its name alone, "on resource: role NAME", and one that was yet to be created by its ARN.
func refusedRole(message string) (name, arn string) {
	_, text, _ := strings.Cut(message, "on resource: ")
	word, rest, _ := strings.Cut(text, " ")
	switch {
	case word == "role":
		name, _, _ = strings.Cut(rest, " ")
	case strings.HasPrefix(word, "arn:") && strings.Contains(word, ":role/"):
		name, arn = roleName(word), word
	}
	return name, arn
}

// concernsInfrastructure is the detail of a fact of kind Mark if a feature of kind infrastructure is concerned.
const concernsInfrastructure = "infrastructure"

// mark reports whether a successful event says that the role is one for a service of the catalog: by one of the managed
// policies, or by trusting a service that assumes infrastructure roles.
func (e *roleEvent) mark(c *catalog.Catalog, action string) (infrastructure string, ok bool) {
	for i := range c.Features {
		f := &c.Features[i]
		if f.Kind == catalog.ServiceLinked {
			continue
		}
		attached := action == attachPolicy && f.Policy != nil && f.Policy.ARN == catalogPolicy(e.detail)
		if f.Kind == catalog.Infrastructure && (attached || e.trust.trusts(f.Principal)) {
			return concernsInfrastructure, true
		}
		ok = ok || attached
	}
	return "", ok
}

// catalogPolicy returns the ARN of an AWS managed policy as the catalog writes it, whatever the partition of the account.
// Other ARNs are returned as they are.
func catalogPolicy(arn string) string {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[0] == "arn" && strings.HasPrefix(parts[1], "aws") && strings.HasPrefix(parts[2], "iam::aws:policy/") {
		return "arn:aws:" + parts[2]
	}
	return arn
}

// How the trust policy is written into the detail of a fact: what it is like, then each service of the catalog that it
// trusts and how.
const (
	noTrust      = ""
	clearTrust   = "clear"
	unclearTrust = "unclear"

	unconditional = "always"
	conditional   = "conditions"
)

// pack makes the detail of the fact.
func (e *roleEvent) pack(c *catalog.Catalog) string {
	if e.trust == nil {
		return pack(e.name, e.arn, e.id, e.actor, e.detail, noTrust)
	}
	like := clearTrust
	if e.trust.unclear {
		like = unclearTrust
	}
	fields := []string{e.name, e.arn, e.id, e.actor, e.detail, like}
	for _, principal := range c.Principals() {
		if e.trust.trusts(principal) {
			how := unconditional
			if e.trust.services[principal] {
				how = conditional
			}
			fields = append(fields, principal, how)
		}
	}
	return pack(fields...)
}

// unpackRoleEvent reads the detail of a fact.
func unpackRoleEvent(detail string) *roleEvent {
	fields, rest := unpack(detail, 6)
	e := &roleEvent{name: fields[0], arn: fields[1], id: fields[2], actor: fields[3], detail: fields[4]}
	if fields[5] == noTrust {
		return e
	}
	e.trust = &trust{services: map[string]bool{}, unclear: fields[5] == unclearTrust}
	for rest != "" {
		fields, rest = unpack(rest, 2)
		e.trust.services[fields[0]] = fields[1] == conditional
	}
	return e
}
