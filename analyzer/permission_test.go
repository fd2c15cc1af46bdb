package analyzer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPermissions(t *testing.T) {
	c := embeddedCatalog(t)
	for _, tt := range []struct {
		feature    string
		called     map[string]int64
		readEvents bool
		want       string // without those that were not seen
	}{
		{"ebs-volumes", map[string]int64{"ec2:CreateVolume": 1000, "ec2:DescribeVolumes": 2000, "sts:GetCallerIdentity": 9000}, true,
			"CreateVolume used 1, CreateTags notObservable, DescribeVolumes used 2"},
		{"ebs-volumes", map[string]int64{"ec2:CREATEVOLUME": 1000, "ec2:CreateVolume": 3000, "ec2:createvolume": 2000}, true,
			"CreateVolume used 3, CreateTags notObservable"},
		{"ebs-volumes", nil, true, "CreateTags notObservable"},
		{"ebs-volumes", nil, false, "CreateTags notObservable, DescribeVolumes notObservable, DescribeAvailabilityZones notObservable, DescribeInstances notObservable"},
		// What was seen was seen.
		{"ebs-volumes", map[string]int64{"ec2:CreateTags": 1000, "ec2:DescribeVolumes": 2000, "ec2:DeleteVolume": 0}, false,
			"CreateTags used 1, DescribeVolumes used 2, DescribeAvailabilityZones notObservable, DescribeInstances notObservable, DeleteVolume used 0"},
		{"vpc-lattice", nil, false, "GetTargetGroup notObservable, ListTargets notObservable, DescribeSubnets notObservable, DescribeVpcs notObservable, DescribeInstances notObservable"},
		// The policy allows a pattern.
		{"legacy-service-role", map[string]int64{"ec2:DescribeInstances": 1000, "ec2:DescribeVpcs": 3000, "ec2:DescribeTags": 2000}, false,
			"Describe* used 3, Describe* notObservable"},
	} {
		feature, ok := c.Feature(tt.feature)
		if !ok {
			t.Fatal(tt.feature)
		}
		var got, actions []string
		for _, p := range permissions(c, feature, tt.called, tt.readEvents) {
			actions = append(actions, p.Action)
			if p.Feature != tt.feature || p.Policy != c.Features[feature].Policy.Name || p.LastUsed.IsZero() != (p.State != PermissionUsed) {
				t.Errorf("permission %+v", p)
			}
			_, name, _ := strings.Cut(p.Action, ":")
			switch p.State {
			case PermissionUsed:
				got = append(got, fmt.Sprintf("%s used %d", name, p.LastUsed.Unix()))
			case PermissionNotObservable:
				got = append(got, name+" notObservable")
			case PermissionNotSeen:
			default:
				t.Errorf("state %s", p.State)
			}
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s %v, read events %t (-want +got):\n%s", tt.feature, tt.called, tt.readEvents, diff)
		}
		var want []string
		for _, a := range c.Features[feature].Policy.Actions {
			want = append(want, a.Action)
		}
		if !slices.Equal(actions, want) {
			t.Errorf("%s: actions %v, want those of the policy in its order", tt.feature, actions)
		}
	}
	if feature, _ := c.Feature("lifecycle-hooks"); permissions(c, feature, map[string]int64{"lambda:InvokeFunction": 1}, true) != nil {
		t.Error("permissions of a feature without a policy")
	}
	// Under its two event sources, Application Auto Scaling is the same service.
	express, _ := c.Feature("express-mode")
	for _, source := range []string{"autoscaling.amazonaws.com", "application-autoscaling.amazonaws.com"} {
		used := 0
		for _, name := range []string{"RegisterScalableTarget", "PutScalingPolicy", "DescribeScalingActivities", "DeleteScalingPolicy"} {
			for _, p := range permissions(c, express, map[string]int64{iamAction(source, name): 1000}, true) {
				if p.State == PermissionUsed {
					used++
				}
			}
		}
		if used != 4 {
			t.Errorf("%s: %d of 4 calls found in the policy", source, used)
		}
	}
}
