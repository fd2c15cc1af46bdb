package trailgen

// LinkedFeature is a use that ECS makes of its service-linked role. All share session names; what is called tells them.
type LinkedFeature struct {
	ID    string
	Calls []Call
}

// linkedSessions are session names of AWSServiceRoleForECS: the first is documented, the others are not confirmed.
var linkedSessions = []string{"ecs-service-scheduler", "ecs-eni-provisioning", "ecs-execute-command"}

// LinkedFeatures returns every use of the service-linked role with all calls that its managed policy (v24) grants and
// names, and one call that it does not grant. The calls are shared: do not change them.
func LinkedFeatures() []LinkedFeature {
	return []LinkedFeature{
		{"awsvpc-eni", interfaceCalls},
		{"load-balancer-targets", targetCalls},
		{"service-discovery", discoveryCalls},
		{"service-connect", connectCalls},
		{"auto-scaling", scalingCalls},
		{"capacity-providers", capacityCalls},
		{"cloudwatch-alarms", alarmCalls},
		{"log-streams", logCalls},
		{"ecs-exec", execCalls},
		{"other-ecs-calls", []Call{NewCall("ec2", "MonitorInstances", `{"instancesSet":{"items":[{"instanceId":"<instance>"}]}}`, "")}},
	}
}

var interfaceCalls = []Call{
	NewCall("ec2", "CreateNetworkInterface", `{"subnetId":"<subnet>","description":"arn:aws:ecs:<region>:<account>:attachment/<uuid:1>","groupSet":{"items":[{"groupId":"<securityGroup>"}]},"privateIpAddressesSet":{},"clientToken":"<uuid:3>"}`, `{"requestId":"<uuid:2>","networkInterface":{"networkInterfaceId":"<interface>","subnetId":"<subnet>","vpcId":"<vpc>","availabilityZone":"<region>a","ownerId":"<account>","requesterManaged":false,"status":"pending","privateIpAddress":"<addressInside>","interfaceType":"interface"}}`),
	NewCall("ec2", "CreateTags", `{"resourcesSet":{"items":[{"resourceId":"<interface>"}]},"tagSet":{"items":[{"key":"aws:ecs:serviceName","value":"<service>"}]}}`, `{"requestId":"<uuid:2>","_return":true}`),
	NewCall("ec2", "CreateNetworkInterfacePermission", `{"CreateNetworkInterfacePermissionRequest":{"NetworkInterfaceId":"<interface>","AwsAccountId":"<account>","Permission":"INSTANCE-ATTACH"}}`, ""),
	NewCall("ec2", "AttachNetworkInterface", `{"networkInterfaceId":"<interface>","instanceId":"<instance>","deviceIndex":1}`, `{"requestId":"<uuid:2>","attachmentId":"<attachment>"}`),
	NewCall("ec2", "DescribeNetworkInterfaces", `{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"<interface>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DescribeSubnets", `{"subnetSet":{"items":[{"subnetId":"<subnet>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DescribeSecurityGroups", `{"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"<securityGroup>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "AssociateTrunkInterface", `{"AssociateTrunkInterfaceRequest":{"BranchInterfaceId":"<interface>","TrunkInterfaceId":"eni-0<hex:16>","VlanId":7}}`, ""),
	NewCall("ec2", "DisassociateTrunkInterface", `{"DisassociateTrunkInterfaceRequest":{"AssociationId":"trunk-assoc-0<hex:16>"}}`, ""),
	NewCall("ec2", "DetachNetworkInterface", `{"attachmentId":"<attachment>","force":true}`, `{"requestId":"<uuid:2>","_return":true}`),
	NewCall("ec2", "DeleteNetworkInterfacePermission", `{"DeleteNetworkInterfacePermissionRequest":{"NetworkInterfacePermissionId":"eni-perm-0<hex:16>"}}`, ""),
	NewCall("ec2", "DeleteNetworkInterface", `{"networkInterfaceId":"<interface>"}`, `{"requestId":"<uuid:2>","_return":true}`),
	NewCall("ec2", "DescribeInstanceEventWindows", `{"DescribeInstanceEventWindowsRequest":{"MaxResults":100}}`, ""),
}

var targetCalls = []Call{
	balancer("DescribeTargetGroups", `{"targetGroupArns":["<targetGroup>"]}`, ""),
	balancer("RegisterTargets", `{"targetGroupArn":"<targetGroup>","targets":[{"id":"<addressInside>","port":8080,"availabilityZone":"<region>a"}]}`, ""),
	balancer("DescribeTargetHealth", `{"targetGroupArn":"<targetGroup>","targets":[{"id":"<addressInside>","port":8080}]}`, ""),
	balancer("DeregisterTargets", `{"targetGroupArn":"<targetGroup>","targets":[{"id":"<addressInside>","port":8080}]}`, ""),
	legacyCalls[0],
	legacyCalls[1],
}

var discoveryCalls = []Call{
	NewCall("servicediscovery", "GetNamespace", `{"id":"<namespace>"}`, ""),
	NewCall("servicediscovery", "RegisterInstance", `{"serviceId":"<discoveryService>","instanceId":"<taskId>","creatorRequestId":"<uuid:1>","attributes":{"AWS_INSTANCE_IPV4":"<addressInside>","AVAILABILITY_ZONE":"<region>a","ECS_SERVICE_NAME":"<service>"}}`, `{"operationId":"<alnum:36>"}`),
	NewCall("servicediscovery", "UpdateInstanceCustomHealthStatus", `{"serviceId":"<discoveryService>","instanceId":"<taskId>","status":"HEALTHY"}`, ""),
	NewCall("servicediscovery", "GetOperation", `{"operationId":"<alnum:36>"}`, ""),
	NewCall("servicediscovery", "ListInstances", `{"serviceId":"<discoveryService>","maxResults":100}`, ""),
	NewCall("servicediscovery", "DeregisterInstance", `{"serviceId":"<discoveryService>","instanceId":"<taskId>"}`, `{"operationId":"<alnum:36>"}`),
	NewCall("route53", "CreateHealthCheck", `{"callerReference":"<uuid:1>","healthCheckConfig":{"type":"TCP","port":8080,"iPAddress":"<addressInside>"}}`, `{"healthCheck":{"id":"<healthCheck>"}}`),
	NewCall("route53", "ChangeResourceRecordSets", `{"hostedZoneId":"<hostedZone>","changeBatch":{"changes":[{"action":"UPSERT","resourceRecordSet":{"name":"<service>.internal.example.com","type":"A","tTL":15,"resourceRecords":[{"value":"<addressInside>"}]}}]}}`, `{"changeInfo":{"id":"/change/C0<alnum:19>","status":"PENDING"}}`),
	NewCall("route53", "UpdateHealthCheck", `{"healthCheckId":"<healthCheck>","failureThreshold":2}`, ""),
	NewCall("route53", "GetHealthCheckStatus", `{"healthCheckId":"<healthCheck>"}`, ""),
	NewCall("route53", "DeleteHealthCheck", `{"healthCheckId":"<healthCheck>"}`, ""),
}

var connectCalls = []Call{
	NewCall("servicediscovery", "CreateHttpNamespace", `{"name":"<cluster>.connect","creatorRequestId":"<uuid:1>","tags":[{"key":"AmazonECSManaged","value":"true"}]}`, `{"operationId":"<alnum:36>"}`),
	NewCall("servicediscovery", "CreateService", `{"name":"<service>","namespaceId":"<namespace>","creatorRequestId":"<uuid:1>","type":"HTTP"}`, `{"service":{"id":"<discoveryService>","arn":"arn:aws:servicediscovery:<region>:<account>:service/<discoveryService>","name":"<service>"}}`),
	NewCall("servicediscovery", "TagResource", `{"resourceARN":"arn:aws:servicediscovery:<region>:<account>:service/<discoveryService>","tags":[{"key":"AmazonECSManaged","value":"true"}]}`, ""),
	NewCall("servicediscovery", "UpdateServiceAttributes", `{"serviceId":"<discoveryService>","attributes":{"ecs":"managed"}}`, ""),
	NewCall("servicediscovery", "DiscoverInstances", `{"namespaceName":"<cluster>.connect","serviceName":"<service>"}`, ""),
	NewCall("servicediscovery", "DiscoverInstancesRevision", `{"namespaceName":"<cluster>.connect","serviceName":"<service>"}`, ""),
	NewCall("servicediscovery", "DeleteService", `{"id":"<discoveryService>"}`, ""),
}

var scalingCalls = []Call{
	NewCall("autoscaling", "DescribeAutoScalingGroups", `{"autoScalingGroupNames":["<cluster>-asg"]}`, ""),
	NewCall("autoscaling", "PutScalingPolicy", `{"autoScalingGroupName":"<cluster>-asg","policyName":"ECSManagedAutoScalingPolicy-<uuid:1>","policyType":"TargetTrackingScaling","targetTrackingConfiguration":{"targetValue":100.0,"customizedMetricSpecification":{"metricName":"CapacityProviderReservation","namespace":"AWS/ECS/ManagedScaling","statistic":"Average"}}}`, `{"policyARN":"arn:aws:autoscaling:<region>:<account>:scalingPolicy:<uuid:2>"}`),
	NewCall("autoscaling", "SetInstanceProtection", `{"autoScalingGroupName":"<cluster>-asg","instanceIds":["<instance>"],"protectedFromScaleIn":true}`, ""),
	NewCall("autoscaling", "UpdateAutoScalingGroup", `{"autoScalingGroupName":"<cluster>-asg","newInstancesProtectedFromScaleIn":true}`, ""),
	NewCall("autoscaling", "TerminateInstanceInAutoScalingGroup", `{"instanceId":"<instance>","shouldDecrementDesiredCapacity":false}`, `{"activity":{"activityId":"<uuid:2>","autoScalingGroupName":"<cluster>-asg","statusCode":"InProgress","progress":0}}`),
	NewCall("autoscaling", "DeletePolicy", `{"autoScalingGroupName":"<cluster>-asg","policyName":"ECSManagedAutoScalingPolicy-<uuid:1>"}`, ""),
}

var capacityCalls = []Call{
	NewCall("autoscaling", "PutLifecycleHook", `{"lifecycleHookName":"ecs-managed-draining-termination-hook","autoScalingGroupName":"<cluster>-asg","lifecycleTransition":"autoscaling:EC2_INSTANCE_TERMINATING","heartbeatTimeout":3600,"defaultResult":"CONTINUE"}`, ""),
	NewCall("events", "PutRule", `{"name":"ecs-managed-<hex:16>","eventPattern":"{\"source\":[\"aws.autoscaling\"],\"detail-type\":[\"EC2 Instance-terminate Lifecycle Action\"]}","state":"ENABLED"}`, `{"ruleArn":"arn:aws:events:<region>:<account>:rule/ecs-managed-<hex:16>"}`),
	NewCall("events", "PutTargets", `{"rule":"ecs-managed-<hex:16>","targets":[{"id":"1","arn":"<clusterArn>"}]}`, `{"failedEntryCount":0,"failedEntries":[]}`),
	NewCall("events", "DescribeRule", `{"name":"ecs-managed-<hex:16>"}`, ""),
	NewCall("events", "ListTargetsByRule", `{"rule":"ecs-managed-<hex:16>"}`, ""),
	NewCall("autoscaling", "RecordLifecycleActionHeartbeat", `{"lifecycleHookName":"ecs-managed-draining-termination-hook","autoScalingGroupName":"<cluster>-asg","instanceId":"<instance>"}`, ""),
	NewCall("autoscaling", "CompleteLifecycleAction", `{"lifecycleHookName":"ecs-managed-draining-termination-hook","autoScalingGroupName":"<cluster>-asg","instanceId":"<instance>","lifecycleActionResult":"CONTINUE"}`, ""),
	NewCall("autoscaling", "DeleteLifecycleHook", `{"lifecycleHookName":"ecs-managed-draining-termination-hook","autoScalingGroupName":"<cluster>-asg"}`, ""),
	NewCall("autoscaling-plans", "CreateScalingPlan", `{"scalingPlanName":"<cluster>-plan","applicationSource":{"tagFilters":[{"key":"cluster","values":["<cluster>"]}]}}`, `{"scalingPlanVersion":1}`),
	NewCall("autoscaling-plans", "DescribeScalingPlans", `{"scalingPlanNames":["<cluster>-plan"]}`, ""),
	NewCall("autoscaling-plans", "DescribeScalingPlanResources", `{"scalingPlanName":"<cluster>-plan","scalingPlanVersion":1}`, ""),
	NewCall("autoscaling-plans", "DeleteScalingPlan", `{"scalingPlanName":"<cluster>-plan","scalingPlanVersion":1}`, ""),
}

var alarmCalls = []Call{
	NewCall("monitoring", "PutMetricAlarm", `{"alarmName":"TargetTracking-<cluster>-asg-AlarmHigh-<uuid:1>","metricName":"CapacityProviderReservation","namespace":"AWS/ECS/ManagedScaling","period":60,"threshold":100.0,"evaluationPeriods":1,"comparisonOperator":"GreaterThanThreshold","statistic":"Average","dimensions":[{"name":"ClusterName","value":"<cluster>"}]}`, ""),
	NewCall("monitoring", "DescribeAlarms", `{"alarmNames":["<service>-deployment-alarm"]}`, ""),
	NewCall("monitoring", "DeleteAlarms", `{"alarmNames":["<service>-deployment-alarm"]}`, ""),
}

var logCalls = []Call{
	NewCall("logs", "DescribeLogGroups", `{"logGroupNamePrefix":"/aws/ecs/containerinsights/<cluster>/performance"}`, ""),
	NewCall("logs", "CreateLogGroup", `{"logGroupName":"/aws/ecs/containerinsights/<cluster>/performance"}`, ""),
	NewCall("logs", "PutRetentionPolicy", `{"logGroupName":"/aws/ecs/containerinsights/<cluster>/performance","retentionInDays":1}`, ""),
	NewCall("logs", "CreateLogStream", `{"logGroupName":"/aws/ecs/containerinsights/<cluster>/performance","logStreamName":"FargateTelemetry-<digits:4>"}`, ""),
	NewCall("logs", "DescribeLogStreams", `{"logGroupName":"/aws/ecs/containerinsights/<cluster>/performance","limit":50}`, ""),
	NewCall("logs", "PutLogEvents", `{"logGroupName":"/aws/ecs/containerinsights/<cluster>/performance","logStreamName":"FargateTelemetry-<digits:4>"}`, ""),
}

var execCalls = []Call{
	NewCall("ssm", "StartSession", `{"target":"ecs:<cluster>_<taskId>_<taskId>-<digits:10>","documentName":"AmazonECS-ExecuteInteractiveCommand","parameters":{"command":["/bin/sh"]}}`, `{"sessionId":"ecs-execute-command-<hex:17>","streamUrl":"wss://ssmmessages.<region>.amazonaws.com/v1/data-channel/ecs-execute-command-<hex:17>?role=publish_subscribe","tokenValue":"Value hidden due to security reasons."}`),
	NewCall("ssm", "DescribeSessions", `{"state":"Active","filters":[{"key":"SessionId","value":"ecs-execute-command-<hex:17>"}]}`, ""),
	NewCall("ssmmessages", "OpenDataChannel", `{"sessionId":"ecs-execute-command-<hex:17>","requestId":"<uuid:1>"}`, ""),
}
