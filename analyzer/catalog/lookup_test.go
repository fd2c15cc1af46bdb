package catalog

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// services is a catalog of two more principals, one of which has an exact name and patterns of one text.
const services = `version: "2"
date: 2026-12-24
features:
  - id: glue-jobs
    title: Glue jobs
    kind: other
    principal: glue.amazonaws.com
    sessionNames:
      - {name: GlueJobRunnerSession, confidence: seen, source: x}
      - {name: Glue*, confidence: seen, source: x}
  - id: glue-crawlers
    title: Glue crawlers
    kind: other
    principal: glue.amazonaws.com
    sessionNames:
      - {name: "*Crawl*", confidence: seen, source: x}
      - {name: "*Crawler", confidence: seen, source: x}
      - {name: GlueJobRunnerSession, confidence: seen, source: x}
  - id: rds-calls
    title: RDS
    kind: service-linked
    principal: rds.amazonaws.com
    calls:
      - {service: ec2.amazonaws.com, names: [Describe*]}
      - {service: ec2.amazonaws.com, names: [DescribeVpc*], sharedWith: [rds-peering]}
  - id: rds-peering
    title: RDS peering
    kind: service-linked
    principal: rds.amazonaws.com
    calls:
      - {service: ec2.amazonaws.com, names: [DescribeVpcs], sharedWith: [rds-calls]}
`

func names(c *Catalog, features []int) []string {
	var list []string
	for _, i := range features {
		list = append(list, c.Features[i].ID)
	}
	return list
}

func TestPrincipals(t *testing.T) {
	c := extend(t, load(t), services)
	if diff := cmp.Diff([]string{"ecs.amazonaws.com", "glue.amazonaws.com", "rds.amazonaws.com"}, c.Principals()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"ecs.amazonaws.com", "rds.amazonaws.com"}, c.LinkedPrincipals()); diff != "" {
		t.Error(diff)
	}
	for principal, want := range map[string]bool{"ecs.amazonaws.com": true, "rds.amazonaws.com": true, "ecs-tasks.amazonaws.com": false, "": false} {
		if c.IsPrincipal(principal) != want {
			t.Errorf("%q: want %v", principal, want)
		}
	}
}

func TestSessions(t *testing.T) {
	c := extend(t, load(t), services)
	for _, test := range []struct {
		principal, name string
		want            []string
	}{
		{"ecs.amazonaws.com", "ECSTaskVolumesForEBS", []string{"ebs-volumes"}},
		{"ecs.amazonaws.com", "ecs-service-scheduler", []string{"load-balancers", "express-mode", "legacy-service-role"}},
		{"ecs.amazonaws.com", "ecstaskvolumesforebs", nil},
		{"ecs.amazonaws.com", "GlueX", nil},
		{"ecs.amazonaws.com", "", nil},
		{"glue.amazonaws.com", "ECSTaskVolumesForEBS", nil},
		{"glue.amazonaws.com", "GlueJobRunnerSession", []string{"glue-jobs", "glue-crawlers"}},
		{"glue.amazonaws.com", "GlueCrawler", []string{"glue-jobs", "glue-crawlers"}},
		{"glue.amazonaws.com", "MyCrawler", []string{"glue-crawlers"}}, // once, though two patterns match
		{"rds.amazonaws.com", "GlueX", nil},
		{"s3.amazonaws.com", "GlueX", nil},
	} {
		if diff := cmp.Diff(test.want, names(c, c.Sessions(test.principal, test.name))); diff != "" {
			t.Errorf("%s %q: %s", test.principal, test.name, diff)
		}
	}
}

