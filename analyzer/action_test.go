package analyzer

import (
	"strings"
	"testing"

	"roletrail/analyzer/catalog"
)

func TestIAMAction(t *testing.T) {
	for _, tt := range []struct{ source, name, want string }{
		{"ec2", "CreateVolume", "ec2:CreateVolume"},
		{"acm-pca", "IssueCertificate", "acm-pca:IssueCertificate"},
		{"elasticloadbalancing", "RegisterTargets", "elasticloadbalancing:RegisterTargets"},                                     // its second API
		{"elasticloadbalancing", "RegisterInstancesWithLoadBalancer", "elasticloadbalancing:RegisterInstancesWithLoadBalancer"}, // its first
		{"logs", "CreateLogGroup", "logs:CreateLogGroup"},
		{"vpc-lattice", "RegisterTargets", "vpc-lattice:RegisterTargets"},
		{"resource-groups", "ListGroupResources", "resource-groups:ListGroupResources"},
		{"cloudformation", "DescribeStacks", "cloudformation:DescribeStacks"},

		{"monitoring", "PutMetricAlarm", "cloudwatch:PutMetricAlarm"},
		{"tagging", "GetResources", "tag:GetResources"},
		{"runtime.lex", "PostText", "lex:PostText"},

		{"application-autoscaling", "PutScalingPolicy", "application-autoscaling:PutScalingPolicy"},
		{"autoscaling", "RegisterScalableTarget", "application-autoscaling:RegisterScalableTarget"},
		{"autoscaling", "DeleteScalingPolicy", "application-autoscaling:DeleteScalingPolicy"},
		{"autoscaling", "DeletePolicy", "autoscaling:DeletePolicy"},
		{"autoscaling", "PutScalingPolicy", "autoscaling:PutScalingPolicy"}, // of either
		{"autoscaling", "UpdateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup"},
		{"autoscaling", "CreateScalingPlan", "autoscaling-plans:CreateScalingPlan"},
		{"autoscaling-plans", "CreateScalingPlan", "autoscaling-plans:CreateScalingPlan"},

		{"lambda", "Invoke", "lambda:InvokeFunction"},
		{"lambda", "CreateFunction20150331", "lambda:CreateFunction"},
		{"lambda", "UpdateFunctionCode20150331v2", "lambda:UpdateFunctionCode"},
		{"lambda", "PutFunctionConcurrency20171031", "lambda:PutFunctionConcurrency"},
		{"cloudfront", "UpdateDistribution2020_05_31", "cloudfront:UpdateDistribution"},
		{"kms", "ReEncrypt", "kms:ReEncrypt*"},
		// digits that are part of the name
		{"datasync", "CreateLocationS3", "datasync:CreateLocationS3"},
		{"securityhub", "GetFindingsV2", "securityhub:GetFindingsV2"},
		{"x", "Do20159931", "x:Do20159931"},
		{"x", "Do120150331", "x:Do1"},

		{"", "", ":"},
	} {
		if got := iamAction(tt.source+".amazonaws.com", tt.name); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.source, tt.name, got, tt.want)
		}
	}
	for source, want := range map[string]string{"ec2.amazonaws.com.cn": "ec2:A", "odd": "odd:A", "": ":A"} {
		if got := iamAction(source, "A"); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

// TestCatalogActions: the events of all calls that the policies of the catalog allow lead back to them.
func TestCatalogActions(t *testing.T) {
	sources := map[string]string{"cloudwatch": "monitoring", "tag": "tagging"}
	for _, f := range embeddedCatalog(t).Features {
		if f.Policy == nil {
			continue
		}
		for _, a := range f.Policy.Actions {
			prefix, name, _ := strings.Cut(a.Action, ":")
			if other, ok := sources[prefix]; ok {
				prefix = other
			}
			if got := iamAction(prefix+".amazonaws.com", strings.ReplaceAll(name, "*", "Any")); !grants(a.Action, got) {
				t.Errorf("%s: %s becomes %s", f.Policy.Name, a.Action, got)
			}
		}
	}
}

// TestLinkedCalls: what the sessions of the service-linked role call is what its policy allows.
func TestLinkedCalls(t *testing.T) {
	for _, f := range embeddedCatalog(t).Features {
		for _, call := range f.Calls {
			name, pattern := strings.CutSuffix(call.Name, "*")
			action := iamAction(call.Service, name)
			granted := false
			for _, a := range f.Policy.Actions {
				granted = granted || grants(a.Action, action) || pattern && strings.HasPrefix(a.Action, action)
			}
			if !granted {
				t.Errorf("%s: %s %s becomes %s, which %s does not allow", f.ID, call.Service, call.Name, action, f.Policy.Name)
			}
		}
	}
}

func TestGrants(t *testing.T) {
	for _, tt := range []struct {
		granted, action string
		want            bool
	}{
		{"ec2:CreateVolume", "ec2:CreateVolume", true},
		{"EC2:createvolume", "ec2:CreateVolume", true},
		{"ec2:CreateVolume", "ec2:CreateVolumes", false},
		{"ec2:Describe*", "ec2:DescribeVolumes", true},
		{"*", "ec2:DescribeVolumes", true},
		{"ec2:Describe*", "elasticloadbalancing:DescribeRules", false},
		{"autoscaling:PutScalingPolicy", "autoscaling:PutScalingPolicy", true},
		{"application-autoscaling:PutScalingPolicy", "autoscaling:PutScalingPolicy", true},
		{"application-autoscaling:Describe*", "autoscaling:DescribeScalingActivities", true},
		{"application-autoscaling:Describe*", "autoscaling:DescribePolicies", false},
		{"autoscaling:PutScalingPolicy", "application-autoscaling:PutScalingPolicy", false},
	} {
		if got := grants(tt.granted, tt.action); got != tt.want {
			t.Errorf("%s grants %s: %t", tt.granted, tt.action, got)
		}
	}
}

func embeddedCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
