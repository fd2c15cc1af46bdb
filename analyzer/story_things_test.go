package analyzer_test

import "testing"

// TestStoriesOfThings are about volumes and services that need a role.
func TestStoriesOfThings(t *testing.T) {
	tell(t, []story{
		{
			name: "a volume is open",
			events: `
				-39d ana CreateRole
				-35d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1`,
			want: `
NOT SAFE openVolumes
ebs-volumes: NOT SAFE openVolumes
vpc-lattice: NO USE SEEN`,
		},
		{
			name: "a volume is kept on purpose",
			events: `
				-39d ana CreateRole
				-35d ana RunTask backup t1 kept
				-35d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1
				-35d ecs ECSTaskVolumesForEBS AttachVolume vol-1
				-34d ecs ECSTaskVolumesForEBS DetachVolume vol-1`,
			want: `
NO USE SEEN
ebs-volumes: NO USE SEEN`,
		},
		{
			name: "a volume that is to be kept is still attached",
			events: `
				-39d ana CreateRole
				-35d ana RunTask backup t1 kept
				-35d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1
				-35d ecs ECSTaskVolumesForEBS AttachVolume vol-1`,
			want: `NOT SAFE openVolumes endingReferences`,
		},
		{
			name: "a volume was deleted by a person",
			events: `
				-39d ana CreateRole
				-35d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1
				-34d ecs ECSTaskVolumesForEBS DeleteVolume vol-1 fails Client.UnauthorizedOperation
				-20d ana DeleteVolume vol-1`,
			want: `
NO USE SEEN
ebs-volumes: NO USE SEEN
medium denied-action`,
		},
		{
			name: "a volume was gone when ECS came to delete it",
			events: `
				-39d ana CreateRole
				-35d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1
				-34d ecs ECSTaskVolumesForEBS DeleteVolume vol-1 fails Client.InvalidVolume.NotFound`,
			want: `NO USE SEEN`,
		},
		{
			name:   "a volume that was made before the logs begin",
			events: `-35d ecs ECSTaskVolumesForEBS AttachVolume vol-1`,
			want: `
CANNOT TELL unknownVolumes olderState
ebs-volumes: CANNOT TELL unknownVolumes olderState
vpc-lattice: CANNOT TELL olderState`,
		},
		{
			name: "references without use",
			events: `
				-39d ana CreateRole
				-38d ana CreateService ledger vpc-lattice`,
			want: `
NOT SAFE standingReferences
ebs-volumes: NO USE SEEN
vpc-lattice: NOT SAFE standingReferences`,
		},
		{
			name: "a service was deleted an hour ago",
			events: `
				-39d ana CreateRole
				-38d ana CreateService ledger vpc-lattice
				-1h ana DeleteService ledger`,
			want: `
NOT SAFE endingReferences
ebs-volumes: NO USE SEEN
vpc-lattice: NOT SAFE endingReferences`,
		},
		{
			name: "a service was deleted a day ago",
			events: `
				-39d ana CreateRole
				-38d ana CreateService ledger vpc-lattice
				-1d ana DeleteService ledger`,
			want: `
NO USE SEEN
vpc-lattice: NO USE SEEN`,
		},
		{
			name: "a service was deleted, and its volume is open",
			events: `
				-39d ana CreateRole
				-38d ana CreateService ledger ebs-volumes
				-37d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1
				-36d ana DeleteService ledger`,
			want: `
NOT SAFE openVolumes endingReferences
ebs-volumes: NOT SAFE openVolumes endingReferences`,
		},
		{
			name: "a service no longer names the role",
			events: `
				-39d ana CreateRole
				-38d ana CreateService ledger ebs-volumes
				-36d ana UpdateService ledger`,
			want: `NO USE SEEN`,
		},
		{
			name: "a capacity provider stands",
			events: `
				-39d ana CreateRole
				-38d ana CreateCapacityProvider managed`,
			want: `
NOT SAFE standingReferences
managed-instances: NOT SAFE standingReferences`,
		},
		{
			name: "tasks with volumes were run, and nothing else is seen",
			events: `
				-39d ana CreateRole
				-3d ana RunTask backup t1`,
			want: `
NOT SAFE use
ebs-volumes: NOT SAFE use
vpc-lattice: NO USE SEEN`,
		},
		{
			name: "tasks with volumes were run before the window",
			events: `
				-39d ana CreateRole
				-33d ana RunTask backup t1`,
			want: `NO USE SEEN`,
		},
	})
}
