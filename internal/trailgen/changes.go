package trailgen

// References are the calls to ECS that name a role, each with the feature that the role is for. <roleArn> is the role.
// The list is shared: do not change it.
func References() []Reference { return references }

// Reference is a call to ECS that names a role.
type Reference struct {
	Feature string
	Role    Role
	Call    Call
}

// withService makes a reference of a call on a service, which answers with the service.
func withService(feature string, role Role, name, parameters, response string) Reference {
	return Reference{feature, role, NewCall("ecs", name, `{"cluster":"<cluster>",`+parameters+`}`,
		`{"service":{"serviceArn":"<serviceArn>","serviceName":"<service>","clusterArn":"<clusterArn>","status":"ACTIVE","desiredCount":2,"roleArn":"arn:aws:iam::<account>:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",`+response+`}}`)}
}

const serviceEvents = `"events":[{"id":"<uuid:1>","createdAt":"Nov 14, 2026, 2:18:03\u202fAM","message":"(service <service>) failed to describe target health on target-group <service>-tg with (error User: arn:aws:sts::<account>:assumed-role/ecsLoadBalancerRole/ecs-service-scheduler is not authorized to perform: elasticloadbalancing:DescribeTargetHealth)"}]`

var references = []Reference{
	withService("ebs-volumes", InfrastructureRole, "CreateService",
		`"serviceName":"<service>","taskDefinition":"<taskDefinition>","desiredCount":2,"launchType":"FARGATE","volumeConfigurations":[{"name":"data","managedEBSVolume":{"roleArn":"<roleArn>","sizeInGiB":20,"volumeType":"gp3","encrypted":true,"filesystemType":"xfs"}}]`,
		`"deployments":[{"id":"ecs-svc/<digits:19>","status":"PRIMARY","volumeConfigurations":[{"name":"data","managedEBSVolume":{"roleArn":"<roleArn>","sizeInGiB":20}}]}]`),
	withService("service-connect-tls", InfrastructureRole, "UpdateService",
		`"service":"<service>","forceNewDeployment":true,"serviceConnectConfiguration":{"enabled":true,"namespace":"<cluster>.connect","services":[{"portName":"http","tls":{"issuerCertificateAuthority":{"awsPcaAuthorityArn":"<authority>"},"roleArn":"<roleArn>"}}]}`,
		serviceEvents),
	withService("vpc-lattice", InfrastructureRole, "CreateService",
		`"serviceName":"<service>","taskDefinition":"<taskDefinition>","vpcLatticeConfigurations":[{"roleArn":"<roleArn>","targetGroupArn":"arn:aws:vpc-lattice:<region>:<account>:targetgroup/<latticeGroup>","portName":"http"}]`,
		`"deployments":[{"id":"ecs-svc/<digits:19>","vpcLatticeConfigurations":[{"roleArn":"<roleArn>"}]}]`),
	withService("load-balancers", LoadBalancerRole, "UpdateService",
		`"service":"<serviceArn>","deploymentConfiguration":{"strategy":"BLUE_GREEN","bakeTimeInMinutes":5,"lifecycleHooks":[{"hookTargetArn":"arn:aws:lambda:<region>:<account>:function:<function>","roleArn":"arn:aws:iam::<account>:role/ecsLifecycleHookRole","lifecycleStages":["POST_TEST_TRAFFIC_SHIFT"]}]},"loadBalancers":[{"targetGroupArn":"<targetGroup>","containerName":"<service>","containerPort":8080,"advancedConfiguration":{"alternateTargetGroupArn":"<targetGroup>-green","productionListenerRule":"<rule>","roleArn":"<roleArn>"}}]`,
		`"loadBalancers":[{"targetGroupArn":"<targetGroup>","advancedConfiguration":{"roleArn":"<roleArn>"}}]`),
	withService("legacy-service-role", LegacyRole, "CreateService",
		`"serviceName":"<service>","taskDefinition":"<taskDefinition>","role":"ecsServiceRole","loadBalancers":[{"loadBalancerName":"<cluster>-classic","containerName":"web","containerPort":80}]`,
		`"loadBalancers":[{"loadBalancerName":"<cluster>-classic"}]`),
	withService("load-balancers", LoadBalancerRole, "DeleteService", `"service":"<service>","force":true`,
		`"loadBalancers":[{"targetGroupArn":"<targetGroup>","advancedConfiguration":{"roleArn":"<roleArn>"}}]`),
	{"ebs-volumes", InfrastructureRole, NewCall("ecs", "RunTask", `{"cluster":"<cluster>","taskDefinition":"<taskDefinition>","count":1,"volumeConfigurations":[{"name":"scratch","managedEBSVolume":{"roleArn":"<roleArn>","sizeInGiB":100}}]}`, `{"tasks":[{"taskArn":"<task>","clusterArn":"<clusterArn>","lastStatus":"PROVISIONING"}],"failures":[]}`)},
	{"ebs-volumes", InfrastructureRole, NewCall("ecs", "StartTask", `{"cluster":"<clusterArn>","taskDefinition":"<taskDefinition>","containerInstances":["<hex:32>"],"volumeConfigurations":[{"name":"scratch","managedEBSVolume":{"roleArn":"<roleArn>"}}]}`, `{"tasks":[{"taskArn":"<task>"}],"failures":[]}`)},
	{"load-balancers", LoadBalancerRole, NewCall("ecs", "CreateTaskSet", `{"cluster":"<cluster>","service":"<service>","taskDefinition":"<taskDefinition>","loadBalancers":[{"targetGroupArn":"<targetGroup>","advancedConfiguration":{"roleArn":"<roleArn>"}}]}`, `{"taskSet":{"taskSetArn":"<taskSet>","serviceArn":"<serviceArn>","loadBalancers":[{"targetGroupArn":"<targetGroup>","advancedConfiguration":{"roleArn":"<roleArn>"}}]}}`)},
	{"load-balancers", LoadBalancerRole, NewCall("ecs", "UpdateTaskSet", `{"cluster":"<cluster>","service":"<service>","taskSet":"<taskSet>","scale":{"value":50,"unit":"PERCENT"}}`, `{"taskSet":{"taskSetArn":"<taskSet>","serviceArn":"<serviceArn>"}}`)},
	{"load-balancers", LoadBalancerRole, NewCall("ecs", "DeleteTaskSet", `{"cluster":"<cluster>","service":"<service>","taskSet":"<taskSet>"}`, `{"taskSet":{"taskSetArn":"<taskSet>","status":"DRAINING"}}`)},
	{"managed-instances", InstancesRole, NewCall("ecs", "CreateCapacityProvider", `{"name":"<cluster>-managed","cluster":"<cluster>","managedInstancesProvider":{"infrastructureRoleArn":"<roleArn>","instanceLaunchTemplate":{"ec2InstanceProfileArn":"arn:aws:iam::<account>:instance-profile/ecsInstanceRole","networkConfiguration":{"subnets":["<subnet>"]}}}}`, `{"capacityProvider":{"capacityProviderArn":"arn:aws:ecs:<region>:<account>:capacity-provider/<cluster>-managed","managedInstancesProvider":{"infrastructureRoleArn":"<roleArn>"}}}`)},
	{"managed-instances", InstancesRole, NewCall("ecs", "UpdateCapacityProvider", `{"name":"<cluster>-managed","managedInstancesProvider":{"infrastructureRoleArn":"<roleArn>"}}`, `{"capacityProvider":{"managedInstancesProvider":{"infrastructureRoleArn":"<roleArn>"}}}`)},
	{"managed-instances", InstancesRole, NewCall("ecs", "DeleteCapacityProvider", `{"capacityProvider":"<cluster>-managed"}`, `{"capacityProvider":{"status":"DEPROVISIONING","managedInstancesProvider":{"infrastructureRoleArn":"<roleArn>"}}}`)},
	{"express-mode", ExpressRole, NewCall("ecs", "CreateExpressGatewayService", `{"serviceName":"<service>","infrastructureRoleArn":"<roleArn>","executionRoleArn":"arn:aws:iam::<account>:role/ecsTaskExecutionRole","primaryContainer":{"image":"<account>.dkr.ecr.<region>.amazonaws.com/<service>:latest","containerPort":8080},"healthCheckPath":"/ping"}`, `{"service":{"serviceArn":"<serviceArn>","infrastructureRoleArn":"<roleArn>","status":{"statusCode":"ACTIVE"}}}`)},
	{"express-mode", ExpressRole, NewCall("ecs", "UpdateExpressGatewayService", `{"serviceArn":"<serviceArn>","cpu":"512"}`, `{"service":{"serviceArn":"<serviceArn>","infrastructureRoleArn":"<roleArn>"}}`)},
	{"express-mode", ExpressRole, NewCall("ecs", "DeleteExpressGatewayService", `{"serviceArn":"<serviceArn>"}`, `{"service":{"serviceArn":"<serviceArn>","infrastructureRoleArn":"<roleArn>","status":{"statusCode":"DRAINING"}}}`)},
	{"managed-instances", InstancesRole, NewCall("ecs", "CreateCapacityProvider", "", "").Failed("ClientException", "ECS was unable to assume the configured ECS Infrastructure Role <roleArn>")},
}

