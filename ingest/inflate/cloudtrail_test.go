package inflate

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// logFile returns text like a CloudTrail log file of a number of events: a few shapes of event that repeat, and in each event IDs, times and
// addresses that do not. It compresses about as well as real files do, by 9 to 12.
func logFile(seed uint64, events int) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	uuid := func() string {
		a, b := r.Uint64(), r.Uint64()
		return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&(1<<48-1))
	}
	accounts := []string{"111122223333", "444455556666", "123456789012"}
	roles := []string{"ecsInfrastructureRole", "AWSServiceRoleForECS", "deploy", "monitoring", "application-task-role"}
	agents := []string{
		"ecs.amazonaws.com",
		"aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.173.0",
		"Boto3/1.34.51 md/Botocore#1.34.51 ua/2.0 os/linux#5.10 md/arch#x86_64 lang/python#3.11.8 cfg/retry-mode#standard",
	}
	calls := []struct{ source, name, request string }{
		{"sts", "AssumeRole", `{"roleArn":"arn:aws:iam::ACCOUNT:role/ROLE","roleSessionName":"ecs-service-scheduler","durationSeconds":3600}`},
		{"ec2", "CreateNetworkInterface", `{"subnet":"subnet-ID","description":"arn:aws:ecs:us-east-1:ACCOUNT:attachment","groupSet":{"items":["sg-ID"]}}`},
		{"elasticloadbalancing", "DescribeTargetHealth", `{"targetGroupArn":"arn:aws:elasticloadbalancing:us-east-1:ACCOUNT:targetgroup/web/ID"}`},
		{"logs", "CreateLogStream", `{"logGroupName":"/ecs/ROLE","logStreamName":"ecs/web/ID"}`},
		{"kms", "Decrypt", `{"encryptionContext":{"volume":"vol-ID"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`},
		{"s3", "GetBucketAcl", `{"bucketName":"example-logs","Host":"example-logs.s3.us-east-1.amazonaws.com","acl":""}`},
	}

	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	for i := range events {
		if i > 0 {
			b.WriteByte(',')
		}
		account, role := accounts[r.IntN(len(accounts))], roles[r.IntN(len(roles))]
		call := calls[r.IntN(len(calls))]
		fmt.Fprintf(&b, `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE%s:%s",`+
			`"arn":"arn:aws:sts::%[3]s:assumed-role/%[2]s/session","accountId":"%[3]s","accessKeyId":"ASIAEXAMPLE%09[4]d",`+
			`"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::%[3]s:role/%[2]s","accountId":"%[3]s","userName":"%[2]s"},`+
			`"attributes":{"creationDate":"2024-05-01T10:%02[5]d:%02[6]dZ","mfaAuthenticated":"false"}},"invokedBy":"ecs.amazonaws.com"},`,
			role[:3], role, account, r.IntN(1e9), r.IntN(60), r.IntN(60))
		fmt.Fprintf(&b, `"eventTime":"2024-05-01T11:%02d:%02dZ","eventSource":"%s.amazonaws.com","eventName":"%s","awsRegion":"us-east-1",`+
			`"sourceIPAddress":"10.0.%d.%d","userAgent":"%s","requestParameters":`,
			r.IntN(60), r.IntN(60), call.source, call.name, r.IntN(256), r.IntN(256), agents[r.IntN(len(agents))])
		b.WriteString(strings.NewReplacer("ACCOUNT", account, "ROLE", role, "ID", fmt.Sprintf("%016x", r.Uint64())).Replace(call.request))
		fmt.Fprintf(&b, `,"responseElements":null,"requestID":"%s","eventID":"%s","readOnly":true,"eventType":"AwsApiCall",`+
			`"managementEvent":true,"recipientAccountId":"%s","eventCategory":"Management"}`, uuid(), uuid(), account)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// gzipped returns data as a gzip member written by compress/gzip.
func gzipped(tb testing.TB, data []byte, level int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
