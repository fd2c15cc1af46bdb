package trailgen

// weightedCall is a call with how often it occurs among those of its caller.
type weightedCall struct {
	weight int
	Call
}

// The calls that fill a trail and that the analysis has no use for, by the kind of caller that makes them. Their names,
// sizes and shares follow public samples: mostly reads of ec2, s3, kms, ssm, logs and config.

const (
	s3Detail = `{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"<alnum:74>==","bytesTransferredOut":<digits:3>}`
	s3Bucket = `[{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]`
	kmsKey   = `[{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"<key>"}]`
)

// bucketCall is a read of one subresource of a bucket.
func bucketCall(name, subresource string) Call {
	c := NewCall("s3", name, `{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","`+subresource+`":""}`, "").on(s3Bucket)
	c.Additional = s3Detail
	return c
}

var applicationCalls = []weightedCall{
	{14, NewCall("kms", "Decrypt", `{"encryptionContext":{"PARAMETER_ARN":"arn:aws:ssm:<region>:<account>:parameter/<path>"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`, "").on(kmsKey).via("AWS Internal")},
	{5, NewCall("kms", "GenerateDataKey", `{"keyId":"<key>","keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>"}}`, "").on(kmsKey).via("AWS Internal")},
	{8, NewCall("ssm", "GetParameter", `{"name":"/<path>","withDecryption":true}`, "").on(`[{"accountId":"<account>","ARN":"arn:aws:ssm:<region>:<account>:parameter/<path>"}]`)},
	{4, NewCall("ssm", "GetParametersByPath", `{"path":"/<path>","recursive":true,"withDecryption":true,"maxResults":10}`, "")},
	{6, NewCall("secretsmanager", "GetSecretValue", `{"secretId":"arn:aws:secretsmanager:<region>:<account>:secret:<path>-<alnum:6>"}`, "")},
	{6, NewCall("logs", "CreateLogStream", `{"logGroupName":"<logGroup>","logStreamName":"ecs/<service>/<taskId>"}`, "")},
	{4, NewCall("sts", "GetCallerIdentity", "", "")},
	{4, NewCall("ecr", "GetAuthorizationToken", "", "")},
	{4, NewCall("ecr", "BatchGetImage", `{"registryId":"<account>","repositoryName":"<service>","imageIds":[{"imageTag":"<hex:12>"}],"acceptedMediaTypes":["application/vnd.oci.image.manifest.v1+json","application/vnd.docker.distribution.manifest.v2+json"]}`, "")},
	{4, NewCall("dynamodb", "DescribeTable", `{"tableName":"<table>"}`, "").on(`[{"accountId":"<account>","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:<region>:<account>:table/<table>"}]`)},
	{3, NewCall("sqs", "GetQueueAttributes", `{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<queue>","attributeNames":["ApproximateNumberOfMessages","ApproximateNumberOfMessagesNotVisible"]}`, "")},
	{3, NewCall("ssm", "UpdateInstanceInformation", `{"instanceId":"<instance>","agentVersion":"3.3.2299.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"<addressInside>","computerName":"ip-<hex:8>.ec2.internal","agentName":"amazon-ssm-agent","availabilityZone":"<region>a"}`, "")},
	// A log line, an event or a payload may quote a whole record: text inside a string, not a record.
	{2, NewCall("logs", "PutLogEvents", `{"logGroupName":"<logGroup>","logStreamName":"audit/<hex:32>","logEvents":[{"timestamp":<millis>,"message":"`+quotedRecord+`"}]}`, "")},
	{1, NewCall("events", "PutEvents", `{"entries":[{"source":"audit.forwarder","detailType":"AWS API Call via CloudTrail","detail":"`+quotedRecord+`","eventBusName":"default"}]}`, `{"failedEntryCount":0,"entries":[{"eventId":"<uuid:1>"}]}`)},
}

// quotedRecord is an AssumeRole record as it stands inside a JSON string.
const quotedRecord = `{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"AWSService\",\"invokedBy\":\"ecs.amazonaws.com\"},\"eventTime\":\"<time>\",\"eventSource\":\"sts.amazonaws.com\",\"eventName\":\"AssumeRole\",\"awsRegion\":\"<region>\",\"requestParameters\":{\"roleArn\":\"arn:aws:iam::<account>:role\/quotedRole\",\"roleSessionName\":\"ECSTaskVolumesForEBS\"},\"eventID\":\"<uuid:9>\"}\n`