// reference returns the call of a name for a feature, which must be in the list.
func reference(feature, name string) Call {
	for _, r := range references {
		if r.Feature == feature && r.Call.Name == name {
			return r.Call
		}
	}
	panic("trailgen: no reference " + feature + " " + name)
}

const trustECS = `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"AllowAccessToECSForInfrastructureManagement\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ecs.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}`

// RoleChanges are the calls to IAM that make, change or end a role. <roleName> and <policyArn> are the role and one of
// its policies. The list is shared: do not change it.
func RoleChanges() []Call { return roleChanges }

var roleChanges = []Call{
	NewCall("iam", "CreateRole", `{"roleName":"<roleName>","path":"/","description":"made by Terraform","assumeRolePolicyDocument":"`+trustECS+`","tags":[{"key":"team","value":"platform"}]}`, `{"role":{"path":"/","roleName":"<roleName>","roleId":"AROA<digits:10>EXAMPLE","arn":"arn:aws:iam::<account>:role/<roleName>","createDate":"Nov 14, 2026, 4:11:47\u202fPM","assumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22ecs.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"}}`),
	NewCall("iam", "AttachRolePolicy", `{"roleName":"<roleName>","policyArn":"<policyArn>"}`, ""),
	NewCall("iam", "DetachRolePolicy", `{"roleName":"<roleName>","policyArn":"<policyArn>"}`, ""),
	NewCall("iam", "PutRolePolicy", `{"roleName":"<roleName>","policyName":"express-fix","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"ec2:DescribeAccountAttributes\"],\"Resource\":\"*\"}]}"}`, ""),
	NewCall("iam", "DeleteRolePolicy", `{"roleName":"<roleName>","policyName":"express-fix"}`, ""),
	NewCall("iam", "UpdateAssumeRolePolicy", `{"roleName":"<roleName>","policyDocument":"`+trustECS+`"}`, ""),
	NewCall("iam", "UpdateRole", `{"roleName":"<roleName>","description":"r\u00e9vis\u00e9","maxSessionDuration":7200}`, ""),
	NewCall("iam", "PutRolePermissionsBoundary", `{"roleName":"<roleName>","permissionsBoundary":"arn:aws:iam::<account>:policy/boundary"}`, ""),
	NewCall("iam", "DeleteRolePermissionsBoundary", `{"roleName":"<roleName>"}`, ""),
	NewCall("iam", "DeleteRole", `{"roleName":"<roleName>"}`, ""),
	NewCall("iam", "CreateServiceLinkedRole", `{"aWSServiceName":"ecs.amazonaws.com","description":"Role to enable Amazon ECS to manage your cluster."}`, `{"role":{"path":"/aws-service-role/ecs.amazonaws.com/","roleName":"AWSServiceRoleForECS","roleId":"AROA<digits:10>EXAMPLE","arn":"arn:aws:iam::<account>:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS","createDate":"Feb 22, 2026, 4:11:47\u202fPM"}}`),
	NewCall("iam", "DeleteServiceLinkedRole", `{"roleName":"AWSServiceRoleForECS"}`, `{"deletionTaskId":"task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/<uuid:1>"}`),
	NewCall("iam", "CreatePolicyVersion", `{"policyArn":"<policyArn>","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[]}","setAsDefault":true}`, `{"policyVersion":{"versionId":"v2","isDefaultVersion":true,"createDate":"Nov 14, 2026, 4:11:47\u202fPM"}}`),
	NewCall("iam", "SetDefaultPolicyVersion", `{"policyArn":"<policyArn>","versionId":"v1"}`, ""),
	NewCall("iam", "DeletePolicyVersion", `{"policyArn":"<policyArn>","versionId":"v1"}`, ""),
}

