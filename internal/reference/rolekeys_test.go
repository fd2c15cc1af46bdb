package reference

import (
	"strings"
	"testing"
)

// TestListedWithoutUses: roles that no service was seen to use, and that matter nevertheless.
func TestListedWithoutUses(t *testing.T) {
	const derived = "arn:aws:iam::" + account + ":role/infra" // the path is not known
	service := ecsCall("service", "10:00:00", "CreateService", withVolumes(infra, fields{"serviceName": "web"}), nil)
	hook := ecsCall("hook", "10:00:00", "CreateService", fields{"serviceName": "web",
		"deploymentConfiguration": fields{"lifecycleHooks": []any{fields{"roleArn": infra}}}}, nil)
	legacy := ecsCall("legacy", "10:00:00", "CreateService", fields{"serviceName": "web", "role": "Infra"}, nil)
	person := assumeRole("person", "10:00:00", infra, "admin").by(mallory)
	astray := assumeRole("astray", "10:00:00", strings.Replace(infra, "ecs/", "other/", 1), "admin").by(mallory).failing("AccessDenied")
	denied := iamCall("denied", "10:00:00", "DeleteRole", nil).with(fields{"requestParameters": nil, "errorCode": "AccessDenied", "errorMessage": "on resource: " + infra})
	for name, test := range map[string]struct {
		options Options
		records []fields
		want    string // ARN, kind, features
	}{
		"a service names it":                {Options{}, []fields{service}, infra + " infrastructure 6"},
		"a hook does":                       {Options{}, []fields{hook}, infra + " other 0"},
		"a service names it by its name":    {Options{}, []fields{legacy}, strings.Replace(derived, "infra", "Infra", 1) + " other 0"},
		"its policy is attached":            {Options{}, []fields{attach("a", "10:00:00", policyForVolumes)}, derived + " infrastructure 6"},
		"its policy was attached":           {Options{}, []fields{attach("a", "10:00:00", policyForVolumes), detach("d", "11:00:00", policyForVolumes), iamCall("x", "12:00:00", "DeleteRole", nil)}, derived + " infrastructure 6"},
		"in vain":                           {Options{}, []fields{attach("a", "10:00:00", policyForVolumes).failing("AccessDenied")}, ""},
		"a policy was taken away":           {Options{}, []fields{detach("d", "10:00:00", policyForVolumes)}, ""},
		"another policy is":                 {Options{}, []fields{attach("a", "10:00:00", "arn:aws:iam::aws:policy/ReadOnlyAccess")}, ""},
		"the policy of the legacy role is":  {Options{}, []fields{attach("a", "10:00:00", "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceRole")}, derived + " other 0"},
		"that of the service-linked role":   {Options{}, []fields{attach("a", "10:00:00", "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy")}, ""},
		"it trusts ECS":                     {Options{}, []fields{createRole("c", "10:00:00", "A", trustsECS)}, infra + " infrastructure 6"},
		"it trusts another":                 {Options{}, []fields{createRole("c", "10:00:00", "A", trustsLambda)}, ""},
		"it trusted ECS":                    {Options{}, []fields{createRole("c", "10:00:00", "A", trustsECS), iamCall("u", "11:00:00", "UpdateAssumeRolePolicy", fields{"policyDocument": trustsLambda})}, infra + " infrastructure 6"},
		"it made a volume":                  {Options{Until: day("09:00:00")}, []fields{createVolume("v", "10:00:00", "vol-1", "")}, infra + " infrastructure 6"},
		"others use it":                     {Options{}, []fields{person}, ""},
		"others use it, a service names it": {Options{}, []fields{person, service}, infra + " infrastructure 6"},
		// who tries a wrong path means the same role
		"others fail to, a service names it": {Options{}, []fields{astray, service}, strings.Replace(infra, "ecs/", "other/", 1) + " infrastructure 6"},

		"asked for by name, any change":         {asked, []fields{iamCall("u", "10:00:00", "UpdateRole", nil)}, derived + " other 0"},
		"by an ARN with a path":                 {Options{Roles: []string{infra}}, []fields{iamCall("u", "10:00:00", "UpdateRole", nil)}, derived + " other 0"},
		"by a pattern of an ARN":                {Options{Roles: []string{"arn:*/ecs/infra"}}, []fields{iamCall("u", "10:00:00", "UpdateRole", nil)}, ""},
		"the ARN of a message":                  {asked, []fields{denied}, infra + " other 0"},
		"the latest creation's ARN":             {asked, []fields{createRole("c", "10:00:00", "A", "").with(fields{"responseElements": fields{"role": fields{"arn": derived}}}), createRole("d", "11:00:00", "A", "")}, infra + " other 0"},
		"a creation's ARN before a message's":   {asked, []fields{createRole("c", "09:00:00", "A", "").with(fields{"responseElements": fields{"role": fields{"arn": derived}}}), denied}, derived + " other 0"},
		"an ARN of another role is none":        {asked, []fields{createRole("c", "10:00:00", "A", "").with(fields{"responseElements": fields{"role": fields{"arn": plain}}})}, derived + " other 0"},
		"a creation's ARN before a reference's": {Options{}, []fields{service, createRole("c", "10:00:00", "A", "").with(fields{"responseElements": fields{"role": fields{"arn": derived}}})}, derived + " infrastructure 6"},
		"the name as written last":              {asked, []fields{iamCall("u", "10:00:00", "UpdateRole", nil), iamCall("v", "11:00:00", "UpdateRole", fields{"roleName": "InFra"})}, strings.Replace(derived, "infra", "InFra", 1) + " other 0"},
		"a failed creation's ARN is none":       {asked, []fields{createRole("c", "10:00:00", "A", "").failing("EntityAlreadyExists")}, derived + " other 0"},
		"asked for another":                     {Options{Roles: []string{"plain"}}, []fields{service, attach("a", "10:00:00", policyForVolumes)}, ""},
		"another account is asked for":          {Options{Accounts: []string{"444455556666"}}, []fields{service}, ""},
		"its account is":                        {Options{Accounts: []string{account}}, []fields{service}, infra + " infrastructure 6"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range tell(t, test.options, test.records...).Roles {
				got = append(got, r.ARN+" "+r.Kind+" "+string(rune('0'+len(r.Features))))
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("listed %q, want %q", got, test.want)
			}
		})
	}
}