var describeCalls = []weightedCall{
	{10, NewCall("ec2", "DescribeInstances", `{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}}]}}`, "")},
	{5, NewCall("ec2", "DescribeVolumes", `{"maxResults":500,"volumeSet":{},"filterSet":{}}`, "")},
	{5, NewCall("ec2", "DescribeSecurityGroups", `{"maxResults":1000,"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"<securityGroup>"}]},"filterSet":{}}`, "")},
	{5, NewCall("ec2", "DescribeSubnets", `{"subnetSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"<vpc>"}]}}]}}`, "")},
	{5, NewCall("ec2", "DescribeNetworkInterfaces", `{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"<interface>"}]},"filterSet":{}}`, "")},
	{4, NewCall("ec2", "DescribeInstanceStatus", `{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"filterSet":{},"includeAllInstances":true}`, "")},
	{4, NewCall("ec2", "DescribeVpcs", `{"vpcSet":{},"filterSet":{}}`, "")},
	{4, NewCall("ec2", "DescribeRouteTables", `{"maxResults":100,"routeTableIdSet":{},"filterSet":{}}`, "")},
	{3, NewCall("ec2", "DescribeRegions", `{"regionSet":{},"allRegions":true}`, "")},
	{3, NewCall("ec2", "DescribeTags", `{"maxResults":1000,"filterSet":{"items":[{"name":"resource-id","valueSet":{"items":[{"value":"<instance>"},{"value":"<volume>"}]}}]}}`, "")},
	{2, NewCall("ec2", "DescribeAvailabilityZones", `{"availabilityZoneSet":{},"availabilityZoneIdSet":{},"filterSet":{}}`, "")},
	{6, NewCall("monitoring", "DescribeAlarms", `{"maxRecords":100,"alarmTypes":["MetricAlarm","CompositeAlarm"]}`, "")},
	{4, NewCall("autoscaling", "DescribeAutoScalingGroups", `{"maxRecords":100,"autoScalingGroupNames":["<cluster>-asg"]}`, "")},
	{4, NewCall("elasticloadbalancing", "DescribeTargetHealth", `{"targetGroupArn":"<targetGroup>"}`, "")},
	{3, NewCall("elasticloadbalancing", "DescribeLoadBalancers", `{"pageSize":400}`, "")},
	{4, NewCall("rds", "DescribeDBInstances", `{"dBInstanceIdentifier":"<database>"}`, "")},
	{3, NewCall("lambda", "ListFunctions20150331", `{"maxItems":50}`, "")},
	{3, NewCall("lambda", "GetFunctionConfiguration20150331v2", `{"functionName":"<function>"}`, "")},
	{4, NewCall("ecs", "DescribeServices", `{"cluster":"<cluster>","services":["<service>"],"include":["TAGS"]}`, "")},
	{3, NewCall("ecs", "DescribeTasks", `{"cluster":"<clusterArn>","tasks":["<task>"]}`, "")},
	{2, NewCall("ecs", "ListTasks", `{"cluster":"<cluster>","serviceName":"<service>","maxResults":100}`, "")},
	{2, NewCall("logs", "DescribeLogGroups", `{"logGroupNamePrefix":"<logGroup>","limit":50}`, "")},
	{2, NewCall("cloudtrail", "LookupEvents", `{"lookupAttributes":[{"attributeKey":"EventName","attributeValue":"AssumeRole"},{"attributeKey":"EventSource","attributeValue":"sts.amazonaws.com"}],"startTime":"<time>","maxResults":50}`, "")},
	// Queries spell what they look for; some writers escape what needs no escape.
	{1, NewCall("athena", "StartQueryExecution", `{"queryString":"SELECT useridentity.arn FROM cloudtrail_logs WHERE eventsource\u003d\u0027sts.amazonaws.com\u0027 AND eventname \u003d \u0027\u0041ssumeRole\u0027 AND requestparameters LIKE \u0027%ECSTaskVolumesForEBS%\u0027","clientRequestToken":"<uuid:2>","queryExecutionContext":{"database":"audit","eventName":"AssumeRole","eventSource":"sts.amazonaws.com"},"workGroup":"primary"}`, `{"queryExecutionId":"<uuid:1>"}`)},
}