// TrailChanges are the calls after which a trail may no longer show what is looked for. The list is shared: do not change
// it.
func TrailChanges() []Call { return trailChanges }

var trailChanges = []Call{
	NewCall("cloudtrail", "StopLogging", `{"name":"arn:aws:cloudtrail:<region>:<account>:trail/management"}`, ""),
	NewCall("cloudtrail", "DeleteTrail", `{"name":"management"}`, ""),
	NewCall("cloudtrail", "UpdateTrail", `{"name":"management","isMultiRegionTrail":false,"includeGlobalServiceEvents":false}`, `{"name":"management","s3BucketName":"audit-archive","trailARN":"arn:aws:cloudtrail:<region>:<account>:trail/management"}`),
	NewCall("cloudtrail", "PutEventSelectors", `{"trailName":"management","eventSelectors":[{"readWriteType":"WriteOnly","includeManagementEvents":true,"dataResources":[],"excludeManagementEventSources":[]}]}`, `{"trailARN":"arn:aws:cloudtrail:<region>:<account>:trail/management"}`),
}

// resourceChange is a person or a pipeline that sets up something of ECS with a role.
func resourceChange(s *stage) []Object {
	r := pick(s.random, references)
	s.Name("roleArn", s.role(r.Role).ARN)
	return []Object{s.Event(s.later(), deployCaller(s.Builder, s.at), r.Call)}
}

