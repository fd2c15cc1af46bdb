package report

import (
	"fmt"
	"testing"
	"time"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

// The fixtures are usages as the analyzer would make them: counters add up, lists have their order.

var (
	fixtureFirst = time.Date(2026, 8, 14, 0, 3, 11, 0, time.UTC)
	fixtureLast  = time.Date(2026, 11, 14, 23, 58, 2, 0, time.UTC)
)

// plausible is the coverage of logs in which no gap was found.
func plausible(account, region string) analyzer.Coverage {
	return analyzer.Coverage{
		AccountID: account, Region: region, FirstDelivery: fixtureFirst.Add(5 * time.Minute), LastDelivery: fixtureLast.Add(7 * time.Minute),
		DaysWithFiles: 93, ReadEvents: analyzer.ReadEventsSeen, State: analyzer.CoveragePlausible, Integrity: "notChecked",
	}
}

// emptyUsage is a usage in which nothing was used.
func emptyUsage() *analyzer.Usage {
	return &analyzer.Usage{
		Schema: analyzer.Schema,
		Tool: analyzer.Tool{
			Name: "roletrail", Version: "0.1.0", Catalog: analyzer.CatalogInfo{Version: "1", Date: "2026-11-21"},
		},
		Window: analyzer.Window{LateDays: 3},
		Observed: analyzer.Observed{
			FirstEvent: fixtureFirst, LastEvent: fixtureLast,
			Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1", "us-east-1"},
		},
		Input: analyzer.Input{
			Objects: analyzer.InputObjects{Listed: 1204, Read: 1204},
			Bytes:   analyzer.InputBytes{Read: 3_214_007, Inflated: 41_022_950},
			Records: analyzer.InputRecords{Total: 182_344, Relevant: 3_312, Irrelevant: 179_032},
		},
		Coverage: []analyzer.Coverage{plausible("111122223333", "eu-west-1"), plausible("111122223333", "us-east-1")},
	}
}

func typicalUsage() *analyzer.Usage {
	u := emptyUsage()
	u.Roles = []analyzer.Role{serviceLinkedRole("111122223333"), ebsRole()}
	u.Input.Records = analyzer.InputRecords{Total: 182_344, Relevant: 37_312, Irrelevant: 145_020, Duplicate: 12}
	u.Findings = []analyzer.Finding{
		{
			ID: "impostor-session", Severity: analyzer.SeverityHigh, RoleARN: u.Roles[1].ARN,
			Title: "session ECSTaskVolumesForEBS was opened by someone other than ecs.amazonaws.com",
			Detail: "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef " +
				"assumed the role twice under a session name that only Amazon ECS uses. Its calls look like those of ECS in every log, but they are not counted as its use here.",
			Advice: "Find out who used the principal at these times, and restrict the role's trust policy to ecs.amazonaws.com.",
			Link:   "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html",
			Evidence: []analyzer.Evidence{
				event(11, time.Date(2026, 11, 10, 9, 0, 4, 0, time.UTC)), event(12, time.Date(2026, 11, 14, 11, 12, 2, 0, time.UTC)),
			},
		},
		{
			ID: "denied-action", Severity: analyzer.SeverityMedium, RoleARN: u.Roles[1].ARN,
			Title:  "ec2.amazonaws.com CreateVolume was denied to ebs-volumes 3 times",
			Detail: "ECS was not allowed to make the call with this role (Client.UnauthorizedOperation).",
			Advice: "Compare the role's policies with AmazonECSInfrastructureRolePolicyForVolumes.",
			Evidence: []analyzer.Evidence{
				event(21, fixtureFirst), event(22, fixtureFirst.Add(time.Minute)), event(23, fixtureFirst.Add(2*time.Minute)),
			},
		},
	}
	return u
}

func cleanUsage() *analyzer.Usage {
	u := emptyUsage()
	u.Window = analyzer.Window{
		Since: time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 14, 0, 0, 0, 0, time.UTC), LateDays: 3,
	}
	r := infrastructureRole("111122223333", "ecsInfrastructureRole")
	r.Features[3].SessionNames = []string{"ECSNetworkingWithELB", "ecs-service-scheduler"}
	r.Features[3].ResolvedBy = "sessionNames"
	r.Features[3] = used(r.Features[3], func(day int) int64 {
		if day < 62 || day > 91 || day%3 != 0 {
			return 0
		}
		return int64(4 * (day - 60))
	}, 0, false, "eu-west-1")
	r.References = []analyzer.Reference{standing("load-balancers", "eu-west-1", "checkout", 60), standing("load-balancers", "eu-west-1", "search", 63)}
	r.Changes = []analyzer.Change{roleChange(0, "CreateRole", "trusts ecs.amazonaws.com")}
	r.ChangeCount, r.Lives = 1, []analyzer.Life{{ID: "AROAEXAMPLE1", CreatedAt: fixtureFirst}}
	r.Permissions = append(latticePermissions(), granted("load-balancers", "AmazonECSInfrastructureRolePolicyForLoadBalancers",
		"elasticloadbalancing:DescribeListeners u", "elasticloadbalancing:ModifyListener u", "elasticloadbalancing:ModifyRule u",
		"elasticloadbalancing:RegisterTargets u", "elasticloadbalancing:DescribeRules n")...)
	u.Roles = []analyzer.Role{totals(r)}
	u.Input.Records = analyzer.InputRecords{Total: 182_344, Relevant: 3_312, Irrelevant: 170_000, OutsideWindow: 9_000, Filtered: 32}
	u.Input.Pruned = []analyzer.Pruned{{Prefix: "trail/AWSLogs/111122223333/CloudTrail/eu-west-1/", Reason: "beforeWindow"}}
	return u
}