var configCalls = []weightedCall{
	{4, bucketCall("GetBucketAcl", "acl")}, {3, bucketCall("GetBucketLogging", "logging")},
	{3, bucketCall("GetBucketTagging", "tagging")}, {3, bucketCall("GetBucketPolicy", "policy")},
	{3, bucketCall("GetBucketVersioning", "versioning")}, {3, bucketCall("GetBucketEncryption", "encryption")},
	{3, bucketCall("GetBucketPublicAccessBlock", "publicAccessBlock")}, {3, bucketCall("GetBucketLifecycle", "lifecycle")},
	{2, bucketCall("GetBucketReplication", "replication")}, {2, bucketCall("GetBucketCors", "cors")},
	{3, NewCall("ec2", "DescribeVpcAttribute", `{"vpcId":"<vpc>","attribute":"enableDnsSupport"}`, "")},
	{3, NewCall("ec2", "DescribeInstanceAttribute", `{"instanceId":"<instance>","attribute":"instanceInitiatedShutdownBehavior"}`, "")},
	{2, NewCall("ssm", "ListTagsForResource", `{"resourceType":"Parameter","resourceId":"/<path>"}`, "")},
	{2, NewCall("secretsmanager", "DescribeSecret", `{"secretId":"arn:aws:secretsmanager:<region>:<account>:secret:<path>-<alnum:6>"}`, "")},
	{2, NewCall("kms", "DescribeKey", `{"keyId":"<key>"}`, "").on(kmsKey)},
}

