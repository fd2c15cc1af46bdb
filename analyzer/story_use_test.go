package analyzer_test

import (
	"testing"

	"roletrail/analyzer"
	"roletrail/internal/trailgen"
)

// TestStoriesOfUse are about who uses a role, and when.
func TestStoriesOfUse(t *testing.T) {
	tell(t, []story{
		{
			name: "healthy use",
			events: `
				-39d ana CreateRole
				-39d ana AttachRolePolicy service-role/AmazonECSInfrastructureRolePolicyForVolumes
				-38d ana CreateService ledger ebs-volumes
				-12d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1
				-11d ecs ECSTaskVolumesForEBS DetachVolume vol-1
				-11d ecs ECSTaskVolumesForEBS DeleteVolume vol-1`,
			want: `
NOT SAFE use standingReferences
ebs-volumes: NOT SAFE use standingReferences
vpc-lattice: NO USE SEEN`,
		},
		{
			name: "idle since the role's creation",
			events: `
				-39d ana CreateRole
				-39d ana AttachRolePolicy service-role/AmazonECSInfrastructureRolePolicyForVolumes
				-35d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1
				-34d ecs ECSTaskVolumesForEBS DeleteVolume vol-1`,
			want: `
NO USE SEEN
ebs-volumes: NO USE SEEN`,
		},
		{
			name:   "idle, but the role is older than the logs",
			events: `-35d ecs ECSTaskVolumesForEBS ec2:DescribeVolumes`,
			want: `
CANNOT TELL olderState
ebs-volumes: CANNOT TELL olderState`,
		},
		{
			name:   "idle, and somebody has looked for what is older than the logs",
			events: `-35d ecs ECSTaskVolumesForEBS ec2:DescribeVolumes`,
			ask:    analyzer.CheckOptions{OlderStateChecked: true},
			want:   `NO USE SEEN`,
		},
		{
			name: "used in the first second of the window",
			events: `
				-39d ana CreateRole
				-30d ecs ECSTaskVolumesForEBS`,
			want: `NOT SAFE use`,
		},
		{
			name: "used in the last second before the window",
			events: `
				-39d ana CreateRole
				-30d0h0m1s ecs ECSTaskVolumesForEBS`,
			want: `NO USE SEEN`,
		},
		{
			name: "used by a person only, every day",
			events: `
				-39d ana CreateRole
				-3d ana opens nightly
				-2d ana opens nightly
				-1d ana opens nightly`,
			want: `
NOT SAFE use
ebs-volumes: CANNOT TELL otherSessions
vpc-lattice: CANNOT TELL otherSessions`,
		},
		{
			name: "used in a session that nobody was seen to open",
			events: `
				-39d ana CreateRole
				-3d ana as deploy s3:ListBuckets`,
			want: `
NOT SAFE use
vpc-lattice: CANNOT TELL otherSessions`,
		},
		{
			name: "a person was refused the role",
			events: `
				-39d ana CreateRole
				-3d ana is refused`,
			want: `
NOT SAFE use
ebs-volumes: NO USE SEEN`,
		},
		{
			name: "an impostor under a session name of ECS",
			events: `
				-39d ana CreateRole
				-3d mallory opens ECSTaskVolumesForEBS`,
			want: `
NOT SAFE use
ebs-volumes: CANNOT TELL otherSessions
high impostor-session`,
		},
		{
			name: "an impostor whose AssumeRole is not in the logs",
			events: `
				-39d ana CreateRole
				-3d mallory as ECSTaskVolumesForEBS ec2:DescribeVolumes`,
			want: `
NOT SAFE use
ebs-volumes: CANNOT TELL otherSessions
high impostor-session`,
		},
		{
			name: "ECS uses it for something that the catalog does not know",
			events: `
				-39d ana CreateRole
				-3d ecs ECSBrandNewFeature ec2:DescribeVolumes`,
			want: `
NOT SAFE use
ebs-volumes: CANNOT TELL otherSessions
other-ecs-session: NOT SAFE use
info unknown-ecs-session`,
		},
		{
			name: "Lattice is not used, with its policy attached",
			events: `
				-39d ana CreateRole
				-39d ana AttachRolePolicy service-role/AmazonECSInfrastructureRolePolicyForVolumes
				-39d ana AttachRolePolicy AmazonECSInfrastructureRolePolicyForVpcLattice
				-3d ecs ECSTaskVolumesForEBS ec2:DescribeVolumes`,
			want: `
NOT SAFE use
ebs-volumes: NOT SAFE use
vpc-lattice: NO USE SEEN
info unused-policy`,
		},
		{
			name: "an Express role lacks ec2:DescribeAccountAttributes",
			role: trailgen.ExpressRole,
			events: `
				-39d ana CreateRole
				-39d ana AttachRolePolicy service-role/AmazonECSInfrastructureRoleforExpressGatewayServices
				-3d ana CreateExpressGatewayService frontend
				-3d ecs ECSGateway ec2:DescribeAccountAttributes fails Client.UnauthorizedOperation`,
			want: `
NOT SAFE use standingReferences
express-mode: NOT SAFE use standingReferences
medium denied-action`,
		},
		{
			name: "Managed Instances under the name that AWS tells",
			events: `
				-39d ana CreateRole
				-3d ecs ECSManagedInstancesForCompute ec2:CreateFleet`,
			want: `
NOT SAFE use
managed-instances: NOT SAFE use`,
		},
		{
			name: "Managed Instances under the name that was seen",
			events: `
				-39d ana CreateRole
				-3d ecs ECSManagedInstances ec2:CreateFleet`,
			want: `
NOT SAFE use
managed-instances: NOT SAFE use`,
		},
		{
			name: "the service-linked role in two Regions",
			role: trailgen.ServiceLinkedRole(trailgen.Account),
			events: `
				reads -40d -0d us-east-1 eu-west-1
				-38d ana CreateCluster web
				-38d in eu-west-1 ana CreateCluster web
				-37d in eu-west-1 ana CreateService shop
				-3d ecs ecs-service-scheduler ec2:CreateNetworkInterface
				-2d in eu-west-1 ecs ecs-service-scheduler elasticloadbalancing:RegisterTargets`,
			want: `
NOT SAFE use standingReferences
awsvpc-eni: NOT SAFE use
load-balancer-targets: NOT SAFE use
ecs-exec: NO USE SEEN`,
		},
		{
			name: "the service-linked role, idle and with nothing left",
			role: trailgen.ServiceLinkedRole(trailgen.Account),
			events: `
				-38d ana CreateCluster web
				-37d ecs ecs-service-scheduler ec2:CreateNetworkInterface
				-36d ana DeleteCluster web`,
			want: `NO USE SEEN`,
		},
	})
}

