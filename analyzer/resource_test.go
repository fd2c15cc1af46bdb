package analyzer

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roletrail/ingest/record"
	"roletrail/internal/trailgen"
)

func resource(event string) string { return resourceOf(&record.Record{Raw: []byte(event)}) }

// generatedResources are what the calls of the generator are on, by service and name. Calls that are not listed may be on
// anything.
var generatedResources = map[string]string{
	"ec2 CreateVolume": "vol-1", "ec2 AttachVolume": "vol-1", "ec2 DetachVolume": "vol-1", "ec2 DeleteVolume": "vol-1", "ec2 DescribeVolumes": "vol-1",
	"secretsmanager CreateSecret": "arn:secret", "secretsmanager TagResource": "arn:secret", "secretsmanager PutSecretValue": "arn:secret",
	"secretsmanager RotateSecret": "arn:secret", "secretsmanager DescribeSecret": "arn:secret", "secretsmanager GetSecretValue": "arn:secret",
	"secretsmanager UpdateSecret": "arn:secret", "secretsmanager UpdateSecretVersionStage": "arn:secret", "secretsmanager DeleteSecret": "arn:secret",
	"ecs CreateService": "arn:service", "ecs UpdateService": "arn:service", "ecs DeleteService": "arn:service",
	"ecs CreateExpressGatewayService": "arn:service", "ecs UpdateExpressGatewayService": "arn:service", "ecs DeleteExpressGatewayService": "arn:service",
	"ecs RunTask": "arn:task", "ecs StartTask": "arn:task",
	"ecs CreateTaskSet": "arn:taskSet", "ecs UpdateTaskSet": "arn:taskSet", "ecs DeleteTaskSet": "arn:taskSet",
	"elasticloadbalancing RegisterTargets": "arn:targetGroup", "elasticloadbalancing DeregisterTargets": "arn:targetGroup",
	"elasticloadbalancing ModifyRule": "arn:rule", "elasticloadbalancing DeleteRule": "arn:rule",
	"ec2 CreateNetworkInterface": "eni-1", "ec2 AttachNetworkInterface": "eni-1", "ec2 DeleteNetworkInterface": "eni-1",
	"ec2 CreateLaunchTemplate": "lt-1", "ec2 CreateLaunchTemplateVersion": "lt-1", "ec2 ModifyLaunchTemplate": "lt-1",
	"ec2 RunInstances": "i-1", "ec2 CreateSecurityGroup": "sg-1", "ec2 AuthorizeSecurityGroupIngress": "sg-1", "ec2 DeleteSecurityGroup": "sg-1",
	"iam CreateRole": "ecsInfrastructureRole", "iam UpdateAssumeRolePolicy": "ecsInfrastructureRole", "iam DeleteRole": "ecsInfrastructureRole",
	"iam AttachRolePolicy": "arn:policy", "iam CreatePolicyVersion": "arn:policy",
	"cloudtrail DeleteTrail": "management", "cloudtrail UpdateTrail": "management", "cloudtrail PutEventSelectors": "management",
	"lambda Invoke": "arn:aws:lambda:us-east-1:111122223333:function:hook", // which stands in resources alone
}

func TestResourcesOfGeneratedCalls(t *testing.T) {
	b := generator()
	for placeholder, name := range map[string]string{
		"volume": "vol-1", "secret": "arn:secret", "serviceArn": "arn:service", "task": "arn:task", "taskSet": "arn:taskSet", "targetGroup": "arn:targetGroup",
		"rule": "arn:rule", "interface": "eni-1", "policyArn": "arn:policy", "function": "hook",
		"launchTemplate": "lt-1", "instance": "i-1", "securityGroup": "sg-1",
	} {
		b.Name(placeholder, name)
	}
	seen := map[string]bool{}
	for _, call := range generatedCalls() {
		service := strings.TrimSuffix(call.Service, ".amazonaws.com")
		want, ok := generatedResources[service+" "+call.Name]
		if !ok || call.ErrorCode != "" && call.Parameters == "" {
			continue
		}
		seen[service+" "+call.Name] = true
		event := text(t, b.Event(time.Date(2026, 11, 14, 0, 0, 0, 0, time.UTC), trailgen.UserCaller(trailgen.Account, "alice", "198.51.100.7"), call))
		if got := resource(event); got != want {
			t.Errorf("%s %s: on %q, want %q", service, call.Name, got, want)
		}
	}
	if len(seen) != len(generatedResources) {
		t.Errorf("the generator makes %d of %d calls", len(seen), len(generatedResources))
	}
}

