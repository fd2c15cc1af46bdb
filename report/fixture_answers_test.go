package report

import (
	"strings"
	"time"

	"roletrail/analyzer"
)

// Fixtures of what does not come from uses: references, volumes, changes, permissions, coverage.

// standing is a service that names the role, as it was created on a day of the fixture.
func standing(feature, region, service string, day int) analyzer.Reference {
	at := fixtureFirst.AddDate(0, 0, day)
	return analyzer.Reference{
		Feature: feature, Region: region, Cluster: "prod", Resource: "service/" + service, State: analyzer.StateStanding,
		Since: at, LastSeen: at.AddDate(0, 0, 3), Evidence: []analyzer.Evidence{event(51, at), event(52, at.AddDate(0, 0, 3))},
	}
}

// gone is a reference in another state.
func gone(r analyzer.Reference, state string) analyzer.Reference {
	r.State = state
	return r
}

func openVolume(id string, day int, failures int64) analyzer.OpenVolume {
	at := fixtureFirst.AddDate(0, 0, day)
	v := analyzer.OpenVolume{
		VolumeID: id, Region: "us-east-1", Task: "arn:aws:ecs:us-east-1:111122223333:task/prod/0f3c5e0a9d1b4c55a1b7c1d2e3f4a5b6",
		CreatedAt: at, DeleteFailures: failures,
	}
	if failures == 0 {
		v.AttachedAt = at.Add(4 * time.Second)
	}
	return v
}

// roleChange is an IAM event that an administrator made.
func roleChange(day int, action, detail string) analyzer.Change {
	e := event(60+day, fixtureFirst.AddDate(0, 0, day))
	return analyzer.Change{
		Time: e.EventTime, Action: action, Detail: detail, Actor: "arn:aws:iam::111122223333:role/deployer", Succeeded: true,
		EventID: e.EventID, Object: e.Object,
	}
}

const volumesPolicy = "AmazonECSInfrastructureRolePolicyForVolumes"

// granted are the actions of a policy, each with the first letter of its state behind it: u(sed), n(ot seen), or (not)
// o(bservable).
func granted(feature, policy string, actions ...string) (list []analyzer.Permission) {
	for _, text := range actions {
		action, state, _ := strings.Cut(text, " ")
		p := analyzer.Permission{Feature: feature, Policy: policy, Action: action}
		switch state {
		case "u":
			p.State, p.LastUsed = analyzer.PermissionUsed, fixtureLast
		case "n":
			p.State = analyzer.PermissionNotSeen
		case "o":
			p.State = analyzer.PermissionNotObservable
		}
		list = append(list, p)
	}
	return list
}

func volumePermissions() []analyzer.Permission {
	return granted("ebs-volumes", volumesPolicy, "ec2:CreateVolume u", "ec2:CreateTags o", "ec2:DescribeVolumes u",
		"ec2:DescribeAvailabilityZones n", "ec2:DescribeInstances n", "ec2:AttachVolume u", "ec2:DetachVolume u", "ec2:DeleteVolume u")
}

func latticePermissions() []analyzer.Permission {
	return granted("vpc-lattice", "AmazonECSInfrastructureRolePolicyForVpcLattice", "ec2:DescribeSubnets n",
		"ec2:DescribeSecurityGroups n", "vpc-lattice:RegisterTargets n", "vpc-lattice:DeregisterTargets n", "vpc-lattice:ListTargets n")
}

