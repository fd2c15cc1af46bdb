package report

import (
	"fmt"
	"math"
	"time"

	"roletrail/analyzer"
)

// pattern is how a feature was used over the days of the fixture: uses on day i of 93.
type pattern func(day int) int64

func weekly(most float64) pattern {
	return func(day int) int64 {
		if day%7 >= 5 {
			return int64(most / 20)
		}
		return int64(most * (0.55 + 0.45*math.Sin(float64(day)/9)))
	}
}

func everyFifth(n int64) pattern {
	return func(day int) int64 {
		if day%5 != 1 || day < 20 {
			return 0
		}
		return n
	}
}

// used fills the numbers of a feature after a pattern: a quarter of the uses are sessions, unless the role is
// service-linked.
func used(f analyzer.FeatureUsage, uses pattern, failed int64, serviceLinked bool, regions ...string) analyzer.FeatureUsage {
	for i := range 93 {
		n := uses(i)
		if n == 0 {
			continue
		}
		assumed := n / 4
		if serviceLinked {
			assumed = 0
		}
		date := fixtureFirst.AddDate(0, 0, i)
		f.Daily = append(f.Daily, analyzer.DayUsage{Day: date.Format(time.DateOnly), Assumed: assumed, Calls: n - assumed})
		f.Assumed += assumed
		f.Calls += n - assumed
		if f.FirstSeen.IsZero() {
			f.FirstSeen = date.Add(9 * time.Minute)
		}
		f.LastSeen = date.Add(11 * time.Hour)
	}
	f.ActiveDays = len(f.Daily)
	f.FailedCalls = failed
	f.Daily[0].FailedCalls = failed
	f.Regions = shares(regions, f)
	if f.SessionNameCount == 0 {
		f.SessionNameCount = int64(len(f.SessionNames))
	}
	f.Evidence = []analyzer.Evidence{event(1, f.FirstSeen), event(2, f.LastSeen)}
	return f
}

// shares splits a feature's numbers over Regions, the most in the last one.
func shares(regions []string, f analyzer.FeatureUsage) []analyzer.RegionUsage {
	var split []analyzer.RegionUsage
	for i, region := range regions {
		r := analyzer.RegionUsage{Region: region, FirstSeen: f.FirstSeen, LastSeen: f.LastSeen}
		if i == len(regions)-1 {
			r.Assumed, r.Calls, r.FailedCalls, r.Denied = f.Assumed, f.Calls, f.FailedCalls, f.Denied
		} else {
			r.Assumed, r.Calls = f.Assumed/8, f.Calls/8
			f.Assumed, f.Calls = f.Assumed-r.Assumed, f.Calls-r.Calls
		}
		split = append(split, r)
	}
	return split
}

// event is evidence in a log file named as CloudTrail does.
func event(n int, at time.Time) analyzer.Evidence {
	return analyzer.Evidence{
		EventID:   fmt.Sprintf("%08x-7c3e-4d34-9f7a-2f2f7d7f1c%02x", 0x5f0e6a5c+n, n),
		EventTime: at,
		Object: fmt.Sprintf("trail/AWSLogs/111122223333/CloudTrail/us-east-1/%s/111122223333_CloudTrail_us-east-1_%s_kQ3vXb7LwZ9r%04d.json.gz",
			at.Format("2006/01/02"), at.Format("20060102T1504Z"), n),
	}
}

