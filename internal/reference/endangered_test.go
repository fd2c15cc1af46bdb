package reference

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roletrail/analyzer"
)

// newFindings are those that rest on what is told of roles and trails.
var newFindings = []string{"role-endangered", "stuck-volume", "unused-policy", "trail-changed"}

func tellFindings(u *analyzer.Usage) string {
	var text strings.Builder
	for _, f := range u.Findings {
		if slices.Contains(newFindings, f.ID) {
			fmt.Fprintf(&text, "%s %s %s %v\n", f.Severity, f.ID, f.RoleARN, ids(f.Evidence))
		}
	}
	return text.String()
}

func expectFindings(t *testing.T, o Options, want string, records ...fields) {
	t.Helper()
	expectText(t, tellFindings(tell(t, o, records...)), want)
}

func sortedLines(text string) string {
	return strings.Join(slices.Sorted(strings.Lines(text)), "")
}

// on moves a record to another day.
func on(date string, f fields) fields {
	return f.with(fields{"eventTime": date + f["eventTime"].(string)[len("2026-11-14"):]})
}

func TestRoleEndangered(t *testing.T) {
	use := assumeRole("use", "12:00:00", infra, ebsSession)
	remove := iamCall("delete", "12:00:00", "DeleteRole", nil)
	narrow := iamCall("narrow", "12:00:00", "UpdateAssumeRolePolicy", fields{"policyDocument": trustsLambda})
	lose := detach("lose", "12:00:00", policyForVolumes)
	bound := iamCall("bound", "12:00:00", "PutRolePermissionsBoundary", fields{"permissionsBoundary": "x"})
	service := ecsCall("service", "10:00:00", "CreateService", withVolumes(infra, fields{"serviceName": "web"}), nil)
	serviceEnds := ecsCall("end", "11:00:00", "DeleteService", fields{"service": "web"}, nil)
	const is = " " + infra

	for name, test := range map[string]struct {
		records []fields
		want    string
	}{
		"deleted":                           {[]fields{use, remove}, "high role-endangered" + is + " [delete]\n"},
		"in vain":                           {[]fields{use, remove.failing("DeleteConflictException")}, ""},
		"a day after its last use":          {[]fields{use, on("2026-11-15", remove)}, "high role-endangered" + is + " [delete]\n"},
		"more than a day after":             {[]fields{use, on("2026-11-15", remove).with(fields{"eventTime": "2026-11-15T12:00:01Z"})}, ""},
		"before it is used":                 {[]fields{on("2026-11-13", remove), use}, "high role-endangered" + is + " [delete]\n"},
		"and made anew":                     {[]fields{use, remove, createRole("c", "12:00:00", "A", trustsECS)}, ""},
		"used by another only":              {[]fields{service, serviceEnds, use.by(mallory), on("2026-11-20", remove)}, ""},
		"denied since":                      {[]fields{on("2026-11-13", remove), use.failing("AccessDenied")}, "high role-endangered" + is + " [delete]\n"},
		"a dry run is no use":               {[]fields{attach("a", "01:00:00", policyForLattice), on("2026-11-20", onVolume("dry", "12:00:00", "DeleteVolume", "vol-1").failing("Client.DryRunOperation")), on("2026-11-16", remove)}, ""},
		"a service stands":                  {[]fields{service, on("2026-11-20", remove)}, "high role-endangered" + is + " [delete]\n"},
		"it ended just now":                 {[]fields{service, serviceEnds, remove}, "high role-endangered" + is + " [delete]\n"},
		"it ended long before":              {[]fields{service, serviceEnds, on("2026-11-20", remove)}, ""},
		"it ended after":                    {[]fields{service, on("2026-11-15", serviceEnds), remove, on("2026-11-30", use.by(mallory))}, "high role-endangered" + is + " [delete]\n"},
		"tasks were run after":              {[]fields{on("2026-11-15", ecsCall("run", "10:00:00", "RunTask", withVolumes(infra, fields{"taskDefinition": "x"}), nil)), remove}, "high role-endangered" + is + " [delete]\n"},
		"tasks were run before":             {[]fields{on("2026-11-13", ecsCall("run", "10:00:00", "RunTask", withVolumes(infra, fields{"taskDefinition": "x"}), nil)), remove}, ""},
		"a volume is open":                  {[]fields{createVolume("v", "10:00:00", "vol-1", ""), on("2026-11-20", remove)}, "high role-endangered" + is + " [delete]\n"},
		"deleted, and nothing else to tell": {[]fields{use, narrow, lose, bound, on("2026-11-15", remove)}, "high role-endangered" + is + " [delete]\n"},

		"trust taken away":                    {[]fields{use, narrow}, "high role-endangered" + is + " [narrow]\n"},
		"and given back":                      {[]fields{use, narrow, iamCall("x", "13:00:00", "UpdateAssumeRolePolicy", fields{"policyDocument": trustsECS})}, ""},
		"taken away long after":               {[]fields{use, on("2026-11-20", narrow)}, ""},
		"made unreadable":                     {[]fields{use, iamCall("x", "13:00:00", "UpdateAssumeRolePolicy", fields{"policyDocument": "?"})}, ""},
		"made without it":                     {[]fields{use, createRole("c", "10:00:00", "A", trustsLambda)}, "high role-endangered" + is + " [c]\n"},
		"policy detached":                     {[]fields{use, lose}, "high role-endangered" + is + " [lose]\n"},
		"policy attached again":               {[]fields{use, lose, attach("a", "12:00:00", policyForVolumes)}, ""},
		"policy of another feature detached":  {[]fields{use, detach("x", "12:00:00", policyForLattice)}, ""},
		"policy detached before the last use": {[]fields{on("2026-11-13", lose), use}, "high role-endangered" + is + " [lose]\n"},
		"boundary set":                        {[]fields{use, bound}, "medium role-endangered" + is + " [bound]\n"},
		"boundary taken away":                 {[]fields{use, bound, iamCall("x", "13:00:00", "DeleteRolePermissionsBoundary", nil)}, ""},
		"everything at once": {[]fields{use, narrow, lose, bound, assumeRole("l", "12:00:00", infra, "ECSNetworkingWithVPCLattice"), detach("also", "12:00:00", policyForLattice)},
			"high role-endangered" + is + " [narrow]\nhigh role-endangered" + is + " [also]\nhigh role-endangered" + is + " [lose]\nmedium role-endangered" + is + " [bound]\n"},
		"a service-linked role": {[]fields{callBy("eni", "12:00:00", linked, "x", "10:00:00", ecs, "CreateNetworkInterface"), iamCall("x", "12:00:00", "DeleteRole", fields{"roleName": "AWSServiceRoleForECS"})}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			// of those of one severity, titles decide on the order, which are not compared with the analyzer's
			expectText(t, sortedLines(tellFindings(tell(t, Options{}, test.records...))), sortedLines(test.want))
		})
	}

	t.Run("whatever the window and the filters", func(t *testing.T) {
		expectFindings(t, Options{Since: day("13:00:00"), Regions: []string{"eu-west-1"}, Roles: []string{"infra"}},
			"high role-endangered"+is+" [delete]\n", use, remove)
	})
	t.Run("not of roles that are not asked for", func(t *testing.T) {
		expectFindings(t, Options{Roles: []string{"plain"}}, "", use, remove)
	})
}

