package reference

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
)

func TestWindowAndFilters(t *testing.T) {
	records := []fields{
		assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS"),
		callBy("first", "10:00:05", infra, "ECSTaskVolumesForEBS", "10:00:00", ecs, "CreateVolume"),
		callBy("west", "11:00:00", infra, "ECSTaskVolumesForEBS", "10:00:00", ecs, "DeleteVolume").with(fields{"awsRegion": "us-west-2"}),
		assumeRole("mallory", "11:30:00", plain, "admin").by(mallory),
		// A change to a role: relevant, but of no role's session.
		{"eventID": "change", "eventTime": at("11:40:00"), "eventSource": "iam.amazonaws.com", "eventName": "DeleteRole",
			"awsRegion": "us-east-1", "recipientAccountId": "444455556666"},
		{"eventID": "login", "eventTime": at("08:00:00"), "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin",
			"awsRegion": "eu-west-1", "recipientAccountId": account},
	}
	observed := analyzer.Observed{FirstEvent: day("08:00:00"), LastEvent: day("11:40:00"),
		Accounts: []string{account, "444455556666"}, Regions: []string{"eu-west-1", "us-east-1", "us-west-2"}}

	for name, test := range map[string]struct {
		options Options
		want    string
		records analyzer.InputRecords
	}{
		"nothing": {Options{}, `
		infra infrastructure 1/0/2/0
		  ebs-volumes 1/0/2/0 [open west]
		`, analyzer.InputRecords{Total: 6, Relevant: 5, Irrelevant: 1}},
		// The opener is before the window, and still decides whose session it is.
		"window": {Options{Since: day("10:00:05"), Until: day("11:00:00")}, `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [first]
		`, analyzer.InputRecords{Total: 6, Relevant: 1, Irrelevant: 1, OutsideWindow: 4}},
		"Region": {Options{Regions: []string{"us-west-2"}}, `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [west]
		`, analyzer.InputRecords{Total: 6, Relevant: 1, Irrelevant: 1, Filtered: 4}},
		"account": {Options{Accounts: []string{"444455556666"}}, "",
			analyzer.InputRecords{Total: 6, Relevant: 1, Irrelevant: 1, Filtered: 4}},
		"role ARN": {Options{Roles: []string{infra}}, `
		infra infrastructure 1/0/2/0
		  ebs-volumes 1/0/2/0 [open west]
		`, analyzer.InputRecords{Total: 6, Relevant: 4, Irrelevant: 1, Filtered: 1}},
		// Asked for by name, a role is listed even if only others use it.
		"role name": {Options{Roles: []string{"PLAIN"}}, `
		plain other 0/0/0/0
		  caller arn:aws:iam::111122223333:user/mallory 1/0 [admin]
		`, analyzer.InputRecords{Total: 6, Relevant: 2, Irrelevant: 1, Filtered: 3}},
		"patterns of a name and of an ARN": {Options{Roles: []string{"pl*n", "arn:*/infra"}}, `
		infra infrastructure 1/0/2/0
		  ebs-volumes 1/0/2/0 [open west]
		plain other 0/0/0/0
		  caller arn:aws:iam::111122223333:user/mallory 1/0 [admin]
		`, analyzer.InputRecords{Total: 6, Relevant: 5, Irrelevant: 1}},
		"a path is no name": {Options{Roles: []string{"ecs/infra"}}, "",
			analyzer.InputRecords{Total: 6, Relevant: 1, Irrelevant: 1, Filtered: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			u := tell(t, test.options, records...)
			expect(t, u, test.want)
			expectRecords(t, u, test.records)
			if diff := cmp.Diff(observed, u.Observed); diff != "" {
				t.Errorf("observed, which no filter changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSelectedRoleMakesItsCallsRelevant(t *testing.T) {
	person := callBy("person", "10:00:05", plain, "alice", "10:00:00", "203.0.113.7", "DescribeVpcs")
	expectRecords(t, tell(t, Options{}, person), analyzer.InputRecords{Total: 1, Irrelevant: 1})
	u := tell(t, Options{Roles: []string{"plain"}}, person)
	expectRecords(t, u, analyzer.InputRecords{Total: 1, Relevant: 1})
	expect(t, u, `
		plain other 0/0/0/0
		`)
}

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"a*", "a", true}, {"*a", "ba", true}, {"a*c*e", "abcde", true},
		{"a*c*e", "ace", true}, {"a*ca", "aca", true}, {"a*a", "a", false}, {"", "a", false}, {"awslambda_*", "awslambda", false},
	} {
		if got := glob(test.pattern, test.text); got != test.want {
			t.Errorf("glob(%q, %q) = %t", test.pattern, test.text, got)
		}
	}
}
