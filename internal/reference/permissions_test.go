package reference

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
)

func tellPermissions(r analyzer.Role, feature string) string {
	var text strings.Builder
	for _, p := range r.Permissions {
		if p.Feature == feature {
			fmt.Fprintf(&text, "%s %s", p.Action, p.State)
			if !p.LastUsed.IsZero() {
				fmt.Fprintf(&text, " %s", p.LastUsed.Format(time.TimeOnly))
			}
			text.WriteString("\n")
		}
	}
	return text.String()
}

func TestPermissions(t *testing.T) {
	create := createVolume("create", "10:00:00", "vol-1", "")
	records := []fields{
		create,
		onVolume("attach", "10:00:10", "AttachVolume", "vol-1").failing("Client.UnauthorizedOperation"),
		onVolume("again", "10:00:20", "AttachVolume", "vol-1").failing("Client.UnauthorizedOperation"),
		onVolume("dry", "10:00:30", "DetachVolume", "vol-1").failing("Client.DryRunOperation"),
		onVolume("person", "10:00:40", "DeleteVolume", "vol-1").by(mallory),
		// the same call for another feature of the role
		callBy("fleet", "10:00:50", infra, "ECSManagedInstances", "10:00:00", ecs, "DescribeInstances"),
	}
	role := func(o Options, records ...fields) analyzer.Role { return theRole(t, tell(t, o, records...)) }

	t.Run("used, also in vain, by the feature's own sessions", func(t *testing.T) {
		expectText(t, tellPermissions(role(Options{}, records...), "ebs-volumes"), `
		ec2:CreateVolume used 10:00:00
		ec2:CreateTags notObservable
		ec2:DescribeVolumes notSeen
		ec2:DescribeAvailabilityZones notSeen
		ec2:DescribeInstances notSeen
		ec2:AttachVolume used 10:00:20
		ec2:DetachVolume notSeen
		ec2:DeleteVolume notSeen
		`)
	})
	t.Run("whatever the window and the filters", func(t *testing.T) {
		o := Options{Until: day("09:00:00"), Regions: []string{"eu-west-1"}}
		if diff := cmp.Diff(role(Options{}, records...).Permissions, role(o, records...).Permissions); diff != "" {
			t.Errorf("permissions (-all +filtered):\n%s", diff)
		}
	})
	t.Run("a trail without reads cannot show reads", func(t *testing.T) {
		expectText(t, tellPermissions(role(Options{}, create), "ebs-volumes"), `
		ec2:CreateVolume used 10:00:00
		ec2:CreateTags notObservable
		ec2:DescribeVolumes notObservable
		ec2:DescribeAvailabilityZones notObservable
		ec2:DescribeInstances notObservable
		ec2:AttachVolume notSeen
		ec2:DetachVolume notSeen
		ec2:DeleteVolume notSeen
		`)
	})
	t.Run("another account's reads say nothing of it", func(t *testing.T) {
		other := assumeRole("other", "10:00:00", plain, "x").by(mallory).with(fields{"recipientAccountId": "444455556666"})
		if got := tellPermissions(role(Options{}, create, other), "ebs-volumes"); !strings.Contains(got, "DescribeVolumes notObservable") {
			t.Error(got)
		}
	})
	t.Run("a read in any Region says that there are reads", func(t *testing.T) {
		other := fields{"eventTime": at("10:00:00"), "eventSource": "s3.amazonaws.com", "eventName": "HeadBucket", "awsRegion": "eu-west-1", "recipientAccountId": account}
		if got := tellPermissions(role(Options{}, create, other), "ebs-volumes"); !strings.Contains(got, "DescribeVolumes notSeen") {
			t.Error(got)
		}
	})
	t.Run("features in catalog order, those without a policy left out", func(t *testing.T) {
		r := role(Options{}, append(records, assumeRole("hook", "10:00:00", infra, "ECS-Lambda-Execution"))...)
		var got []string
		for _, p := range r.Permissions {
			if len(got) == 0 || got[len(got)-1] != p.Feature {
				got = append(got, p.Feature)
			}
		}
		if diff := cmp.Diff([]string{"ebs-volumes", "service-connect-tls", "vpc-lattice", "load-balancers", "managed-instances", "express-mode"}, got); diff != "" {
			t.Errorf("features (-want +got):\n%s", diff)
		}
	})
	t.Run("not of a service-linked role", func(t *testing.T) {
		r := role(Options{}, callBy("eni", "10:00:01", linked, "x", "10:00:00", ecs, "CreateNetworkInterface"))
		if len(r.Permissions) > 0 {
			t.Errorf("%v", r.Permissions)
		}
	})
	t.Run("another ARN of the role is the same role", func(t *testing.T) {
		u := tell(t, Options{}, append(records, assumeRole("other", "10:00:00", "arn:aws:iam::"+account+":role/infra", ebsSession))...)
		for _, r := range u.Roles {
			if got := tellPermissions(r, "ebs-volumes"); !strings.Contains(got, "CreateVolume used") {
				t.Errorf("%s: %s", r.ARN, got)
			}
		}
	})
}

// TestGrants: IAM and CloudTrail do not call everything by the same name.
func TestGrants(t *testing.T) {
	for _, test := range []struct {
		action, source, name string
		want                 bool
	}{
		{"ec2:CreateVolume", "ec2", "CreateVolume", true},
		{"EC2:createvolume", "ec2", "CreateVolume", true},
		{"ec2:CreateVolume", "ec2", "CreateVolumes", false},
		{"ec2:Describe*", "ec2", "DescribeVpcs", true},
		{"ec2:Describe*", "elasticloadbalancing", "DescribeRules", false},
		{"cloudwatch:PutMetricAlarm", "monitoring", "PutMetricAlarm", true},
		{"monitoring:PutMetricAlarm", "monitoring", "PutMetricAlarm", false},
		{"tag:GetResources", "tagging", "GetResources", true},
		{"lambda:CreateFunction", "lambda", "CreateFunction20150331", true},
		{"lambda:UpdateFunctionCode", "lambda", "UpdateFunctionCode20150331v2", true},
		{"cloudfront:UpdateDistribution", "cloudfront", "UpdateDistribution2020_05_31", true},
		{"datasync:CreateLocationS3", "datasync", "CreateLocationS3", true},
		{"application-autoscaling:RegisterScalableTarget", "autoscaling", "RegisterScalableTarget", true},
		{"application-autoscaling:RegisterScalableTarget", "application-autoscaling", "RegisterScalableTarget", true},
		{"autoscaling:RegisterScalableTarget", "autoscaling", "RegisterScalableTarget", false},
		{"application-autoscaling:PutScalingPolicy", "autoscaling", "PutScalingPolicy", true},
		{"autoscaling:PutScalingPolicy", "autoscaling", "PutScalingPolicy", true},
		{"autoscaling:UpdateAutoScalingGroup", "autoscaling", "UpdateAutoScalingGroup", true},
		{"application-autoscaling:UpdateAutoScalingGroup", "autoscaling", "UpdateAutoScalingGroup", false},
		{"autoscaling-plans:CreateScalingPlan", "autoscaling", "CreateScalingPlan", true},
		{"autoscaling-plans:CreateScalingPlan", "autoscaling-plans", "CreateScalingPlan", true},
	} {
		if got := grants(test.action, &event{source: test.source + ".amazonaws.com", name: test.name}); got != test.want {
			t.Errorf("%s for %s of %s: %t", test.action, test.name, test.source, got)
		}
	}
}