// TestMisspeltRole: a name that no event tells is an error, an ARN is answered with a warning.
func TestMisspeltRole(t *testing.T) {
	files := storyFiles(storyRole, `
		-39d ana CreateRole
		-3d ecs ECSTaskVolumesForEBS`)
	check := func(role string) (*analyzer.Check, error) {
		return checkFiles(t, files, analyzer.CheckOptions{Role: role, Until: storyEnd, Idle: 30 * dayLength, OlderStateChecked: true}, nil)
	}
	if c, err := check("infar"); err == nil {
		t.Errorf("the verdict on a misspelt name is %s", c.Verdict)
	}
	c, err := check("arn:aws:iam::" + trailgen.Account + ":role/ecs/infar")
	if err != nil || c.Verdict != analyzer.NoUseSeen || len(c.Warnings) != 1 {
		t.Errorf("a misspelt ARN: %+v, %v", c, err)
	}
	c, err = check("arn:aws:iam::444455556666:role/ecs/infra")
	if err != nil || c.Verdict != analyzer.CannotTell || c.Reasons[0].ID != analyzer.ReasonScope {
		t.Errorf("a role of an account without logs: %+v, %v", c, err)
	}
	for _, role := range []string{"infra", "INFRA", storyRole.ARN, "arn:aws:iam::" + trailgen.Account + ":role/infra", "arn:aws:iam::" + trailgen.Account + ":role/another/longer/path/infra"} {
		if c, err := check(role); err != nil || c.Verdict != analyzer.NotSafe {
			t.Errorf("%s: %+v, %v", role, c, err)
		}
	}
}
