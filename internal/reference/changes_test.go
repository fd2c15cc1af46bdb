package reference

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

const (
	policyForVolumes = "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes"
	policyForLattice = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForVpcLattice"
	trustsECS        = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	trustsLambda     = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
)

// iamCall is a change to the role infra by a person.
func iamCall(id, clock, name string, request fields) fields {
	return ecsCall(id, clock, name, fields{"roleName": "infra"}.with(request), nil).with(fields{"eventSource": "iam.amazonaws.com"})
}

func createRole(id, clock, roleID, trust string) fields {
	return iamCall(id, clock, "CreateRole", fields{"assumeRolePolicyDocument": trust}).with(fields{
		"responseElements": fields{"role": fields{"roleName": "infra", "roleId": roleID, "arn": infra}}})
}

func attach(id, clock, policy string) fields {
	return iamCall(id, clock, "AttachRolePolicy", fields{"policyArn": policy})
}

func detach(id, clock, policy string) fields {
	return iamCall(id, clock, "DetachRolePolicy", fields{"policyArn": policy})
}

// asked lists the role whatever is known of it.
var asked = Options{Roles: []string{"infra"}}

func theRole(t *testing.T, u *analyzer.Usage) analyzer.Role {
	t.Helper()
	if len(u.Roles) != 1 {
		t.Fatalf("%d roles are listed", len(u.Roles))
	}
	return u.Roles[0]
}

func TestChanges(t *testing.T) {
	u := tell(t, asked,
		createRole("1", "10:00:00", "AROA1", trustsECS),
		attach("2", "10:00:01", policyForVolumes),
		iamCall("3", "10:00:02", "PutRolePolicy", fields{"policyName": "own", "policyDocument": "{}"}),
		iamCall("4", "10:00:03", "PutRolePermissionsBoundary", fields{"permissionsBoundary": "arn:of:a:boundary"}),
		iamCall("5", "10:00:04", "UpdateAssumeRolePolicy", fields{"policyDocument": trustsLambda}),
		iamCall("6", "10:00:05", "DeleteRole", nil).failing("DeleteConflictException"),
		iamCall("7", "10:00:06", "UpdateRole", fields{"roleName": "INFRA", "maxSessionDuration": 3600}),
		iamCall("8", "10:00:07", "DeleteRole", nil).with(fields{"requestParameters": nil, "errorCode": "AccessDenied",
			"errorMessage": "User: arn:aws:iam::1:user/m is not authorized to perform: iam:DeleteRole on resource: role infra because no policy allows it"}),
		iamCall("9", "10:00:08", "UpdateAssumeRolePolicy", nil).with(fields{"requestParameters": nil, "errorCode": "AccessDenied",
			"errorMessage": "not authorized on resource: " + infra}),
		// These are not about the role.
		iamCall("x1", "10:00:09", "SetDefaultPolicyVersion", fields{"policyArn": policyForVolumes}),
		iamCall("x2", "10:00:09", "DeleteRole", fields{"roleName": "other"}),
		iamCall("x3", "10:00:09", "DeleteRole", nil).with(fields{"recipientAccountId": "444455556666"}),
		iamCall("x4", "10:00:09", "DeleteRole", nil).with(fields{"requestParameters": nil, "errorMessage": "on resource: role infra"}),
		iamCall("x5", "10:00:09", "DeleteRole", nil).with(fields{"requestParameters": nil, "errorCode": "AccessDenied", "errorMessage": "on resource: infra"}),
	)
	var text strings.Builder
	for _, r := range u.Roles {
		if r.AccountID != account {
			continue
		}
		for _, c := range r.Changes {
			fmt.Fprintf(&text, "%s %s %s [%s] %t %s by %s in %s\n", c.EventID, c.Time.Format(time.TimeOnly), c.Action, c.Detail, c.Succeeded, c.ErrorCode, roleName(c.Actor), c.Object)
		}
	}
	expectText(t, text.String(), `
	1 10:00:00 CreateRole [trusts ecs.amazonaws.com] true  by mallory in log.json
	2 10:00:01 AttachRolePolicy [`+policyForVolumes+`] true  by mallory in log.json
	3 10:00:02 PutRolePolicy [own] true  by mallory in log.json
	4 10:00:03 PutRolePermissionsBoundary [arn:of:a:boundary] true  by mallory in log.json
	5 10:00:04 UpdateAssumeRolePolicy [does not trust ecs.amazonaws.com] true  by mallory in log.json
	6 10:00:05 DeleteRole [] false DeleteConflictException by mallory in log.json
	7 10:00:06 UpdateRole [] true  by mallory in log.json
	8 10:00:07 DeleteRole [] false AccessDenied by mallory in log.json
	9 10:00:08 UpdateAssumeRolePolicy [trust policy not readable] false AccessDenied by mallory in log.json
	`)
}