// troubledUsage has a role that was taken from ECS while it was in use, in logs with gaps.
func troubledUsage() *analyzer.Usage {
	u := emptyUsage()
	r := ebsRole()
	r.Lives = []analyzer.Life{
		{ID: "AROAEXAMPLE1", CreatedAt: fixtureFirst, DeletedAt: fixtureFirst.AddDate(0, 0, 30)},
		{ID: "AROAEXAMPLE2", CreatedAt: fixtureFirst.AddDate(0, 0, 31)},
	}
	denied := roleChange(91, "DeleteRole", "")
	denied.Succeeded, denied.ErrorCode = false, "DeleteConflictException"
	r.Changes = []analyzer.Change{
		roleChange(0, "CreateRole", "trusts ecs.amazonaws.com"),
		roleChange(0, "AttachRolePolicy", "arn:aws:iam::aws:policy/service-role/"+volumesPolicy),
		roleChange(30, "DeleteRole", ""), roleChange(31, "CreateRole", "trusts ecs.amazonaws.com"),
		roleChange(90, "DetachRolePolicy", "arn:aws:iam::aws:policy/service-role/"+volumesPolicy), denied,
	}
	r.Changes[4].Actor = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef"
	r.ChangeCount = 106
	r.References = []analyzer.Reference{
		standing("ebs-volumes", "eu-west-1", "checkout", 3), standing("ebs-volumes", "us-east-1", "checkout", 3),
		standing("ebs-volumes", "us-east-1", "search", 5), standing("ebs-volumes", "us-east-1", "search-canary", 7),
		standing("ebs-volumes", "us-east-1", "thumbnails", 7), standing("service-connect-tls", "us-east-1", "search", 21),
		gone(standing("ebs-volumes", "us-east-1", "reports", 60), analyzer.StateEnding),
		gone(standing("ebs-volumes", "us-east-1", "import", 9), analyzer.StateEnded),
	}
	r.Volumes = analyzer.Volumes{
		Created: 1_403, Deleted: 1_390, Kept: 1, UnknownAge: 2, OpenCount: 12,
		Open: []analyzer.OpenVolume{
			openVolume("vol-0a1b2c3d4e5f60001", 80, 4), openVolume("vol-0a1b2c3d4e5f60002", 91, 12), openVolume("vol-0a1b2c3d4e5f60003", 92, 0),
		},
	}
	u.Roles = []analyzer.Role{r}
	u.Findings = []analyzer.Finding{
		{
			ID: analyzer.FindingRoleEndangered, Severity: analyzer.SeverityHigh, RoleARN: r.ARN,
			Title:    volumesPolicy + " was detached from ecsInfrastructureRole while it is needed",
			Detail:   "Needed by ebs-volumes. Tasks may hang in DEPROVISIONING, and volumes and other resources may be left behind.",
			Advice:   "Attach the policy again until nothing needs it, or make sure that another policy allows the same.",
			Link:     "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html",
			Evidence: []analyzer.Evidence{event(150, fixtureFirst.AddDate(0, 0, 90))},
		},
		{
			ID: analyzer.FindingStuckVolume, Severity: analyzer.SeverityHigh, RoleARN: r.ARN,
			Title: "2 EBS volumes of ecsInfrastructureRole cannot be detached or deleted", Detail: "The attempts failed, and none has succeeded since.",
			Advice: "Give the role back what it lacks.", Evidence: []analyzer.Evidence{event(151, fixtureFirst.AddDate(0, 0, 91))},
		},
		{
			ID: analyzer.FindingCoverageGap, Severity: analyzer.SeverityMedium, Title: "the logs of account 111122223333 have gaps",
			Detail: "There are days without any log file. What happened there is not in this report.",
			Advice: "Read the missing log files, or take what the report does not show for unknown.",
		},
	}
	u.Coverage = gappyCoverage()
	return u
}

// gappyCoverage has gaps of every reason.
func gappyCoverage() []analyzer.Coverage {
	list := emptyUsage().Coverage
	for i := range list {
		list[i].State = analyzer.CoverageGaps
	}
	list[0].Gaps = []analyzer.Gap{
		{Reason: analyzer.GapNoFiles, From: "2026-09-03", Until: "2026-09-05"}, {Reason: analyzer.GapNoFiles, From: "2026-10-01", Until: "2026-10-01"},
		{Reason: analyzer.GapNoReadEvents, From: "2026-08-14", Until: "2026-08-20"},
	}
	list[1].ReadEvents = analyzer.ReadEventsNone
	list[1].Gaps = []analyzer.Gap{
		{Reason: analyzer.GapNoReadEvents, From: "2026-08-14", Until: "2026-11-14"},
		{Reason: analyzer.GapUnread, From: "2026-11-01", Until: "2026-11-02", Files: 4}, {Reason: analyzer.GapUnread, Files: 1},
	}
	return append(list, analyzer.Coverage{
		AccountID: "111122223333", Region: "us-west-2", ReadEvents: analyzer.ReadEventsNone, State: analyzer.CoverageGaps,
		Gaps: []analyzer.Gap{{Reason: analyzer.GapSilentRegion}}, Integrity: "notChecked",
	})
}