// manyUsage has more roles than get a table each.
func manyUsage() *analyzer.Usage {
	u := typicalUsage()
	u.Observed.Accounts = []string{"111122223333", "444455556666"}
	u.Coverage = append(u.Coverage, plausible("444455556666", "us-east-1"))
	for i := range 4 {
		account := fmt.Sprintf("%012d", 555566667777+i)
		u.Coverage = append(u.Coverage, analyzer.Coverage{
			AccountID: account, Region: "us-east-1", State: analyzer.CoverageGaps, ReadEvents: analyzer.ReadEventsSeen, Integrity: "notChecked",
			Gaps: []analyzer.Gap{{Reason: analyzer.GapNoFiles, From: "2026-09-03", Until: "2026-09-05"}},
		})
	}
	u.Roles = nil
	for _, account := range u.Observed.Accounts {
		u.Roles = append(u.Roles, serviceLinkedRole(account))
		for i, name := range []string{
			"ecsInfrastructureRole", "checkout-ecs-infrastructure", "search-prod-ecs-volumes", "payments-blue-green-deployments-eu", "ecsInfra",
		} {
			r := infrastructureRole(account, name)
			r.Features[0] = used(r.Features[0], weekly(float64(200*(i+1))), int64(i%2), false, "us-east-1")
			if i%2 == 0 {
				r.Features[3] = used(r.Features[3], everyFifth(int64(i+4)), 0, false, "us-east-1")
			}
			if i == 4 {
				r.Features[4] = used(r.Features[4], weekly(91_000), 17, false, "eu-west-1", "us-east-1")
			}
			u.Roles = append(u.Roles, totals(r))
		}
	}
	u.Roles = append(u.Roles, totals(analyzer.Role{
		ARN: "arn:aws:iam::444455556666:role/ecs-hooks", Name: "ecs-hooks", AccountID: "444455556666", Kind: analyzer.KindOther,
		Features: []analyzer.FeatureUsage{used(analyzer.FeatureUsage{
			ID: "lifecycle-hooks", Title: "Lambda lifecycle hooks of deployments", SessionNames: []string{"ECS-Lambda-Execution"},
		}, everyFifth(8), 0, false, "us-east-1")},
	}))
	return u
}