// totals sets the numbers of a role to the sums over its features.
func totals(r analyzer.Role) analyzer.Role {
	days := map[string]analyzer.DayUsage{}
	regions := map[string]analyzer.RegionUsage{}
	var regionNames []string
	for _, f := range r.Features {
		r.Assumed += f.Assumed
		r.Denied += f.Denied
		r.Calls += f.Calls
		r.FailedCalls += f.FailedCalls
		if !f.FirstSeen.IsZero() && (r.FirstSeen.IsZero() || f.FirstSeen.Before(r.FirstSeen)) {
			r.FirstSeen = f.FirstSeen
		}
		if f.LastSeen.After(r.LastSeen) {
			r.LastSeen = f.LastSeen
		}
		for _, d := range f.Daily {
			sum := days[d.Day]
			days[d.Day] = analyzer.DayUsage{
				Day: d.Day, Assumed: sum.Assumed + d.Assumed, Denied: sum.Denied + d.Denied,
				Calls: sum.Calls + d.Calls, FailedCalls: sum.FailedCalls + d.FailedCalls,
			}
		}
		for _, u := range f.Regions {
			sum, ok := regions[u.Region]
			if !ok {
				regionNames = append(regionNames, u.Region)
				sum.FirstSeen, sum.LastSeen = u.FirstSeen, u.LastSeen
			}
			sum.Region = u.Region
			sum.Assumed += u.Assumed
			sum.Denied += u.Denied
			sum.Calls += u.Calls
			sum.FailedCalls += u.FailedCalls
			regions[u.Region] = sum
		}
	}
	for i := range 93 {
		if d, ok := days[fixtureFirst.AddDate(0, 0, i).Format(time.DateOnly)]; ok {
			r.Daily = append(r.Daily, d)
		}
	}
	for _, name := range regionNames {
		r.Regions = append(r.Regions, regions[name])
	}
	r.ActiveDays = len(r.Daily)
	return r
}

// infrastructureFeatures are the features of the catalog for infrastructure roles, none of them used.
func infrastructureFeatures() []analyzer.FeatureUsage {
	return []analyzer.FeatureUsage{
		{ID: "ebs-volumes", Title: "EBS volumes of tasks", Policy: "AmazonECSInfrastructureRolePolicyForVolumes"},
		{ID: "service-connect-tls", Title: "Service Connect TLS", Policy: "AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity"},
		{ID: "vpc-lattice", Title: "VPC Lattice target groups", Policy: "AmazonECSInfrastructureRolePolicyForVpcLattice"},
		{ID: "load-balancers", Title: "Load balancers in blue/green, linear and canary deployments", Policy: "AmazonECSInfrastructureRolePolicyForLoadBalancers"},
		{ID: "managed-instances", Title: "Managed Instances", Policy: "AmazonECSInfrastructureRolePolicyForManagedInstances"},
		{ID: "express-mode", Title: "Express Mode services", Policy: "AmazonECSInfrastructureRoleforExpressGatewayServices"},
	}
}

func infrastructureRole(account, name string) analyzer.Role {
	return analyzer.Role{
		ARN: "arn:aws:iam::" + account + ":role/" + name, Name: name, AccountID: account,
		Kind: analyzer.KindInfrastructure, Features: infrastructureFeatures(),
	}
}

func action(service, name string, calls, failed int64) analyzer.ActionUsage {
	return analyzer.ActionUsage{
		Service: service + ".amazonaws.com", Action: name, Calls: calls, Failed: failed,
		FirstSeen: fixtureFirst.Add(time.Hour), LastSeen: fixtureLast.Add(-time.Hour),
	}
}

// serviceLinkedRole is AWSServiceRoleForECS as a busy account uses it.
func serviceLinkedRole(account string) analyzer.Role {
	r := analyzer.Role{
		ARN:  "arn:aws:iam::" + account + ":role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
		Name: "AWSServiceRoleForECS", AccountID: account, Kind: analyzer.KindServiceLinked,
		Features: []analyzer.FeatureUsage{
			used(analyzer.FeatureUsage{ID: "awsvpc-eni", Title: "Network interfaces of tasks (awsvpc)", Policy: "AmazonECSServiceRolePolicy", Actions: []analyzer.ActionUsage{
				action("ec2", "AttachNetworkInterface", 2_214, 0), action("ec2", "CreateNetworkInterface", 2_301, 4),
				action("ec2", "CreateNetworkInterfacePermission", 2_297, 0), action("ec2", "DeleteNetworkInterface", 2_280, 0),
				action("ec2", "DescribeNetworkInterfaces", 9_120, 0), action("ec2", "DescribeSubnets", 2_301, 0),
			}}, weekly(210), 4, true, "eu-west-1", "us-east-1"),
			used(analyzer.FeatureUsage{ID: "load-balancer-targets", Title: "Load balancer registration", Actions: []analyzer.ActionUsage{
				action("elasticloadbalancing", "DeregisterTargets", 611, 0), action("elasticloadbalancing", "DescribeTargetHealth", 7_402, 0),
				action("elasticloadbalancing", "RegisterTargets", 640, 2),
			}}, weekly(93), 2, true, "eu-west-1", "us-east-1"),
			{ID: "service-discovery", Title: "Service discovery"},
			{ID: "service-connect", Title: "Service Connect"},
			{ID: "auto-scaling", Title: "Service auto scaling"},
			{ID: "capacity-providers", Title: "Capacity providers (Auto Scaling groups)"},
			{ID: "cloudwatch-alarms", Title: "CloudWatch alarms"},
			{ID: "log-streams", Title: "CloudWatch log streams"},
			used(analyzer.FeatureUsage{ID: "ecs-exec", Title: "ECS Exec", Actions: []analyzer.ActionUsage{
				action("ssm", "StartSession", 19, 0),
			}}, everyFifth(1), 0, true, "us-east-1"),
			{ID: "other-ecs-calls", Title: "Other calls of the ECS service-linked role"},
		},
	}
	r.Remaining = []analyzer.Remaining{
		{Region: "eu-west-1", Clusters: []string{"prod"}, ClusterCount: 1, Services: []string{"prod/checkout"}, ServiceCount: 1},
		{Region: "us-east-1", Clusters: []string{"prod", "staging"}, ClusterCount: 2, Services: []string{"prod/checkout", "prod/search"}, ServiceCount: 24, ContainerInstances: 3},
	}
	r = totals(r)
	r.Assumed = 4_410
	r.Regions[1].Assumed = 4_000
	r.Regions[0].Assumed = 410
	return r
}