func TestByName(t *testing.T) {
	c := extend(t, load(t), services)
	for name, want := range map[string]string{
		"ecs-service-scheduler": "load-balancers", // the first of three
		"GlueJobRunnerSession":  "glue-jobs",
		"GlueCrawler":           "glue-jobs",
		"MyCrawler":             "glue-crawlers",
		"glueX":                 "",
		"":                      "",
	} {
		feature, ok := c.ByName(name)
		if ok != (want != "") || ok && c.Features[feature].ID != want {
			t.Errorf("%q: got %d, %v, want %q", name, feature, ok, want)
		}
	}
	// an exact name wins over the pattern of a feature that stands earlier
	c = extend(t, c, `{version: "3", date: 2026-12-24, features: [{id: late, title: L, kind: other, principal: z.amazonaws.com,
  sessionNames: [{name: GlueLate, confidence: seen, source: x}]}]}`)
	if feature, _ := c.ByName("GlueLate"); c.Features[feature].ID != "late" {
		t.Errorf("GlueLate: got %s", c.Features[feature].ID)
	}
}

func TestLookalike(t *testing.T) {
	c := extend(t, load(t), services)
	for name, want := range map[string]string{
		"ECSTaskVolumesForEBS":       "", // the name itself
		"ecstaskvolumesforebs":       "ECSTaskVolumesForEBS",
		"ECSTaskVolumesForEB5":       "ECSTaskVolumesForEBS",
		"ECSTaskVo1umesForEBS":       "ECSTaskVolumesForEBS",
		"ЕCSTaskVolumesForEBS":       "ECSTaskVolumesForEBS", // Cyrillic
		"ecs_service_scheduler":      "ecs-service-scheduler",
		"ecsservicescheduler":        "ecs-service-scheduler",
		"ECSTaskVolumesForEBS2":      "",
		"gluejobrunnersession":       "GlueJobRunnerSession",
		"GlueJobRunnerSessi0n":       "", // a name of the catalog, by a pattern
		"":                           "",
		"ECSTaskVolumesForEBS\u200b": "ECSTaskVolumesForEBS",
	} {
		if got, ok := c.Lookalike(name); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", name, got, ok, want)
		}
	}
}

func TestLinked(t *testing.T) {
	c := extend(t, load(t), services)
	const ecs = "ecs.amazonaws.com"
	for _, test := range []struct {
		principal, service, event string
		want                      string
		shared                    []string
	}{
		{ecs, "ec2.amazonaws.com", "CreateNetworkInterface", "awsvpc-eni", nil},
		{ecs, "ec2.amazonaws.com", "CreateTags", "awsvpc-eni", nil},
		{ecs, "ec2.amazonaws.com", "DescribeSubnets", "awsvpc-eni", []string{"load-balancer-targets", "service-discovery", "capacity-providers"}},
		{ecs, "ec2.amazonaws.com", "DescribeInstanceEventWindows", "other-ecs-calls", nil}, // instance maintenance
		{ecs, "ec2.amazonaws.com", "RunInstances", "other-ecs-calls", nil},
		{ecs, "elasticloadbalancing.amazonaws.com", "DescribeTargetHealth", "load-balancer-targets", nil},
		{ecs, "route53.amazonaws.com", "ChangeResourceRecordSets", "service-discovery", nil},
		{ecs, "servicediscovery.amazonaws.com", "GetOperation", "service-discovery", []string{"service-connect"}},
		{ecs, "servicediscovery.amazonaws.com", "RegisterInstance", "service-discovery", []string{"service-connect"}},
		{ecs, "servicediscovery.amazonaws.com", "UpdateInstanceCustomHealthStatus", "service-discovery", nil},
		{ecs, "servicediscovery.amazonaws.com", "CreateHttpNamespace", "service-connect", nil},
		{ecs, "autoscaling.amazonaws.com", "DescribeAutoScalingGroups", "auto-scaling", []string{"capacity-providers"}},
		{ecs, "autoscaling.amazonaws.com", "DescribeScalingPlans", "capacity-providers", nil}, // exact beats Describe*
		{ecs, "autoscaling-plans.amazonaws.com", "DescribeScalingPlans", "capacity-providers", nil},
		{ecs, "autoscaling.amazonaws.com", "PutLifecycleHook", "capacity-providers", nil},
		{ecs, "events.amazonaws.com", "PutRule", "capacity-providers", nil},
		{ecs, "monitoring.amazonaws.com", "PutMetricAlarm", "cloudwatch-alarms", nil},
		{ecs, "cloudwatch.amazonaws.com", "PutMetricAlarm", "other-ecs-calls", nil}, // not what CloudTrail writes
		{ecs, "logs.amazonaws.com", "DescribeLogStreams", "log-streams", nil},
		{ecs, "ssm.amazonaws.com", "StartSession", "ecs-exec", nil},
		{ecs, "ssmmessages.amazonaws.com", "OpenDataChannel", "ecs-exec", nil},
		{ecs, "", "", "other-ecs-calls", nil},
		{"rds.amazonaws.com", "ec2.amazonaws.com", "DescribeSubnets", "rds-calls", nil},
		{"rds.amazonaws.com", "ec2.amazonaws.com", "DescribeVpcPeerings", "rds-calls", []string{"rds-peering"}}, // the longest prefix
		{"rds.amazonaws.com", "ec2.amazonaws.com", "DescribeVpcs", "rds-peering", []string{"rds-calls"}},
		{"rds.amazonaws.com", "ec2.amazonaws.com", "CreateTags", "other-rds-calls", nil},
		{"glue.amazonaws.com", "ec2.amazonaws.com", "DescribeVpcs", "", nil},
		{"s3.amazonaws.com", "ec2.amazonaws.com", "DescribeVpcs", "", nil},
	} {
		got := ""
		if i := c.Linked(test.principal, test.service, test.event); i >= 0 {
			got = c.Features[i].ID
		}
		if got != test.want {
			t.Errorf("%s, %s %s: got %q, want %q", test.principal, test.service, test.event, got, test.want)
		}
		if diff := cmp.Diff(test.shared, c.SharedWith(test.principal, test.service, test.event)); diff != "" {
			t.Errorf("%s, %s %s: %s", test.principal, test.service, test.event, diff)
		}
	}
}

