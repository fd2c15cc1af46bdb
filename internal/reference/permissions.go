package reference

import (
	"regexp"
	"slices"
	"strings"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

// permissionsOf reports, for a role that is not service-linked, "for every feature shown on the role with a policy: each
// action of it in the policy's order". The uses are all of the role, shown or not; reads tells whether its account has
// any read event.
func permissionsOf(shown []analyzer.FeatureUsage, uses []*use, reads bool, c *catalog.Catalog) []analyzer.Permission {
	var list []analyzer.Permission
	for i := range c.Features {
		feature := &c.Features[i]
		if feature.Policy == nil || !slices.ContainsFunc(shown, func(u analyzer.FeatureUsage) bool { return u.ID == feature.ID }) {
			continue
		}
		for _, granted := range feature.Policy.Actions {
			p := analyzer.Permission{Feature: feature.ID, Policy: feature.Policy.Name, Action: granted.Action}
			// "used iff a call (any, failed too, in owned sessions of that feature, all winners) matches (case-insensitive);
			// lastUsed = latest such call."
			for _, u := range uses { // in order of time
				if u.kind == call && u.feature == feature && grants(granted.Action, u.event) {
					p.State, p.LastUsed = analyzer.PermissionUsed, u.time
				}
			}
			// "else notObservable iff marked in the catalog, or the action name begins with Describe, List or Get and the
			// role's account has no read events at all; else notSeen."
			if p.State == "" {
				p.State = analyzer.PermissionNotSeen
				if granted.NotObservable || !reads && isReadAction(granted.Action) {
					p.State = analyzer.PermissionNotObservable
				}
			}
			list = append(list, p)
		}
	}
	return list
}

func isReadAction(action string) bool {
	_, name, _ := strings.Cut(action, ":")
	return strings.HasPrefix(name, "Describe") || strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Get")
}

// grants tells whether an action of a policy, which may be a pattern, is one that the call may have needed.
func grants(action string, e *event) bool {
	return slices.ContainsFunc(actionsOfCall(e), func(needed string) bool {
		return glob(strings.ToLower(action), strings.ToLower(needed))
	})
}

// prefixes are those of IAM actions that are not the name of the event source without .amazonaws.com.
var prefixes = map[string]string{
	"monitoring": "cloudwatch",
	"tagging":    "tag",
}

// Three services share the event source autoscaling.amazonaws.com: EC2 Auto Scaling, Application Auto Scaling and AWS
// Auto Scaling (plans). Names that only one of the latter two has are its own; some it shares with EC2 Auto Scaling, and
// then the event does not tell which it is.
var (
	ofApplicationAutoScaling = []string{
		"RegisterScalableTarget", "DeregisterScalableTarget", "DescribeScalableTargets", "DescribeScalingPolicies",
		"DeleteScalingPolicy", "PutScheduledAction", "TagResource", "UntagResource", "ListTagsForResource"}
	ofEither = []string{
		"PutScalingPolicy", "DescribeScalingActivities", "DescribeScheduledActions", "DeleteScheduledAction",
		"GetPredictiveScalingForecast"}
	ofScalingPlans = []string{
		"CreateScalingPlan", "DeleteScalingPlan", "UpdateScalingPlan", "DescribeScalingPlans",
		"DescribeScalingPlanResources", "GetScalingPlanResourceForecastData"}
)

// actionsOfCall gives the IAM action of a call, or all those that it can be: "service prefix from eventSource by table
// (default: the part before .amazonaws.com): eventName (versioned names such as CreateFunction20150331 lose the digits at
// the end)".
func actionsOfCall(e *event) []string {
	source := strings.TrimSuffix(e.source, ".amazonaws.com")
	name := version.ReplaceAllString(e.name, "")
	if source != "autoscaling" {
		return []string{firstNonEmpty(prefixes[source], source) + ":" + name}
	}
	switch {
	case slices.Contains(ofApplicationAutoScaling, name):
		return []string{"application-autoscaling:" + name}
	case slices.Contains(ofScalingPlans, name):
		return []string{"autoscaling-plans:" + name}
	case slices.Contains(ofEither, name):
		return []string{"autoscaling:" + name, "application-autoscaling:" + name}
	}
	return []string{"autoscaling:" + name}
}

// version is the date of an API, and perhaps a version of it, at the end of an event name.
var version = regexp.MustCompile(`(\d{8}|\d{4}_\d\d_\d\d)(v\d+)?$`)