// ebsRole is an infrastructure role that serves volumes and Service Connect, and that a person opened as well.
func ebsRole() analyzer.Role {
	r := infrastructureRole("111122223333", "ecsInfrastructureRole")
	f := r.Features
	f[0].SessionNames = []string{"ECSTaskVolumesForEBS"}
	f[0].Actions = []analyzer.ActionUsage{
		action("ec2", "AttachVolume", 1_400, 0), action("ec2", "CreateVolume", 1_406, 3), action("ec2", "DeleteVolume", 1_390, 0),
		action("ec2", "DescribeVolumes", 1_100, 0),
	}
	f[0] = used(f[0], weekly(160), 3, false, "eu-west-1", "us-east-1")
	f[1].SessionNames = []string{"ECSServiceConnectForTLS"}
	f[1].Actions = []analyzer.ActionUsage{action("acm-pca", "IssueCertificate", 30, 0), action("secretsmanager", "PutSecretValue", 60, 0)}
	f[1] = used(f[1], everyFifth(12), 0, false, "us-east-1")
	r.OtherCallers = []analyzer.OtherCaller{{
		Principal:    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
		SessionNames: []string{"ECSTaskVolumesForEBS"}, SessionNameCount: 1, Assumed: 2,
		FirstSeen: time.Date(2026, 11, 10, 9, 0, 4, 0, time.UTC), LastSeen: time.Date(2026, 11, 14, 11, 12, 2, 0, time.UTC),
	}}
	r.References = []analyzer.Reference{
		standing("ebs-volumes", "eu-west-1", "checkout", 3), standing("ebs-volumes", "us-east-1", "search", 5),
		standing("service-connect-tls", "us-east-1", "search", 21), gone(standing("ebs-volumes", "us-east-1", "import", 9), analyzer.StateEnded),
	}
	r.Volumes = analyzer.Volumes{
		Created: 1_403, Deleted: 1_390, Kept: 1, OpenCount: 12,
		Open: []analyzer.OpenVolume{
			openVolume("vol-0a1b2c3d4e5f60003", 92, 0), openVolume("vol-0a1b2c3d4e5f60004", 92, 0), openVolume("vol-0a1b2c3d4e5f60005", 92, 0),
		},
	}
	r.Permissions = append(volumePermissions(), granted("service-connect-tls", f[1].Policy, "secretsmanager:CreateSecret u",
		"secretsmanager:TagResource o", "secretsmanager:UpdateSecret n", "secretsmanager:GetSecretValue n", "secretsmanager:PutSecretValue u",
		"secretsmanager:DeleteSecret n", "secretsmanager:RotateSecret n", "acm-pca:IssueCertificate u")...)
	r.Permissions = append(r.Permissions, latticePermissions()...)
	return totals(r)
}
