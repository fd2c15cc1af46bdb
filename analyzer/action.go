package analyzer

import (
	"regexp"
	"slices"
	"strings"

	"roletrail/analyzer/catalog"
)

// iamAction returns the IAM action, such as ec2:CreateVolume, that allows a call which CloudTrail writes with an event
// source and an event name. The two vocabularies differ for some services and calls.
func iamAction(source, name string) string {
	name = apiVersion.ReplaceAllString(name, "")
	prefix, ok := actionPrefixes[source]
	if !ok {
		prefix, _, _ = strings.Cut(source, ".amazonaws.com")
	}
	if prefix == "autoscaling" {
		prefix = autoScalingPrefix(name)
	}
	if other, ok := actionNames[prefix+":"+name]; ok {
		return other
	}
	return prefix + ":" + name
}

// apiVersion is what some services add to the names of their events: the version of the API, as in CreateFunction20150331,
// UpdateFunctionCode20150331v2 or UpdateDistribution2020_05_31.
var apiVersion = regexp.MustCompile(`[12]\d{3}_?[01]\d_?[0-3]\d(v\d+)?$`)

// actionPrefixes are the prefixes of the services whose event source tells another one.
var actionPrefixes = map[string]string{
	"monitoring.amazonaws.com":       "cloudwatch",
	"tagging.amazonaws.com":          "tag",
	"appstream2.amazonaws.com":       "appstream",
	"models.lex.amazonaws.com":       "lex",
	"runtime.lex.amazonaws.com":      "lex",
	"mturk-requester.amazonaws.com":  "mechanicalturk",
	"streams.dynamodb.amazonaws.com": "dynamodb",
}

// actionNames are the calls that IAM knows under another name. Reencrypting takes two actions, one for each key.
var actionNames = map[string]string{
	"kms:ReEncrypt": "kms:ReEncrypt*",
	"lambda:Invoke": "lambda:InvokeFunction",
}

// Three services write autoscaling.amazonaws.com for their event source (Application Auto Scaling User Guide, "Log API
// calls using AWS CloudTrail"). These are the calls that only one of them has, and those that Amazon EC2 Auto Scaling and
// Application Auto Scaling both have.
var (
	applicationAutoScaling = []string{
		"RegisterScalableTarget", "DeregisterScalableTarget", "DescribeScalableTargets", "DescribeScalingPolicies", "DeleteScalingPolicy",
		"PutScheduledAction", "TagResource", "UntagResource", "ListTagsForResource",
	}
	scalingPlans = []string{
		"CreateScalingPlan", "DeleteScalingPlan", "UpdateScalingPlan", "DescribeScalingPlans", "DescribeScalingPlanResources",
		"GetScalingPlanResourceForecastData",
	}
	bothAutoScaling = []string{
		"PutScalingPolicy", "DescribeScalingActivities", "DescribeScheduledActions", "DeleteScheduledAction", "GetPredictiveScalingForecast",
	}
)

func autoScalingPrefix(name string) string {
	switch {
	case slices.Contains(applicationAutoScaling, name):
		return "application-autoscaling"
	case slices.Contains(scalingPlans, name):
		return "autoscaling-plans"
	}
	return "autoscaling"
}

// grants reports whether an action of a policy, which may be a pattern with *, allows an action that iamAction returned.
// Where that cannot tell which of two services was called, both are allowed: a permission that is kept needlessly does
// less harm than one that is missed.
func grants(granted, action string) bool {
	granted = strings.ToLower(granted)
	if catalog.Match(granted, strings.ToLower(action)) {
		return true
	}
	name, ok := strings.CutPrefix(action, "autoscaling:")
	return ok && slices.Contains(bothAutoScaling, name) && catalog.Match(granted, strings.ToLower("application-autoscaling:"+name))
}