func TestLatestChanges(t *testing.T) {
	var records []fields
	for i := range 110 {
		records = append(records, iamCall(fmt.Sprintf("e%03d", i), "10:00:00", "UpdateRole", nil))
	}
	r := theRole(t, tell(t, asked, records...))
	if r.ChangeCount != 110 || len(r.Changes) != 100 || r.Changes[0].EventID != "e010" || r.Changes[99].EventID != "e109" {
		t.Errorf("%d of %d changes, from %s", len(r.Changes), r.ChangeCount, r.Changes[0].EventID)
	}
}

func TestLives(t *testing.T) {
	remove := func(id, clock string) fields { return iamCall(id, clock, "DeleteRole", nil) }
	for name, test := range map[string]struct {
		records []fields
		want    string
	}{
		"none seen":      {[]fields{iamCall("u", "10:00:00", "UpdateRole", nil)}, ""},
		"made":           {[]fields{createRole("c", "10:00:00", "AROA1", trustsECS)}, "AROA1 10:00:00.. "},
		"made in vain":   {[]fields{createRole("c", "10:00:00", "AROA1", trustsECS).failing("EntityAlreadyExists")}, ""},
		"deleted":        {[]fields{remove("d", "10:00:00")}, " ..10:00:00 "},
		"made, deleted":  {[]fields{createRole("c", "10:00:00", "AROA1", trustsECS), remove("d", "11:00:00")}, "AROA1 10:00:00..11:00:00 "},
		"deletion fails": {[]fields{createRole("c", "10:00:00", "AROA1", trustsECS), remove("d", "11:00:00").failing("DeleteConflictException")}, "AROA1 10:00:00.. "},
		"made again": {[]fields{remove("d", "11:00:00"), createRole("b", "12:00:00", "AROA2", trustsECS), createRole("a", "10:00:00", "AROA1", trustsECS)},
			"AROA1 10:00:00..11:00:00 AROA2 12:00:00.. "},
		"made again in one second": {[]fields{createRole("a", "11:00:00", "AROA2", trustsECS), remove("b", "11:00:00")}, " ..11:00:00 AROA2 11:00:00.. "},
		"an end was not seen": {[]fields{createRole("a", "10:00:00", "AROA1", trustsECS), createRole("b", "11:00:00", "AROA2", trustsECS), remove("c", "12:00:00"), remove("d", "13:00:00")},
			"AROA1 10:00:00.. AROA2 11:00:00..12:00:00  ..13:00:00 "},
		"service-linked": {[]fields{createRole("a", "10:00:00", "AROA1", "").with(fields{"eventName": "CreateServiceLinkedRole", "requestParameters": fields{"aWSServiceName": ecs}})}, "AROA1 10:00:00.. "},
		// the deletion of a service-linked role is only asked for
		"deletion asked for": {[]fields{iamCall("d", "10:00:00", "DeleteServiceLinkedRole", nil)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			clock := func(at time.Time) string {
				if at.IsZero() {
					return ""
				}
				return at.Format(time.TimeOnly)
			}
			got := ""
			for _, r := range tell(t, asked, test.records...).Roles {
				for _, l := range r.Lives {
					got += l.ID + " " + clock(l.CreatedAt) + ".." + clock(l.DeletedAt) + " "
				}
			}
			if got != test.want {
				t.Errorf("lives %q, want %q", got, test.want)
			}
		})
	}
}