func TestResourceOf(t *testing.T) {
	for _, test := range []struct{ name, event, want string }{
		{"nothing", `{}`, ""},
		{"no request", `{"requestParameters":null,"responseElements":null,"resources":null}`, ""},
		{"a request that is a text", `{"requestParameters":"{\"volumeId\":\"vol-1\"}"}`, ""},
		{"a request that is a list", `{"requestParameters":[{"volumeId":"vol-1"}]}`, ""},
		{"the failed deletion of a volume", `{"errorCode":"Client.UnauthorizedOperation","requestParameters":{"volumeId":"vol-1"}}`, "vol-1"},
		{"the volume before the instance", `{"requestParameters":{"instanceId":"i-1","volumeId":"vol-1"}}`, "vol-1"},
		{"the volume of the response", `{"requestParameters":{"size":"20"},"responseElements":{"volumeId":"vol-1"}}`, "vol-1"},
		{"tags", `{"requestParameters":{"resourcesSet":{"items":[{"resourceId":"vol-1"},{"resourceId":"vol-2"}]}}}`, "vol-1"},
		{"the first of several tasks", `{"requestParameters":{"cluster":"a"},"responseElements":{"tasks":[{"taskArn":"1"},{"taskArn":"2"}]}}`, "1"},
		{"no task was started", `{"requestParameters":{"cluster":"a","taskDefinition":"web:1"},"responseElements":{"tasks":[],"failures":[{}]}}`, "web:1"},
		{"a service that was refused", `{"errorCode":"AccessDenied","requestParameters":{"cluster":"a","serviceName":"web"},"responseElements":null}`, "web"},
		{"another type", `{"requestParameters":{"volumeId":7,"secretId":{"a":"b"},"service":["x"],"name":"y"}}`, "y"},
		{"an empty name", `{"requestParameters":{"volumeId":""},"resources":[{"ARN":"arn:x"}]}`, "arn:x"},
		{"the first resource with an ARN", `{"resources":[{"type":"a"},7,{"ARN":"arn:x"},{"ARN":"arn:y"}]}`, "arn:x"},
		{"resources that are an object", `{"resources":{"ARN":"arn:x"}}`, ""},
		{"escapes", `{"request\u0050arameters":{"volume\u0049d":"vol\u002d1"}}`, "vol-1"},
		{"twice", `{"requestParameters":{"volumeId":"vol-1"},"requestParameters":{"volumeId":"vol-2","volumeId":"vol-3"}}`, "vol-3"},
		{"elsewhere", `{"additionalEventData":{"volumeId":"vol-1"},"volumeId":"vol-2"}`, ""},
	} {
		if got := resource(test.event); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestRealEvents looks at the public samples that lie beside the checkout on the machines of the project: what deletes or
// attaches a volume or reads a secret names it, and taking credentials out leaves the event JSON.
func TestRealEvents(t *testing.T) {
	root := filepath.Join("..", "..", "shared", "data")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no real samples beside the checkout")
	}
	checked := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if zipped, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			data, _ = io.ReadAll(zipped) // one is broken, and is read as far as it goes
		}
		for _, event := range realEvents(data) {
			checked++
			var said struct{ EventName, ErrorCode string }
			if err := json.Unmarshal(event, &said); err != nil {
				continue // a member of another type, which says nothing of the resource
			}
			got := resource(string(event))
			switch said.EventName {
			case "AttachVolume", "DetachVolume", "DeleteVolume", "GetSecretValue", "PutSecretValue", "DeleteSecret":
				if got == "" && said.ErrorCode == "" {
					t.Errorf("%s: %s is on nothing: %.300s", path, said.EventName, event)
				}
			}
			if clean := redact(event); !json.Valid(clean) || len(clean) > len(event)+1000 {
				t.Errorf("%s: %s becomes %.300s", path, event, clean)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 4000 {
		t.Errorf("only %d events were found", checked)
	}
}

// realEvents returns the events of a file: a Records envelope, an array, or one after the other.
func realEvents(data []byte) (events []json.RawMessage) {
	d := json.NewDecoder(bytes.NewReader(data))
	for {
		var document json.RawMessage
		if d.Decode(&document) != nil {
			return events
		}
		var envelope struct{ Records []json.RawMessage }
		var list []json.RawMessage
		switch {
		case json.Unmarshal(document, &envelope) == nil && envelope.Records != nil:
			events = append(events, envelope.Records...)
		case json.Unmarshal(document, &list) == nil:
			events = append(events, list...)
		default:
			events = append(events, document)
		}
	}
}
