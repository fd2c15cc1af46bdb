package trailgen

// Feature is a use that ECS makes of a role, as it shows in CloudTrail.
type Feature struct {
	ID       string
	Role     Role     // in Account; the role that ECS assumes for it
	Sessions []string // session names, the most likely first
	Calls    []Call   // what the session calls, in the order in which it would
}

// Roles that ECS assumes, one a purpose, in Account. Their paths and names are those of AWS's examples and of error texts.
var (
	InfrastructureRole = NewRole(Account, "/", "ecsInfrastructureRole")
	LoadBalancerRole   = NewRole(Account, "/platform/ecs/", "ecsLoadBalancerRole")
	InstancesRole      = NewRole(Account, "/", "ecsInfrastructureRole-managed-ec2")
	ExpressRole        = NewRole(Account, "/service-role/", "ecsInfrastructureRoleForExpressServices")
	HookRole           = NewRole(Account, "/", "ecsLifecycleHookRole")
	LegacyRole         = NewRole(Account, "/", "ecsServiceRole")
	UnknownRole        = NewRole(Account, "/", "deploy-scheduler")
)

// Features returns every use of a customer's role that the project knows of. The calls are shared: do not change them.
func Features() []Feature {
	return []Feature{
		{"ebs-volumes", InfrastructureRole, []string{"ECSTaskVolumesForEBS"}, volumeCalls},
		{"service-connect-tls", InfrastructureRole, []string{"ECSServiceConnectForTLS"}, tlsCalls},
		{"vpc-lattice", InfrastructureRole, []string{"ECSNetworkingWithVPCLattice"}, latticeCalls},
		{"load-balancers", LoadBalancerRole, []string{"ECSNetworkingWithELB", "ecs-service-scheduler", "ECSDeploymentWithLoadBalancers"}, balancerCalls},
		{"managed-instances", InstancesRole, []string{"ECSManagedInstances", "ECSManagedInstancesForCompute", "ECSFargateManagedInstances"}, instanceCalls},
		{"express-mode", ExpressRole, []string{"ECSGateway", "ecs-service-scheduler"}, expressCalls},
		{"lifecycle-hooks", HookRole, []string{"ECS-Lambda-Execution"}, hookCalls},
		{"legacy-service-role", LegacyRole, []string{"ecs-service-scheduler"}, legacyCalls},
		{"other-ecs-session", UnknownRole, []string{"ecs-service-scheduler", "ECSBrandNewFeature", "ecs-managed-draining"}, balancerCalls[4:]},
	}
}

const createdByECS = `{"items":[{"key":"AmazonECSCreated","value":"<task>"},{"key":"AmazonECSManaged","value":"true"}]}`

