package analyzer_test

import "testing"

// TestStoriesOfRoles are about what is done to a role.
func TestStoriesOfRoles(t *testing.T) {
	const volumes = "service-role/AmazonECSInfrastructureRolePolicyForVolumes"
	tell(t, []story{
		{
			name: "the role was deleted with volumes open",
			events: `
				-39d ana CreateRole
				-35d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1
				-3d ana DeleteRole`,
			want: `
NOT SAFE openVolumes
ebs-volumes: NOT SAFE openVolumes
high role-endangered
warning: the logs show that the role was deleted on 2026-11-11 18:00:00Z`,
		},
		{
			name: "the policy was detached, and then deletes fail",
			events: `
				-39d ana CreateRole
				-39d ana AttachRolePolicy ` + volumes + `
				-35d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1
				-34d ana DetachRolePolicy ` + volumes + `
				-33d ecs ECSTaskVolumesForEBS DetachVolume vol-1 fails Client.UnauthorizedOperation
				-33d ecs ECSTaskVolumesForEBS DeleteVolume vol-1 fails Client.UnauthorizedOperation`,
			want: `
NOT SAFE openVolumes stuckDeletes
ebs-volumes: NOT SAFE openVolumes stuckDeletes
high role-endangered
high stuck-volume
medium denied-action
medium denied-action`,
		},
		{
			name: "the trust was narrowed",
			events: `
				-39d ana CreateRole
				-38d ana CreateService ledger ebs-volumes
				-35d ecs ECSTaskVolumesForEBS ec2:DescribeVolumes
				-34d ana UpdateAssumeRolePolicy lambda.amazonaws.com`,
			want: `
NOT SAFE standingReferences
ebs-volumes: NOT SAFE standingReferences
high role-endangered`,
		},
		{
			name: "the role was recreated, and all of it is in the logs",
			events: `
				-39d ana CreateRole
				-36d ana DeleteRole
				-36d ana CreateRole`,
			want: `NO USE SEEN`,
		},
		{
			name: "the role was recreated, and the first one is older than the logs",
			events: `
				-36d ana DeleteRole
				-35d ana CreateRole`,
			want: `CANNOT TELL olderState`,
		},
		{
			name: "the role was recreated, and the deletion of the first one is not in the logs",
			events: `
				-38d ecs ECSTaskVolumesForEBS ec2:DescribeVolumes
				-35d ana CreateRole`,
			want: `CANNOT TELL olderState`,
		},
		{
			name: "the role was changed before it was made",
			events: `
				-38d ana AttachRolePolicy ` + volumes + `
				-35d ana CreateRole`,
			want: `CANNOT TELL olderState`,
		},
		{
			name: "the role was deleted and nothing needs it",
			events: `
				-39d ana CreateRole
				-36d ana DeleteRole`,
			want: `
NO USE SEEN
warning: the logs show that the role was deleted on 2026-10-09 18:00:00Z`,
		},
	})
}
