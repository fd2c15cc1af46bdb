package trailgen

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 14, 11, 12, 2, 0, time.UTC)

// The keys of an AssumeRole by a service, in CloudTrail's order, as in public records of other services.
func TestAssumeRoleHasCloudTrailsKeys(t *testing.T) {
	event := NewBuilder(1).AssumeRole(noon, ServiceCaller(ECS), InfrastructureRole, "ECSTaskVolumesForEBS")
	var keys []string
	for _, m := range event {
		keys = append(keys, m.Key)
	}
	want := "eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent requestParameters responseElements " +
		"requestID eventID readOnly resources eventType managementEvent recipientAccountId sharedEventID eventCategory"
	if got := strings.Join(keys, " "); got != want {
		t.Errorf("keys\n%s\nwant\n%s", got, want)
	}
	for path, want := range map[string]string{
		"userIdentity.type": "AWSService", "userIdentity.invokedBy": "ecs.amazonaws.com", "eventTime": "2026-11-14T11:12:02Z",
		"requestParameters.roleArn":                      "arn:aws:iam::111122223333:role/ecsInfrastructureRole",
		"responseElements.credentials.expiration":        "Nov 14, 2026, 12:12:02\u202fPM",
		"responseElements.assumedRoleUser.arn":           "arn:aws:sts::111122223333:assumed-role/ecsInfrastructureRole/ECSTaskVolumesForEBS",
		"resources.0.ARN":                                "arn:aws:iam::111122223333:role/ecsInfrastructureRole",
		"recipientAccountId":                             "111122223333",
		"responseElements.assumedRoleUser.assumedRoleId": InfrastructureRole.UniqueID() + ":ECSTaskVolumesForEBS",
	} {
		if got := event.Text(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

func TestCallJoinsItsAssumeRole(t *testing.T) {
	b := NewBuilder(2)
	assume := b.AssumeRole(noon, ServiceCaller(ECS), LoadBalancerRole, "ECSNetworkingWithELB")
	session := Opened(assume, LoadBalancerRole, ECS)
	b.Name("targetGroup", "tg-of-the-test")
	call := b.Event(noon.Add(time.Minute), session.Caller(), named(balancerCalls, "RegisterTargets"))
	for path, want := range map[string]string{
		"userIdentity.sessionContext.attributes.creationDate": assume.Text("eventTime"),
		"userIdentity.sessionContext.sessionIssuer.arn":       "arn:aws:iam::111122223333:role/platform/ecs/ecsLoadBalancerRole",
		"userIdentity.arn":                 "arn:aws:sts::111122223333:assumed-role/ecsLoadBalancerRole/ECSNetworkingWithELB",
		"userIdentity.invokedBy":           ECS,
		"sourceIPAddress":                  ECS,
		"apiVersion":                       "2015-12-01",
		"requestParameters.targetGroupArn": "tg-of-the-test",
		"userIdentity.accessKeyId":         "",
	} {
		if got := call.Text(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

// EC2 keeps the parameters of calls that it refuses; other services write null.
func TestDeniedCalls(t *testing.T) {
	b := NewBuilder(3)
	by := Session{Role: ExpressRole, Name: "ECSGateway", Created: noon, InvokedBy: ECS}
	ec2 := b.Event(noon, by.Caller(), named(expressCalls, "DescribeAccountAttributes").Denied(by.ARN()))
	if ec2.Text("errorCode") != "Client.UnauthorizedOperation" || ec2.Get("requestParameters") == nil ||
		!strings.Contains(ec2.Text("errorMessage"), "assumed-role/ecsInfrastructureRoleForExpressServices/ECSGateway is not authorized to perform: ec2:DescribeAccountAttributes") {
		t.Errorf("denied by EC2: %s", ec2.JSON())
	}
	elb := b.Event(noon, by.Caller(), named(expressCalls, "CreateRule").Denied(by.ARN()))
	if elb.Text("errorCode") != "AccessDenied" || elb.Get("requestParameters") != nil {
		t.Errorf("denied by ELB: %s", elb.JSON())
	}
	alarm := b.Event(noon, by.Caller(), named(alarmCalls, "PutMetricAlarm").Denied(by.ARN()))
	if !strings.Contains(alarm.Text("errorMessage"), "cloudwatch:PutMetricAlarm") {
		t.Errorf("denied by CloudWatch: %s", alarm.Text("errorMessage"))
	}
	unnamed := b.AssumeRoleDenied(noon, ServiceCaller(ECS), Role{})
	if unnamed.Get("requestParameters") != nil || strings.Contains(unnamed.Text("errorMessage"), "arn:") {
		t.Errorf("denied AssumeRole that names no role: %s", unnamed.JSON())
	}
}

// Every template of the package expands, and to JSON.
func TestEveryCallIsJSON(t *testing.T) {
	b := NewBuilder(4)
	b.Name("roleArn", InfrastructureRole.ARN)
	b.Name("roleName", InfrastructureRole.Name())
	b.Name("policyArn", "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForVpcLattice")
	calls := append(RoleChanges(), TrailChanges()...)
	for _, f := range Features() {
		calls = append(calls, f.Calls...)
	}
	for _, f := range LinkedFeatures() {
		calls = append(calls, f.Calls...)
	}
	for _, r := range References() {
		calls = append(calls, r.Call)
	}
	for _, visitor := range noiseCallers {
		for _, c := range append(visitor.calls, visitor.also...) {
			calls = append(calls, c.Call)
		}
	}
	for _, call := range calls {
		event := b.Event(noon, ServiceCaller(ECS), call)
		if text := event.JSON(); !json.Valid(text) || strings.ContainsRune(string(text), '<') {
			t.Errorf("%s %s: %s", call.Service, call.Name, text)
		}
	}
}

func TestAcrossAccounts(t *testing.T) {
	mine, theirs := NewBuilder(5).AssumeRoleAcross(noon, otherAccount, InfrastructureRole.In(otherAccount), "deploy")
	if mine.Text("sharedEventID") == "" || mine.Text("sharedEventID") != theirs.Text("sharedEventID") || mine.Text("eventID") == theirs.Text("eventID") {
		t.Errorf("ids: %s, %s", mine.JSON(), theirs.JSON())
	}
	if mine.Text("recipientAccountId") != Account || theirs.Text("recipientAccountId") != otherAccount || theirs.Text("userIdentity.type") != "AWSAccount" {
		t.Errorf("sides: %s, %s", mine.JSON(), theirs.JSON())
	}
}