var volumeCalls = []Call{
	NewCall("ec2", "DescribeAvailabilityZones", `{"availabilityZoneSet":{},"availabilityZoneIdSet":{}}`, ""),
	NewCall("ec2", "CreateVolume", `{"size":"20","zone":"<region>a","volumeType":"gp3","encrypted":true,"clientToken":"<uuid:1>","tagSpecificationSet":{"items":[{"resourceType":"volume","tags":[{"key":"AmazonECSCreated","value":"<task>"},{"key":"AmazonECSManaged","value":"true"}]}]}}`,
		`{"requestId":"<uuid:2>","volumeId":"<volume>","size":"20","zone":"<region>a","status":"creating","createTime":<millis>,"volumeType":"gp3","iops":3000,"encrypted":true,"tagSet":`+createdByECS+`,"multiAttachEnabled":false}`),
	NewCall("kms", "GenerateDataKeyWithoutPlaintext", `{"encryptionContext":{"aws:ebs:id":"<volume>"},"keyId":"<key>","numberOfBytes":64}`, "").on(kmsKey).via("ec2.amazonaws.com"),
	NewCall("kms", "CreateGrant", `{"keyId":"<key>","granteePrincipal":"ec2-frontend-api.<region>.amazonaws.com","operations":["Decrypt"],"constraints":{"encryptionContextSubset":{"aws:ebs:id":"<volume>"}}}`, `{"grantId":"<hex:64>","keyId":"<key>"}`).on(kmsKey).via("ec2.amazonaws.com"),
	NewCall("ec2", "CreateTags", `{"resourcesSet":{"items":[{"resourceId":"<volume>"}]},"tagSet":`+createdByECS+`}`, `{"requestId":"<uuid:2>","_return":true}`),
	NewCall("ec2", "DescribeInstances", `{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "AttachVolume", `{"volumeId":"<volume>","instanceId":"<instance>","device":"/dev/xvdba","deleteOnTermination":true}`,
		`{"requestId":"<uuid:2>","volumeId":"<volume>","instanceId":"<instance>","device":"/dev/xvdba","status":"attaching","attachTime":<millis>,"deleteOnTermination":true}`),
	NewCall("ec2", "DescribeVolumes", `{"volumeSet":{"items":[{"volumeId":"<volume>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DetachVolume", `{"volumeId":"<volume>","instanceId":"<instance>","force":false}`,
		`{"requestId":"<uuid:2>","volumeId":"<volume>","instanceId":"<instance>","device":"/dev/xvdba","status":"detaching","attachTime":<millis>}`),
	NewCall("ec2", "DeleteVolume", `{"volumeId":"<volume>","reportVolumeFailure":false}`, `{"requestId":"<uuid:2>","_return":true}`),
}

var tlsCalls = []Call{
	NewCall("acm-pca", "DescribeCertificateAuthority", `{"certificateAuthorityArn":"<authority>"}`, ""),
	NewCall("secretsmanager", "CreateSecret", `{"name":"ecs-sc!<service>","clientRequestToken":"<uuid:1>","description":"Service Connect TLS","forceOverwriteReplicaSecret":false,"tags":[{"key":"AmazonECSCreated","value":"<serviceArn>"},{"key":"AmazonECSManaged","value":"true"}]}`, `{"arn":"<secret>"}`),
	NewCall("secretsmanager", "TagResource", `{"secretId":"<secret>","tags":[{"key":"AmazonECSManaged","value":"true"}]}`, ""),
	NewCall("acm-pca", "IssueCertificate", `{"certificateAuthorityArn":"<authority>","csr":{"hb":[<bytes:64>],"offset":0,"isReadOnly":false,"bigEndian":true,"nativeByteOrder":false,"mark":-1,"position":0,"limit":64,"capacity":64,"address":0},"signingAlgorithm":"SHA256WITHECDSA","validity":{"value":7,"type":"DAYS"},"templateArn":"arn:aws:acm-pca:::template/EndEntityCertificate/V1","idempotencyToken":"<hex:16>"}`, `{"certificateArn":"<issued>"}`),
	NewCall("acm-pca", "GetCertificate", `{"certificateAuthorityArn":"<authority>","certificateArn":"<issued>"}`, ""),
	NewCall("acm-pca", "GetCertificateAuthorityCertificate", `{"certificateAuthorityArn":"<authority>"}`, ""),
	NewCall("secretsmanager", "PutSecretValue", `{"secretId":"<secret>","clientRequestToken":"<uuid:1>","versionStages":["AWSPENDING"]}`, `{"arn":"<secret>"}`),
	NewCall("secretsmanager", "UpdateSecretVersionStage", `{"secretId":"<secret>","versionStage":"AWSCURRENT","moveToVersionId":"<uuid:1>"}`, `{"arn":"<secret>"}`),
	NewCall("secretsmanager", "RotateSecret", `{"secretId":"<secret>","clientRequestToken":"<uuid:1>","rotationRules":{"automaticallyAfterDays":5},"rotateImmediately":true}`, `{"arn":"<secret>"}`),
	NewCall("secretsmanager", "DescribeSecret", `{"secretId":"<secret>"}`, ""),
	NewCall("secretsmanager", "GetSecretValue", `{"secretId":"<secret>","versionStage":"AWSCURRENT"}`, ""),
	NewCall("secretsmanager", "UpdateSecret", `{"secretId":"<secret>","clientRequestToken":"<uuid:1>"}`, `{"arn":"<secret>"}`),
	NewCall("secretsmanager", "DeleteSecret", `{"secretId":"<secret>","forceDeleteWithoutRecovery":true}`, `{"arn":"<secret>","deletionDate":"Nov 14, 2026, 4:11:47 PM"}`),
}

var latticeCalls = []Call{
	NewCall("ec2", "DescribeVpcs", `{"vpcSet":{"items":[{"vpcId":"<vpc>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DescribeSubnets", `{"subnetSet":{"items":[{"subnetId":"<subnet>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DescribeInstances", `{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"filterSet":{}}`, ""),
	NewCall("vpc-lattice", "GetTargetGroup", `{"targetGroupIdentifier":"<latticeGroup>"}`, ""),
	NewCall("vpc-lattice", "RegisterTargets", `{"targetGroupIdentifier":"<latticeGroup>","targets":[{"id":"<addressInside>","port":8080}]}`, `{"successful":[{"id":"<addressInside>","port":8080}],"unsuccessful":[]}`),
	NewCall("vpc-lattice", "ListTargets", `{"targetGroupIdentifier":"<latticeGroup>","targets":[{"id":"<addressInside>","port":8080}]}`, ""),
	NewCall("vpc-lattice", "DeregisterTargets", `{"targetGroupIdentifier":"<latticeGroup>","targets":[{"id":"<addressInside>","port":8080}]}`, `{"successful":[{"id":"<addressInside>","port":8080}],"unsuccessful":[]}`),
}

// balancer is a call to Elastic Load Balancing, which writes its API version into the record.
func balancer(name, parameters, response string) Call {
	c := NewCall("elasticloadbalancing", name, parameters, response)
	c.APIVersion = "2015-12-01"
	return c
}

const weightedForward = `[{"type":"forward","order":1,"forwardConfig":{"targetGroups":[{"targetGroupArn":"<targetGroup>","weight":100},{"targetGroupArn":"<targetGroup>-green","weight":0}]}}]`

var balancerCalls = []Call{
	balancer("DescribeListeners", `{"listenerArns":["<listener>"]}`, ""),
	balancer("DescribeRules", `{"ruleArns":["<rule>"]}`, ""),
	balancer("ModifyListener", `{"listenerArn":"<listener>","defaultActions":`+weightedForward+`}`, `{"listeners":[{"listenerArn":"<listener>","loadBalancerArn":"<loadBalancer>","port":443,"protocol":"HTTPS","defaultActions":`+weightedForward+`}]}`),
	balancer("ModifyRule", `{"ruleArn":"<rule>","actions":`+weightedForward+`}`, `{"rules":[{"ruleArn":"<rule>","priority":"10","isDefault":false,"actions":`+weightedForward+`}]}`),
	balancer("DescribeTargetGroups", `{"targetGroupArns":["<targetGroup>"]}`, ""),
	balancer("DescribeTargetHealth", `{"targetGroupArn":"<targetGroup>","targets":[{"id":"<addressInside>","port":8080}]}`, ""),
	balancer("RegisterTargets", `{"targetGroupArn":"<targetGroup>","targets":[{"id":"<addressInside>","port":8080,"availabilityZone":"<region>a"}]}`, ""),
	balancer("DeregisterTargets", `{"targetGroupArn":"<targetGroup>","targets":[{"id":"<addressInside>","port":8080}]}`, ""),
}

const instanceTags = `{"resourceType":"instance","Tag":[{"Key":"AmazonECSManaged","Value":"true"},{"Key":"aws:ecs:clusterName","Value":"<cluster>"}]}`

var instanceCalls = []Call{
	NewCall("ec2", "DescribeInstanceTypes", `{"instanceTypeSet":{"items":[{"instanceType":"m7g.large"},{"instanceType":"c7g.xlarge"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DescribeInstanceTypeOfferings", `{"DescribeInstanceTypeOfferingsRequest":{"LocationType":"availability-zone"}}`, ""),
	NewCall("ec2", "DescribeAvailabilityZones", `{"availabilityZoneSet":{},"availabilityZoneIdSet":{}}`, ""),
	NewCall("ec2", "DescribeSubnets", `{"subnetSet":{"items":[{"subnetId":"<subnet>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DescribeSecurityGroups", `{"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"<securityGroup>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DescribeVpcs", `{"vpcSet":{"items":[{"vpcId":"<vpc>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DescribeCapacityReservations", `{"DescribeCapacityReservationsRequest":{"MaxResults":100}}`, ""),
	NewCall("ec2", "CreateLaunchTemplate", `{"CreateLaunchTemplateRequest":{"LaunchTemplateName":"ecs-<cluster>-<hex:8>","LaunchTemplateData":{"ImageId":"<image>","TagSpecification":`+instanceTags+`},"ClientToken":"<uuid:1>"}}`, `{"CreateLaunchTemplateResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","requestId":"<uuid:2>","launchTemplate":{"launchTemplateId":"<launchTemplate>","defaultVersionNumber":1,"latestVersionNumber":1,"operator":{"managed":true,"principal":"ecs.amazonaws.com"}}}}`),
	NewCall("ec2", "CreateFleet", `{"CreateFleetRequest":{"Type":"instant","ClientToken":"<uuid:1>","TargetCapacitySpecification":{"TotalTargetCapacity":1,"DefaultTargetCapacityType":"on-demand"},"LaunchTemplateConfigs":{"tag":1,"LaunchTemplateSpecification":{"LaunchTemplateId":"<launchTemplate>","Version":"$Latest"}},"TagSpecification":`+instanceTags+`}}`, `{"CreateFleetResponse":{"xmlns":"http://ec2.amazonaws.com/doc/2016-11-15/","requestId":"<uuid:2>","fleetId":"<fleet>","fleetInstanceSet":{"item":{"instanceIds":{"item":"<instance>"},"instanceType":"m7g.large","lifecycle":"on-demand"}}}}`),
	NewCall("ec2", "RunInstances", `{"instancesSet":{"items":[{"minCount":1,"maxCount":1}]},"instanceType":"m7g.large","subnetId":"<subnet>","launchTemplate":{"launchTemplateId":"<launchTemplate>","version":"1"},"clientToken":"<fleet>-0-0","monitoring":{"enabled":false}}`, `{"requestId":"<uuid:2>","reservationId":"r-0<hex:16>","ownerId":"<account>","instancesSet":{"items":[{"instanceId":"<instance>","imageId":"<image>","instanceState":{"code":0,"name":"pending"},"instanceType":"m7g.large","launchTime":<millis>,"subnetId":"<subnet>","vpcId":"<vpc>","privateIpAddress":"<addressInside>"}]}}`).via("AWS Internal"),
	NewCall("ec2", "CreateTags", `{"resourcesSet":{"items":[{"resourceId":"<instance>"}]},"tagSet":{"items":[{"key":"AmazonECSManaged","value":"true"}]}}`, `{"requestId":"<uuid:2>","_return":true}`),
	NewCall("ec2", "DescribeInstances", `{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"filterSet":{}}`, ""),
	NewCall("ec2", "DescribeLaunchTemplates", `{"DescribeLaunchTemplatesRequest":{"LaunchTemplateId":{"tag":1,"content":"<launchTemplate>"}}}`, ""),
	NewCall("ec2", "CreateLaunchTemplateVersion", `{"CreateLaunchTemplateVersionRequest":{"LaunchTemplateId":"<launchTemplate>","LaunchTemplateData":{"ImageId":"<image>"}}}`, ""),
	NewCall("ec2", "ModifyLaunchTemplate", `{"ModifyLaunchTemplateRequest":{"LaunchTemplateId":"<launchTemplate>","SetDefaultVersion":"2"}}`, ""),
	NewCall("resource-groups", "ListGroupResources", `{"group":"<cluster>-reservations"}`, ""),
	NewCall("cloudformation", "DescribeStacks", `{"stackName":"<stack>"}`, ""),
	NewCall("tagging", "GetResources", `{"tagFilters":[{"key":"AmazonECSManaged","values":["true"]}]}`, ""),
}

var hookCalls = []Call{
	NewCall("lambda", "Invoke", `{"functionName":"arn:aws:lambda:<region>:<account>:function:<function>","invocationType":"RequestResponse"}`, "").on(`[{"accountId":"<account>","type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:<region>:<account>:function:<function>"}]`),
}

var legacyCalls = []Call{
	NewCall("elasticloadbalancing", "RegisterInstancesWithLoadBalancer", `{"loadBalancerName":"<cluster>-classic","instances":[{"instanceId":"<instance>"}]}`, `{"instances":[{"instanceId":"<instance>"}]}`),
	NewCall("elasticloadbalancing", "DeregisterInstancesFromLoadBalancer", `{"loadBalancerName":"<cluster>-classic","instances":[{"instanceId":"<instance>"}]}`, `{"instances":[]}`),
	NewCall("elasticloadbalancing", "DescribeInstanceHealth", `{"loadBalancerName":"<cluster>-classic"}`, ""),
	NewCall("ec2", "DescribeInstances", `{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"filterSet":{}}`, ""),
}