func TestTrust(t *testing.T) {
	statement := func(text string) string { return `{"Statement":` + text + `}` }
	const allow = `"Effect":"Allow","Action":"sts:AssumeRole"`
	for document, want := range map[string]trust{
		trustsECS:                    trusted,
		url.QueryEscape(trustsECS):   trusted,
		url.PathEscape(trustsECS):    trusted,
		trustsLambda:                 untrusted,
		url.PathEscape(trustsLambda): untrusted,
		statement(`{` + allow + `,"Principal":{"Service":["lambda.amazonaws.com","ecs.amazonaws.com"]}}`):                                                              trusted,
		statement(`{"Effect":"Allow","Action":["sts:TagSession","STS:assumerole"],"Principal":{"Service":"ecs.amazonaws.com"}}`):                                       trusted,
		statement(`{"Effect":"Allow","Action":"sts:*","Principal":{"Service":"ecs.amazonaws.com"}}`):                                                                   trusted,
		statement(`{"Effect":"Allow","Action":"*","Principal":{"Service":"ecs.amazonaws.com"}}`):                                                                       trusted,
		statement(`{"Effect":"Allow","Action":"sts:TagSession","Principal":{"Service":"ecs.amazonaws.com"}}`):                                                          untrusted,
		statement(`{"Effect":"Deny","Action":"sts:AssumeRole","Principal":{"Service":"ecs.amazonaws.com"}}`):                                                           untrusted,
		statement(`{` + allow + `,"Principal":{"Service":"ecs-tasks.amazonaws.com"}}`):                                                                                 untrusted,
		statement(`{` + allow + `,"Principal":{"AWS":"*"}}`):                                                                                                           untrusted,
		statement(`{` + allow + `,"Principal":{"Service":"ecs.amazonaws.com"},"Condition":{"StringEquals":{"aws:SourceAccount":"1"},"NumericEquals":{"x":1e999}}}`):    trustedUnderConditions,
		statement(`{` + allow + `,"Principal":{"Service":"ecs.amazonaws.com"},"Condition":{}}`):                                                                        trusted,
		statement(`[{` + allow + `,"Principal":{"Service":"ecs.amazonaws.com"},"Condition":{"Bool":{}}},{` + allow + `,"Principal":{"Service":"ecs.amazonaws.com"}}]`): trusted,
		// nobody can tell
		statement(`{` + allow + `,"Principal":"*"}`):                                                                                       unreadable,
		statement(`{` + allow + `,"NotPrincipal":{"AWS":"x"}}`):                                                                            unreadable,
		statement(`{"Effect":"Allow","NotAction":"iam:*","Principal":{"Service":"ecs.amazonaws.com"}}`):                                    unreadable,
		statement(`{"Effect":"Deny","Action":"*","Principal":"*"}`):                                                                        untrusted,
		statement(`[{` + allow + `,"Principal":"*"},{` + allow + `,"Principal":{"Service":"ecs.amazonaws.com"}}]`):                         trusted,
		statement(`[{` + allow + `,"Principal":"*"},{` + allow + `,"Principal":{"Service":"ecs.amazonaws.com"},"Condition":{"Bool":{}}}]`): trustedUnderConditions,
		"": unreadable, "[]": unreadable, "{": unreadable, "{}": unreadable, trustsECS + "x": unreadable, "%": unreadable, "%ZZ": unreadable,
		statement(`[]`):     untrusted,
		statement(`["x"]`):  unreadable,
		statement(`[null]`): unreadable,
		statement(`"x"`):    unreadable,
		`{"Statement":[],"Padding":"` + strings.Repeat("x", maxTrustDocument) + `"}`: unreadable,
	} {
		if got := trustIn(document, ecs); got != want {
			t.Errorf("%.200s: %s, want %s", document, got.describe(ecs), want.describe(ecs))
		}
	}
}

// TestTrustDocument: IAM gives the document back URL-encoded.
func TestTrustDocument(t *testing.T) {
	create := createRole("c", "10:00:00", "AROA1", trustsECS).with(fields{"requestParameters": nil, "responseElements": fields{"role": fields{
		"roleName": "infra", "assumeRolePolicyDocument": url.PathEscape(trustsECS)}}})
	if got := theRole(t, tell(t, asked, create)).Changes[0].Detail; got != "trusts ecs.amazonaws.com" {
		t.Errorf("detail %q", got)
	}
	conditional := iamCall("u", "10:00:00", "UpdateAssumeRolePolicy", fields{"policyDocument": strings.Replace(trustsECS, `"Effect"`, `"Condition":{"Bool":{"x":"y"}},"Effect"`, 1)})
	if got := theRole(t, tell(t, asked, conditional)).Changes[0].Detail; got != "trusts ecs.amazonaws.com under conditions" {
		t.Errorf("detail %q", got)
	}
}