func TestStuckVolume(t *testing.T) {
	fail := func(id, clock, name, volume string) fields {
		return onVolume(id, clock, name, volume).failing("Client.UnauthorizedOperation")
	}
	expectFindings(t, Options{}, `
	high stuck-volume `+infra+` [a b e f g]
	`,
		createVolume("create", "10:00:00", "vol-1", ""),
		fail("a", "11:00:00", "DetachVolume", "vol-1"), fail("b", "11:01:00", "DeleteVolume", "vol-1").by(mallory), fail("c", "11:02:00", "DeleteVolume", "vol-1"),
		fail("d", "11:03:00", "DeleteVolume", "vol-2"), fail("e", "11:04:00", "DetachVolume", "vol-2"), // of unknown age
		fail("f", "11:05:00", "DeleteVolume", "vol-1"), fail("g", "11:06:00", "DeleteVolume", "vol-1"),
		// these count for nothing
		fail("x1", "11:07:00", "AttachVolume", "vol-1"), onVolume("x2", "11:07:00", "DeleteVolume", "vol-1").failing("Client.DryRunOperation"),
		onVolume("x3", "11:07:00", "DetachVolume", "vol-1").failing("Client.InvalidVolume.NotFound"),
		// in the end it worked
		createVolume("create3", "10:00:00", "vol-3", ""), fail("x4", "11:00:00", "DeleteVolume", "vol-3"), onVolume("x5", "11:30:00", "DeleteVolume", "vol-3"),
	)
	expectFindings(t, Options{}, "", createVolume("create", "10:00:00", "vol-1", ""))
}