func TestCatchAllSession(t *testing.T) {
	c := extend(t, load(t), services)
	for principal, want := range map[string]string{"ecs.amazonaws.com": "other-ecs-session", "glue.amazonaws.com": "other-glue-session",
		"rds.amazonaws.com": "other-rds-session", "s3.amazonaws.com": ""} {
		got := ""
		if i := c.CatchAllSession(principal); i >= 0 {
			got = c.Features[i].ID
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", principal, got, want)
		}
	}
}

func TestSessionNamePatterns(t *testing.T) {
	exact, patterns := extend(t, load(t), services).SessionNamePatterns()
	if diff := cmp.Diff([]string{"*Crawl*", "*Crawler", "Glue*"}, patterns); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"ECS-Lambda-Execution", "ECSDeploymentWithLoadBalancers", "ECSFargateManagedInstances", "ECSGateway",
		"ECSManagedInstances", "ECSManagedInstancesForCompute", "ECSNetworkingWithELB", "ECSNetworkingWithVPCLattice",
		"ECSServiceConnectForTLS", "ECSTaskVolumesForEBS", "GlueJobRunnerSession", "ecs-service-scheduler"}, exact); diff != "" {
		t.Error(diff)
	}
}

func TestFeature(t *testing.T) {
	c := load(t)
	for i, f := range c.Features {
		if got, ok := c.Feature(f.ID); got != i || !ok {
			t.Errorf("%s: got %d, %v, want %d", f.ID, got, ok, i)
		}
	}
	if _, ok := c.Feature("none"); ok {
		t.Error("found a feature that is not there")
	}
}

// Meant for the race detector.
func TestLookupsAreConcurrent(t *testing.T) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			c, err := Embedded()
			if err != nil {
				t.Error(err)
				return
			}
			for _, f := range c.Features {
				c.Sessions(f.Principal, "ECS*")
				c.Lookalike(f.ID)
				c.Linked(f.Principal, "ec2.amazonaws.com", "DescribeVpcs")
			}
			if _, err := c.Extend("my.yaml", []byte(services)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
