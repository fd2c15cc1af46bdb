package analyzer

import "roletrail/ingest/record"

// resourcePaths are where the request and the response of an event name what it is on, the most telling first. CloudTrail
// writes the members as the API reference of each service names them, but for their first letter.
var resourcePaths = []struct{ part, path string }{
	{"requestParameters", "volumeId"}, {"responseElements", "volumeId"},
	{"responseElements", "service.serviceArn"}, {"responseElements", "taskSet.taskSetArn"}, {"responseElements", "tasks[].taskArn"},
	{"responseElements", "capacityProvider.capacityProviderArn"}, {"responseElements", "containerInstance.containerInstanceArn"},
	{"responseElements", "cluster.clusterArn"}, {"responseElements", "arn"}, {"responseElements", "aRN"},
	{"requestParameters", "secretId"}, {"requestParameters", "networkInterfaceId"}, {"responseElements", "networkInterface.networkInterfaceId"},
	{"requestParameters", "targetGroupArn"}, {"responseElements", "targetGroups[].targetGroupArn"}, {"requestParameters", "targetGroupIdentifier"},
	{"requestParameters", "ruleArn"}, {"requestParameters", "listenerArn"}, {"requestParameters", "loadBalancerArn"},
	{"requestParameters", "certificateArn"}, {"requestParameters", "certificateAuthorityArn"},
	{"responseElements", "CreateLaunchTemplateResponse.launchTemplate.launchTemplateId"},
	{"requestParameters", "CreateLaunchTemplateVersionRequest.LaunchTemplateId"}, {"requestParameters", "ModifyLaunchTemplateRequest.LaunchTemplateId"},
	{"responseElements", "instancesSet.items[].instanceId"}, {"requestParameters", "groupId"}, {"responseElements", "groupId"},
	{"requestParameters", "resourcesSet.items[].resourceId"}, {"requestParameters", "volumeSet.items[].volumeId"}, {"requestParameters", "resourceArn"},
	{"requestParameters", "serviceArn"}, {"requestParameters", "service"}, {"requestParameters", "serviceName"}, {"requestParameters", "taskDefinition"},
	{"requestParameters", "capacityProvider"}, {"requestParameters", "containerInstance"}, {"requestParameters", "clusterName"}, {"requestParameters", "cluster"},
	{"requestParameters", "policyArn"}, {"requestParameters", "policyName"}, {"requestParameters", "roleName"}, {"requestParameters", "trailName"},
	{"requestParameters", "instanceId"}, {"requestParameters", "instancesSet.items[].instanceId"}, {"requestParameters", "serviceId"},
	{"requestParameters", "autoScalingGroupName"}, {"requestParameters", "alarmName"}, {"requestParameters", "resourceId"},
	{"requestParameters", "logGroupName"}, {"requestParameters", "target"}, {"requestParameters", "name"},
}

// resourceOf returns what an event is on: a volume, a secret, a service and so on, "" where it does not say.
func resourceOf(r *record.Record) (found string) {
	event := record.Value(r.Raw)
	parts := map[string]record.Value{"requestParameters": event.Member("requestParameters"), "responseElements": event.Member("responseElements")}
	take := func(v record.Value) {
		if found == "" {
			found = v.Text()
		}
	}
	for _, at := range resourcePaths {
		if parts[at.part].Walk(at.path, take); found != "" {
			return found
		}
	}
	event.Member("resources").Elements(func(e record.Value) bool {
		take(e.Member("ARN"))
		return found == ""
	})
	return found
}