var deployCalls = []weightedCall{
	{4, NewCall("ecs", "RegisterTaskDefinition", `{"family":"<service>","networkMode":"awsvpc","taskRoleArn":"arn:aws:iam::<account>:role/<service>-task","executionRoleArn":"arn:aws:iam::<account>:role/ecsTaskExecutionRole","requiresCompatibilities":["FARGATE"],"cpu":"512","memory":"1024","containerDefinitions":[{"name":"<service>","image":"<account>.dkr.ecr.<region>.amazonaws.com/<service>:<hex:12>","essential":true,"portMappings":[{"containerPort":8080,"protocol":"tcp"}],"environment":[{"name":"STAGE","value":"prod"}],"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"<logGroup>","awslogs-region":"<region>","awslogs-stream-prefix":"ecs"}}}]}`, `{"taskDefinition":{"taskDefinitionArn":"<taskDefinition>","family":"<service>","status":"ACTIVE","compatibilities":["EC2","FARGATE"]}}`)},
	{4, NewCall("cloudformation", "DescribeStacks", `{"stackName":"<stack>"}`, "")},
	{3, NewCall("cloudformation", "GetTemplate", `{"stackName":"<stack>","templateStage":"Processed"}`, "")},
	{2, NewCall("cloudformation", "UpdateStack", `{"stackName":"<stack>","usePreviousTemplate":false,"capabilities":["CAPABILITY_IAM","CAPABILITY_NAMED_IAM"],"parameters":[{"parameterKey":"ImageTag"}],"clientRequestToken":"<uuid:2>"}`, `{"stackId":"arn:aws:cloudformation:<region>:<account>:stack/<stack>/<uuid:1>"}`)},
	{3, NewCall("lambda", "UpdateFunctionCode20150331v2", `{"functionName":"<function>","s3Bucket":"<bucket>","s3Key":"<function>/<hex:40>.zip","publish":true,"dryRun":false}`, `{"functionName":"<function>","functionArn":"arn:aws:lambda:<region>:<account>:function:<function>","runtime":"python3.13","role":"arn:aws:iam::<account>:role/<function>","handler":"app.handler","codeSize":<digits:7>,"timeout":30,"memorySize":256,"lastModified":"<time>","codeSha256":"<alnum:43>=","version":"<digits:2>"}`)},
	{2, NewCall("logs", "PutRetentionPolicy", `{"logGroupName":"<logGroup>","retentionInDays":30}`, "")},
	{2, NewCall("ecr", "PutImage", `{"registryId":"<account>","repositoryName":"<service>","imageTag":"<hex:12>","imageManifestMediaType":"application/vnd.oci.image.manifest.v1+json","imageManifest":"{\n   \"schemaVersion\": 2,\n   \"mediaType\": \"application/vnd.oci.image.manifest.v1+json\",\n   \"config\": {\n      \"digest\": \"sha256:<hex:64>\",\n      \"size\": 7023\n   }\n}"}`, `{"image":{"registryId":"<account>","repositoryName":"<service>","imageId":{"imageDigest":"sha256:<hex:64:2>","imageTag":"<hex:12>"}}}`)},
	{2, NewCall("ec2", "AuthorizeSecurityGroupIngress", `{"groupId":"<securityGroup>","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"10.0.0.0/8","description":"from the VPC \u0026 peers"}]}}]}}`, `{"requestId":"<uuid:1>","_return":true}`)},
	{2, NewCall("sns", "Publish", `{"topicArn":"arn:aws:sns:<region>:<account>:deployments","subject":"HIDDEN_DUE_TO_SECURITY_REASONS","message":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, `{"messageId":"<uuid:1>"}`)},
}

// globalCalls are those of services that CloudTrail records in one Region only.
var globalCalls = []weightedCall{
	{4, NewCall("iam", "GetRole", `{"roleName":"ecsInfrastructureRole"}`, "")},
	{3, NewCall("iam", "ListAttachedRolePolicies", `{"roleName":"<service>-task"}`, "")},
	{3, NewCall("iam", "ListRolePolicies", `{"roleName":"<service>-task"}`, "")},
	{2, NewCall("iam", "GetPolicyVersion", `{"policyArn":"arn:aws:iam::<account>:policy/<service>-task","versionId":"v3"}`, "")},
	{2, NewCall("iam", "GetUser", `{"userName":"<user>"}`, "")},
	{2, NewCall("iam", "ListAccessKeys", `{"userName":"<user>"}`, "")},
	{1, NewCall("iam", "SimulatePrincipalPolicy", `{"policySourceArn":"arn:aws:iam::<account>:role/ecsInfrastructureRole","actionNames":["ec2:CreateVolume","sts:AssumeRole"],"policyInputList":["{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}]}"]}`, "")},
	{2, NewCall("route53", "ListResourceRecordSets", `{"id":"<hostedZone>","maxItems":"300"}`, "")},
	{1, NewCall("cloudfront", "GetDistribution2020_05_31", `{"id":"E<alnum:13>"}`, "")},
}

var consoleCalls = []weightedCall{
	{3, NewCall("health", "DescribeEventAggregates", `{"aggregateField":"eventTypeCategory","filter":{"eventStatusCodes":["open","upcoming"],"startTimes":[{"from":"<time>"}]}}`, "")},
	{3, NewCall("notifications", "ListNotificationHubs", "", "")},
	{2, NewCall("ce", "GetCostAndUsage", `{"timePeriod":{"start":"2026-10-01","end":"2026-11-01"},"granularity":"MONTHLY","metrics":["UnblendedCost"],"groupBy":[{"type":"DIMENSION","key":"SERVICE"}]}`, "")},
	{2, NewCall("ssm", "DescribeParameters", `{"maxResults":50,"parameterFilters":[{"key":"Name","option":"Contains","values":["<service>"]}]}`, "")},
}

var serviceCalls = []weightedCall{
	{5, bucketCall("GetBucketAcl", "acl")},
	{5, NewCall("kms", "GenerateDataKey", `{"keyId":"<key>","keySpec":"AES_256","encryptionContext":{"aws:cloudtrail:arn":"arn:aws:cloudtrail:<region>:<account>:trail/management","aws:s3:arn":"arn:aws:s3:::<bucket>/AWSLogs/<account>/CloudTrail/<region>/<hex:20>.json.gz"}}`, "").on(kmsKey)},
	{3, NewCall("kms", "Decrypt", `{"encryptionContext":{"aws:lambda:FunctionArn":"arn:aws:lambda:<region>:<account>:function:<function>"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`, "").on(kmsKey)},
	{2, NewCall("lambda", "Invoke", `{"functionName":"<function>","invocationType":"Event","payload":"{\"detail\":{\"eventSource\":\"ecs.amazonaws.com\",\"eventName\":\"CreateService\"}}"}`, "")},
}
