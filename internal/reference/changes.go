package reference

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

// history is what IAM events did to one role.
type history struct {
	changes []*event // in order of time
	written string   // the role's name, as written last
	arn     string   // of the latest creation, else of the latest message; "" if none gives it
	lives   []analyzer.Life

	// Marked: "a successful AttachRolePolicy of an ARN that is a catalog policy's ARN of a non-service-linked feature; or a
	// successful CreateRole or UpdateAssumeRolePolicy that trusts (with or without conditions) a principal of an
	// infrastructure feature". ofInfrastructure if the policy is of an infrastructure feature too.
	marked, ofInfrastructure bool

	// What holds at the end, in the role's last life.
	deleted  *event                 // the DeleteRole that ended it, or nil
	policies map[string]*event      // by ARN: the last AttachRolePolicy or DetachRolePolicy
	trusts   map[string]trustChange // by service: the last readable trust policy
	boundary *event                 // the last PutRolePermissionsBoundary or DeleteRolePermissionsBoundary
}

type trustChange struct {
	*event
	trust
}

// roleOfChange finds the role that an IAM event is about. "role name = requestParameters.roleName; else
// responseElements.role.roleName; else, failed: errorMessage text after 'on resource: ' up to the next space or end: role
// followed by the next word (IAM writes 'on resource: role NAME'), or an ARN with :role/ -> name after the last /. Else
// nothing. (Policy versions tell nothing of a role.)"
func roleOfChange(e *event) (name, arn string) {
	if strings.HasSuffix(e.name, "PolicyVersion") {
		return "", ""
	}
	if name := e.first("requestParameters.roleName", "responseElements.role.roleName"); name != "" || !e.failed {
		return name, ""
	}
	_, after, _ := strings.Cut(e.text("errorMessage"), "on resource: ")
	words := strings.Split(after, " ")
	switch {
	case words[0] == "role" && len(words) > 1:
		return words[1], ""
	case strings.HasPrefix(words[0], "arn:") && strings.Contains(words[0], ":role/"):
		return roleName(words[0]), words[0]
	}
	return "", ""
}

// histories reads the changes by role: "key (account, lower(name))".
func histories(winners []*event, c *catalog.Catalog) map[roleKey]*history {
	byRole := map[roleKey]*history{}
	for _, e := range winners { // in order of time
		name, _ := roleOfChange(e)
		if e.kind != change || name == "" {
			continue
		}
		key := roleKey{e.account, strings.ToLower(name)}
		if byRole[key] == nil {
			byRole[key] = &history{}
		}
		byRole[key].changes = append(byRole[key].changes, e)
		byRole[key].written = name
	}
	for key, h := range byRole {
		h.arn = h.arnOf(key)
		h.live(c)
	}
	return byRole
}

// arnOf gives the role's ARN: that of "the latest CreateRole response" or, without one, of the latest "denied message".
func (h *history) arnOf(key roleKey) string {
	created, denied := "", ""
	for _, e := range h.changes {
		if arn := e.first("responseElements.role.arn"); isCreation(e) && !e.failed && keyOf(arn) == key {
			created = arn
		}
		if _, arn := roleOfChange(e); keyOf(arn) == key {
			denied = arn
		}
	}
	return firstNonEmpty(created, denied)
}

func isCreation(e *event) bool { return e.name == "CreateRole" || e.name == "CreateServiceLinkedRole" }

// live goes through the successful changes. Of those of one time, "DeleteRole before Create", then what the role is
// given, "attach wins" over detach.
func (h *history) live(c *catalog.Catalog) {
	rank := func(e *event) int {
		switch {
		case e.name == "DeleteRole":
			return 0
		case isCreation(e):
			return 1
		case e.name == "DetachRolePolicy":
			return 2
		}
		return 3
	}
	events := slices.DeleteFunc(slices.Clone(h.changes), func(e *event) bool { return e.failed })
	slices.SortFunc(events, func(a, b *event) int {
		return cmp.Or(a.time.Compare(b.time), cmp.Compare(rank(a), rank(b)), byID(a, b))
	})
	h.beginAnew()
	for _, e := range events {
		switch {
		case e.name == "DeleteRole":
			h.end(e)
		case isCreation(e):
			// "Create -> new life {id: responseElements.role.roleId, createdAt}."
			h.lives = append(h.lives, analyzer.Life{ID: e.first("responseElements.role.roleId"), CreatedAt: e.time})
			h.deleted = nil
			h.beginAnew()
		case e.name == "AttachRolePolicy" || e.name == "DetachRolePolicy":
			h.policies[inAWSPartition(e.first("requestParameters.policyArn"))] = e
		case e.name == "PutRolePermissionsBoundary" || e.name == "DeleteRolePermissionsBoundary":
			h.boundary = e
		}
		if e.name == "AttachRolePolicy" {
			h.markByPolicy(inAWSPartition(e.first("requestParameters.policyArn")), c)
		}
		if e.name == "CreateRole" || e.name == "UpdateAssumeRolePolicy" {
			h.readTrust(e, c)
		}
	}
}