// failuresUsage could not read all of its input, and holds calls that were denied.
func failuresUsage() *analyzer.Usage {
	u := emptyUsage()
	u.Observed.Accounts = nil
	for i := range 40 {
		u.Observed.Accounts = append(u.Observed.Accounts, fmt.Sprintf("%012d", 111122220000+int64(i)*77))
	}
	u.Observed.Regions = []string{
		"ap-northeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2", "sa-east-1", "us-east-1", "us-east-2", "us-west-2",
	}
	u.Input.Objects = analyzer.InputObjects{
		Listed: 1_250, Read: 1_204,
		Skipped: map[string]int64{"digest": 30, "notCloudTrail": 4, "insight": 7},
		Failed:  map[string]int64{"badGzip": 3, "empty": 1, "unreadable": 1},
		Failures: []analyzer.Failure{
			{Object: event(31, fixtureFirst).Object, Reason: "badGzip", Detail: "unexpected end of file after 1,203 bytes"},
			{Object: "trail/archive/2026-09/part-0007.json.gz", Reason: "badGzip", Detail: "checksum does not match"},
			{Object: "trail/archive/2026-09/part-0008.json.gz", Reason: "empty"},
			{Object: "trail/archive/2026-09/part-0009.json.gz", Reason: "badGzip", Detail: "length does not match"},
			{Object: "trail/secret", Reason: "unreadable", Detail: "open trail/secret: permission denied"},
		},
	}
	const organization = "s3://trail/AWSLogs/o-a1b2c3d4e5/"
	u.Input.Pruned = []analyzer.Pruned{
		{Prefix: organization + "111122223333/CloudTrail-Insight/", Reason: "otherKind"},
		{Prefix: organization + "111122223333/CloudTrail/ap-southeast-2/", Reason: "region"},
		{Prefix: organization + "111122223333/CloudTrail/us-east-1/", Reason: "beforeWindow"},
		{Prefix: organization + "111122223333/Config/", Reason: "otherService"},
		{Prefix: organization + "444455556666/", Reason: "account"},
		{Prefix: organization + "777788889999/", Reason: "account"},
	}
	r := infrastructureRole("111122223333", "ecsInfrastructureRole")
	r.Features[0].Denied = 14
	r.Features[0].SessionNames = []string{"ECSTaskVolumesForEBS"}
	r.Features[0] = used(r.Features[0], weekly(160), 1_021, false, "us-east-1")
	other := used(analyzer.FeatureUsage{
		ID: "other-ecs-session", Title: "Other ECS sessions", ResolvedBy: "nothing", SessionNameCount: 9,
		SessionNames: []string{"ECSNewThing", "ECSNewThing2", "ECSNewThing3", "ECSNewThing4", "ecs-service-scheduler"},
	}, everyFifth(4), 2, false, "us-east-1")
	r.Features = append(r.Features, other)
	u.Roles = []analyzer.Role{
		{
			Kind: analyzer.KindOther, Denied: 3, ActiveDays: 1, FirstSeen: fixtureFirst, LastSeen: fixtureFirst.Add(time.Minute),
			Daily:   []analyzer.DayUsage{{Day: "2026-08-14", Denied: 3}},
			Regions: []analyzer.RegionUsage{{Denied: 3, FirstSeen: fixtureFirst, LastSeen: fixtureFirst.Add(time.Minute)}},
			OtherCallers: []analyzer.OtherCaller{{
				Principal: "arn:aws:iam::111122223333:user/ci", Denied: 1, FirstSeen: fixtureFirst, LastSeen: fixtureFirst,
			}},
		},
		totals(r),
	}
	u.Findings = []analyzer.Finding{{
		ID: "denied-action", Severity: analyzer.SeverityMedium,
		Title: "sts.amazonaws.com AssumeRole was denied to ecs.amazonaws.com 3 times", Detail: "The records do not name the role.",
		Advice: "Look at the error messages of these events.", Evidence: []analyzer.Evidence{event(41, fixtureFirst)},
	}, {
		ID: "unknown-ecs-session", Severity: analyzer.SeverityInfo, RoleARN: u.Roles[1].ARN,
		Title:  "ecs.amazonaws.com used session names that are not in the catalog",
		Detail: "ECSNewThing, ECSNewThing2 and 6 more.", Advice: "Look for a newer catalog, or add the names with --catalog.",
		Evidence: []analyzer.Evidence{{EventTime: fixtureFirst, Object: "-"}},
	}}
	return u
}

// hostile is what an attacker may put into a record: an escape sequence, a right-to-left override, a line separator,
// invisible and combining characters, Arabic, bytes that are no UTF-8.
const hostile = "ECS\x1b[2J\u202eSBE\u2028\u200b\u0301\u3164\ue000\u0663\x9b\xff\r\nroot\tx "