// TestWhatHolds tells which event made what holds of a role at the end.
func TestWhatHolds(t *testing.T) {
	boundary := func(id, clock, name string) fields {
		return iamCall(id, clock, name, fields{"permissionsBoundary": "x"})
	}
	narrow := func(id, clock, document string) fields {
		return iamCall(id, clock, "UpdateAssumeRolePolicy", fields{"policyDocument": document})
	}
	for name, test := range map[string]struct {
		records []fields
		want    string
	}{
		"attached":                        {[]fields{attach("a", "10:00:00", policyForVolumes)}, "policy a"},
		"detached":                        {[]fields{attach("a", "10:00:00", policyForVolumes), detach("d", "10:00:01", policyForVolumes)}, "policy d"},
		"detached in vain":                {[]fields{attach("a", "10:00:00", policyForVolumes), detach("d", "10:00:01", policyForVolumes).failing("NoSuchEntity")}, "policy a"},
		"both in one second":              {[]fields{attach("a", "10:00:00", policyForVolumes), detach("d", "10:00:00", policyForVolumes)}, "policy a"},
		"another partition's":             {[]fields{attach("a", "10:00:00", strings.Replace(policyForVolumes, "aws", "aws-cn", 1)), detach("d", "10:00:01", policyForVolumes)}, "policy d"},
		"a customer's of the same name":   {[]fields{attach("a", "10:00:00", policyForVolumes), detach("d", "10:00:01", strings.Replace(policyForVolumes, "::aws:", "::"+account+":", 1))}, "policy d, policy a"},
		"made and given in one second":    {[]fields{createRole("x", "10:00:00", "A", trustsECS), attach("a", "10:00:00", policyForVolumes), boundary("b", "10:00:00", "PutRolePermissionsBoundary")}, "policy a, boundary b, trust x"},
		"made anew with nothing":          {[]fields{attach("a", "10:00:00", policyForVolumes), boundary("b", "10:00:00", "PutRolePermissionsBoundary"), createRole("x", "10:00:01", "A", "?")}, ""},
		"deleted":                         {[]fields{createRole("x", "10:00:00", "A", trustsECS), attach("a", "10:00:00", policyForVolumes), iamCall("d", "11:00:00", "DeleteRole", nil)}, "deleted d"},
		"boundary taken away":             {[]fields{boundary("b", "10:00:00", "PutRolePermissionsBoundary"), boundary("c", "10:00:01", "DeleteRolePermissionsBoundary")}, "boundary c"},
		"trust narrowed":                  {[]fields{createRole("x", "10:00:00", "A", trustsECS), narrow("n", "10:00:00", trustsLambda)}, "trust n"},
		"trust changed to who knows what": {[]fields{createRole("x", "10:00:00", "A", trustsECS), narrow("n", "10:00:01", "?")}, "trust x"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := catalog.Embedded()
			if err != nil {
				t.Fatal(err)
			}
			var events []*event
			for i, text := range test.records {
				events = append(events, newEvent(newRecord(element{fields: decode[map[string]any](marshalled(text))}, "log.json", i), change))
			}
			slices.SortFunc(events, byTime)
			h := histories(events, c)[roleKey{account, "infra"}]
			var got []string
			for _, arn := range slices.Sorted(maps.Keys(h.policies)) {
				got = append(got, "policy "+h.policies[arn].id)
			}
			if h.boundary != nil {
				got = append(got, "boundary "+h.boundary.id)
			}
			if trust, ok := h.trusts[ecs]; ok {
				got = append(got, "trust "+trust.id)
			}
			if h.deleted != nil {
				got = append(got, "deleted "+h.deleted.id)
			}
			if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("holds (-want +got):\n%s", diff)
			}
		})
	}
}