// beginAnew: "DeleteRole and Create reset attached, trust, boundary (a new life begins with none)."
func (h *history) beginAnew() {
	h.policies, h.trusts, h.boundary = map[string]*event{}, map[string]trustChange{}, nil
}

// end: "DeleteRole -> the last life without deletedAt gets it, else a life with only deletedAt."
func (h *history) end(e *event) {
	last := len(h.lives) - 1
	if last < 0 || !h.lives[last].DeletedAt.IsZero() {
		h.lives = append(h.lives, analyzer.Life{})
		last++
	}
	h.lives[last].DeletedAt = e.time
	h.deleted = e
	h.beginAnew()
}

func (h *history) markByPolicy(arn string, c *catalog.Catalog) {
	for _, feature := range c.Features {
		if feature.Kind != catalog.ServiceLinked && feature.Policy != nil && feature.Policy.ARN == arn {
			h.marked = true
			h.ofInfrastructure = h.ofInfrastructure || feature.Kind == catalog.Infrastructure
		}
	}
}

func (h *history) readTrust(e *event, c *catalog.Catalog) {
	for _, feature := range c.Features {
		says := trustIn(trustDocument(e), feature.Principal)
		if says != unreadable {
			h.trusts[feature.Principal] = trustChange{e, says}
		}
		if feature.Kind == catalog.Infrastructure && (says == trusted || says == trustedUnderConditions) {
			h.marked, h.ofInfrastructure = true, true
		}
	}
}

// inAWSPartition gives the ARN by which the catalog knows one of AWS's own policies, which have the same names in other
// partitions.
func inAWSPartition(policyARN string) string {
	return ownPolicy.ReplaceAllString(policyARN, "arn:aws:iam::aws:policy/")
}

var ownPolicy = regexp.MustCompile(`^arn:aws[^:]*:iam::aws:policy/`)

// maxChanges is how many changes a report tells.
const maxChanges = 100

// changesOf reports the changes to a role: "order (time, eventID, object, index); the 100 latest; changeCount all".
func (t *told) changesOf(key roleKey, c *catalog.Catalog) ([]analyzer.Change, int64) {
	h := t.histories[key]
	if h == nil {
		return nil, 0
	}
	var list []analyzer.Change
	for _, e := range h.changes[max(0, len(h.changes)-maxChanges):] {
		list = append(list, analyzer.Change{
			Time: e.time, Action: e.name, Actor: principal(e.record), Detail: detailOf(e, c),
			Succeeded: !e.failed, ErrorCode: e.errorCode, EventID: e.id, Object: e.evidence,
		})
	}
	return list, int64(len(h.changes))
}

// detailOf: "Attach and DetachRolePolicy: requestParameters.policyArn; Put and DeleteRolePolicy: requestParameters.policyName;
// PutRolePermissionsBoundary: requestParameters.permissionsBoundary; CreateRole and UpdateAssumeRolePolicy: the trust
// text for P, the catalog's first principal of an infrastructure feature; others empty."
func detailOf(e *event, c *catalog.Catalog) string {
	switch e.name {
	case "AttachRolePolicy", "DetachRolePolicy":
		return e.first("requestParameters.policyArn")
	case "PutRolePolicy", "DeleteRolePolicy":
		return e.first("requestParameters.policyName")
	case "PutRolePermissionsBoundary":
		return e.first("requestParameters.permissionsBoundary")
	case "CreateRole", "UpdateAssumeRolePolicy":
		if service := infrastructurePrincipal(c); service != "" {
			return trustIn(trustDocument(e), service).describe(service)
		}
	}
	return ""
}

// infrastructurePrincipal is "the catalog's first principal of an infrastructure feature", or "".
func infrastructurePrincipal(c *catalog.Catalog) string {
	for _, feature := range c.Features {
		if feature.Kind == catalog.Infrastructure {
			return feature.Principal
		}
	}
	return ""
}