func TestUnusedPolicy(t *testing.T) {
	give := attach("give", "09:00:00", policyForLattice)
	use := assumeRole("use", "12:00:00", infra, "ECSNetworkingWithVPCLattice")
	const is = "info unused-policy " + infra
	other := assumeRole("other", "12:00:00", infra, "ECSManagedInstances")
	for name, test := range map[string]struct {
		records []fields
		want    string
	}{
		"never used":                {[]fields{give, other}, is + " [give]\n"},
		"used":                      {[]fields{give, use}, ""},
		"used before it was given":  {[]fields{give.with(fields{"eventTime": at("13:00:00")}), use}, ""},
		"used in vain":              {[]fields{give, other, use.failing("AccessDenied")}, ""},
		"used by another only":      {[]fields{give, other, use.by(mallory)}, is + " [give]\n"},
		"used under another ARN":    {[]fields{give, other, assumeRole("x", "12:00:00", "arn:aws:iam::"+account+":role/infra", "ECSNetworkingWithVPCLattice")}, ""},
		"taken away":                {[]fields{give, other, detach("x", "10:00:00", policyForLattice)}, ""},
		"given again":               {[]fields{give, other, attach("again", "10:00:00", policyForLattice)}, is + " [again]\n"},
		"not a policy of a feature": {[]fields{other, attach("x", "10:00:00", "arn:aws:iam::aws:policy/ReadOnlyAccess")}, ""},
		"the role is deleted":       {[]fields{give, on("2026-11-20", iamCall("x", "10:00:00", "DeleteRole", nil)), other}, ""},
		"a service that is gone named it": {[]fields{give, other,
			ecsCall("s", "10:00:00", "CreateService", fields{"serviceName": "web", "vpcLatticeConfigurations": []any{fields{"roleArn": infra}}}, nil),
			ecsCall("d", "10:00:01", "DeleteService", fields{"service": "web"}, nil)}, ""},
		"volumes of unknown age": {[]fields{attach("v", "10:00:00", policyForVolumes), other, onVolume("x", "10:00:00", "AttachVolume", "vol-1")}, ""},
		"no volumes":             {[]fields{attach("v", "10:00:00", policyForVolumes), other}, is + " [v]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := tellFindings(tell(t, Options{Until: day("23:00:00")}, test.records...))
			var lines []string
			for line := range strings.Lines(got) {
				if !strings.Contains(line, "role-endangered") {
					lines = append(lines, line)
				}
			}
			expectText(t, strings.Join(lines, ""), test.want)
		})
	}
}

func TestTrailChanged(t *testing.T) {
	trail := func(id, clock, name, of string) fields {
		return ecsCall(id, clock, name, fields{"name": of}, nil).with(fields{"eventSource": "cloudtrail.amazonaws.com"})
	}
	records := []fields{
		trail("stop", "10:00:00", "StopLogging", "main"), trail("start", "11:00:00", "StartLogging", "main"),
		trail("stop2", "12:00:00", "StopLogging", "arn:aws:cloudtrail:us-east-1:"+account+":trail/main"),
		trail("update", "10:00:00", "UpdateTrail", "main"), trail("stop3", "10:00:00", "StopLogging", "second"),
		trail("vain", "10:00:00", "DeleteTrail", "main").failing("TrailNotFoundException"),
		trail("put", "10:00:00", "PutEventSelectors", "").with(fields{"requestParameters": fields{"trailName": "main"}}),
		trail("far", "10:00:00", "DeleteTrail", "main").with(fields{"recipientAccountId": "444455556666"}),
	}
	const near = `
	high trail-changed  [stop stop2]
	high trail-changed  [stop3]
	medium trail-changed  [put]
	medium trail-changed  [update]
	`
	expectFindings(t, Options{}, "high trail-changed  [far]"+near, records...)
	expectFindings(t, Options{Accounts: []string{account}, Regions: []string{"x"}, Roles: []string{"x"}, Since: day("20:00:00").Add(time.Hour)}, near, records...)
}