// roleChange is a run of changes to a role of ECS.
func roleChange(s *stage) []Object {
	s.Name("roleName", s.role(pick(s.random, Features()).Role).Name())
	s.Name("policyArn", "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes")
	by := deployCaller(s.Builder, s.at)
	var out []Object
	for range s.random.between(1, 3) {
		call := pick(s.random, roleChanges)
		switch {
		case s.random.chance(0.05):
			call = call.Failed("DeleteConflictException", "Cannot delete entity, must detach all policies first.")
		case s.random.chance(0.05):
			call = call.Failed("AccessDenied", "User: "+by.Identity.Text("arn")+" is not authorized to perform: iam:"+call.Name+" on resource: role <roleName> because no identity-based policy allows the iam:"+call.Name+" action")
		}
		out = append(out, s.Event(s.later(), by, call))
	}
	return out
}

// personVolume is a person who detaches and deletes a volume by hand.
func personVolume(s *stage) []Object {
	by := userCaller(s.Builder, s.at)
	return []Object{s.Event(s.later(), by, named(volumeCalls, "DetachVolume")), s.Event(s.later(), by, named(volumeCalls, "DeleteVolume"))}
}

func trailChange(s *stage) []Object {
	return []Object{s.Event(s.later(), personCaller(s.Builder, s.at), pick(s.random, trailChanges))}
}