func hostileUsage() *analyzer.Usage {
	u := typicalUsage()
	long := ""
	for i := range 400 {
		long += fmt.Sprintf("part%d/", i)
	}
	u.Observed.Accounts = []string{hostile, "111122223333"}
	u.Observed.Regions = []string{hostile}
	u.Input.Objects.Failed = map[string]int64{"badJSON": 1}
	u.Input.Objects.Listed++
	u.Input.Objects.Failures = []analyzer.Failure{{Object: "trail/" + long + hostile, Reason: "badJSON", Detail: hostile}}
	r := &u.Roles[1]
	r.ARN = "arn:aws:iam::111122223333:role/" + hostile
	r.Name = hostile
	r.Regions[0].Region = hostile
	r.OtherCallers[0].Principal = "arn:aws:iam::111122223333:user/" + long
	r.OtherCallers[0].SessionNames = []string{"ECSTaskVolumesForEBS ", hostile}
	r.Features = append(r.Features, used(analyzer.FeatureUsage{
		ID: "other-ecs-session", Title: "Other ECS sessions", SessionNames: []string{hostile, long, "ＥＣＳ Ｔａｓｋ"},
	}, everyFifth(4), 2, false, hostile))
	r.Lives = []analyzer.Life{{ID: hostile, CreatedAt: fixtureFirst, DeletedAt: fixtureLast}}
	r.Changes = []analyzer.Change{
		{Time: fixtureFirst, Action: hostile, Actor: "arn:aws:iam::111122223333:role/" + hostile, Detail: hostile, ErrorCode: hostile, EventID: hostile, Object: hostile},
		{Time: fixtureLast, Action: "PutRolePolicy", Actor: long, Detail: "arn:" + long, Succeeded: true, Object: long},
	}
	r.ChangeCount = 2
	r.References[0].Cluster, r.References[0].Region, r.References[0].Resource = hostile, hostile, "service/"+hostile
	r.References[1].Resource = "service/" + long
	r.Volumes.Open[0] = analyzer.OpenVolume{VolumeID: hostile, Region: hostile, Task: hostile, CreatedAt: fixtureFirst, DeleteFailures: 1}
	r.Volumes.Open[1].VolumeID = long
	u.Roles[0].Remaining[0] = analyzer.Remaining{Region: hostile, Clusters: []string{hostile, long}, ClusterCount: 2, Services: []string{hostile + "/" + hostile}, ServiceCount: 1}
	u.Coverage = gappyCoverage()
	u.Coverage[0].AccountID, u.Coverage[0].Region = hostile, hostile
	u.Findings[0].RoleARN = r.ARN
	u.Findings[0].Title = "session " + hostile + " was opened by someone other than ecs.amazonaws.com"
	u.Findings[0].Detail = hostile + long + hostile
	u.Findings[0].Evidence[0] = analyzer.Evidence{EventID: hostile + hostile, EventTime: fixtureFirst, Object: hostile}
	return u
}

// textFixture is a usage with the options it is rendered with; its name is that of its golden file.
type textFixture struct {
	name    string
	usage   *analyzer.Usage
	options TextOptions
}

func textFixtures() []textFixture {
	finding := "exit 14: a finding of severity high or above"
	return []textFixture{
		{"typical", typicalUsage(), TextOptions{ExitState: finding}},
		{"details", typicalUsage(), TextOptions{Details: true, ExitState: finding}},
		{"wide", typicalUsage(), TextOptions{Width: 140, ExitState: finding}},
		{"narrow", typicalUsage(), TextOptions{Width: 50, ExitState: finding}},
		{"ascii", typicalUsage(), TextOptions{ASCII: true, ExitState: finding}},
		{"color", typicalUsage(), TextOptions{Color: true, ExitState: finding}},
		{"nothing", emptyUsage(), TextOptions{ExitState: "exit 0: done"}},
		{"clean", cleanUsage(), TextOptions{ExitState: "exit 0: done"}},
		{"many", manyUsage(), TextOptions{ExitState: finding}},
		{"many-narrow", manyUsage(), TextOptions{Width: 50, ExitState: finding}},
		{"troubled", troubledUsage(), TextOptions{ExitState: finding}},
		{"troubled-details", troubledUsage(), TextOptions{Details: true, ExitState: finding}},
		{"troubled-narrow", troubledUsage(), TextOptions{Width: 50, ASCII: true, ExitState: finding}},
		{"failures", failuresUsage(), TextOptions{ExitState: "exit 3: done, but 5 log files could not be read"}},
		{"hostile", hostileUsage(), TextOptions{ExitState: finding}},
		{"hostile-ascii", hostileUsage(), TextOptions{ASCII: true, ExitState: finding}},
		{"hostile-details", hostileUsage(), TextOptions{Details: true, Width: 100, ExitState: finding}},
	}
}

// embeddedCatalog is the catalog that the program brings along.
func embeddedCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