// TestToldOnEveryARN: two ARNs that differ in their path are one role to IAM.
func TestToldOnEveryARN(t *testing.T) {
	u := tell(t, Options{},
		assumeRole("open", "10:00:00", infra, "ECSManagedInstances"),
		assumeRole("other", "10:00:00", "arn:aws:iam::"+account+":role/infra", "ECSManagedInstances"),
		createVolume("volume", "10:00:00", "vol-1", ""),
		iamCall("delete", "11:00:00", "DeleteRole", nil),
	)
	if len(u.Roles) != 2 {
		t.Fatalf("%d roles", len(u.Roles))
	}
	for _, r := range u.Roles {
		if r.Volumes.OpenCount != 1 || len(r.Lives) != 1 || r.ChangeCount != 1 {
			t.Errorf("%s: %+v, %v, %d changes", r.ARN, r.Volumes, r.Lives, r.ChangeCount)
		}
	}
	expectText(t, tellFindings(u), `
	high role-endangered `+infra+` [delete]
	high role-endangered arn:aws:iam::`+account+`:role/infra [delete]
	`)
}

// TestUsedRoleBecomesInfrastructure: what is told of a role settles its kind where its uses do not.
func TestUsedRoleBecomesInfrastructure(t *testing.T) {
	use := assumeRole("use", "10:00:00", infra, "something")
	for name, test := range map[string]struct {
		record fields
		want   string
	}{
		"nothing is told":    {use, "other"},
		"a service":          {ecsCall("s", "10:00:00", "CreateService", withVolumes(infra, fields{"serviceName": "web"}), nil), "infrastructure"},
		"a policy":           {attach("a", "10:00:00", policyForLattice), "infrastructure"},
		"a legacy service":   {ecsCall("s", "10:00:00", "CreateService", fields{"serviceName": "web", "role": "infra"}, nil), "other"},
		"a volume":           {createVolume("v", "10:00:00", "vol-1", ""), "infrastructure"},
		"trust in ECS":       {createRole("c", "10:00:00", "A", trustsECS), "infrastructure"},
		"of another account": {createRole("c", "10:00:00", "A", trustsECS).with(fields{"recipientAccountId": "444455556666"}), "other"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range tell(t, Options{}, use, test.record).Roles {
				if r.ARN == infra && r.Kind != test.want {
					t.Errorf("%s, want %s", r.Kind, test.want)
				}
			}
		})
	}
}

// TestBestKnownARN: in what order the sources of a role's ARN are believed.
func TestBestKnownARN(t *testing.T) {
	const short = "arn:aws:iam::" + account + ":role/infra"
	const long = "arn:aws:iam::" + account + ":role/services/infra"
	key := keyOf(infra)
	all := told{
		histories:  map[roleKey]*history{key: {written: "Infra", arn: "of the creation"}},
		volumes:    map[roleKey][]*ebsVolume{key: {{role: short}, {role: long}, {role: short}}},
		references: map[roleKey][]*referenceTo{key: {{arn: short}, {arn: infra}, {arn: plain}}},
	}
	for _, test := range []struct {
		forget func()
		want   string
	}{
		{func() {}, "of the creation"},
		{func() { all.histories[key].arn = "" }, long},
		{func() { all.volumes = nil }, infra},
		{func() { all.references = nil }, strings.Replace(short, "infra", "Infra", 1)},
		{func() { all.histories = nil }, short},
	} {
		test.forget()
		if got := all.arnOf(key); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}
