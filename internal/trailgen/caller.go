package trailgen

import (
	"strings"
	"time"
)

// Caller is who makes a call: userIdentity and where it comes from.
type Caller struct {
	Identity        Object
	SourceIPAddress string
	UserAgent       string

	shared  bool // events bear a sharedEventID, as those of AWS services do
	remote  bool // the call came over the network: events bear tlsDetails
	console bool // the credentials came from the console
}

// ServiceCaller is an AWS service that acts by itself, named by its principal.
func ServiceCaller(principal string) Caller {
	return Caller{
		Identity:        Object{{"type", "AWSService"}, {"invokedBy", principal}},
		SourceIPAddress: principal, UserAgent: principal, shared: true,
	}
}

// UserCaller is an IAM user with an access key.
func UserCaller(account, name, address string) Caller {
	arn := "arn:aws:iam::" + account + ":user/" + name
	return Caller{
		Identity: Object{
			{"type", "IAMUser"}, {"principalId", exampleID("AIDA", arn)}, {"arn", arn}, {"accountId", account},
			{"accessKeyId", exampleID("AKIA", arn)}, {"userName", name},
		},
		SourceIPAddress: address, UserAgent: userAgents[0], remote: true,
	}
}

// RootCaller is the root user of an account, in the console.
func RootCaller(account, address string, signedIn time.Time) Caller {
	return Caller{
		Identity: Object{
			{"type", "Root"}, {"principalId", account}, {"arn", "arn:aws:iam::" + account + ":root"}, {"accountId", account},
			{"accessKeyId", exampleID("ASIA", account+signedIn.String())},
			{"sessionContext", Object{{"attributes", attributes(signedIn, "true")}}},
		},
		SourceIPAddress: address, UserAgent: userAgents[1], remote: true, console: true,
	}
}

// AccountCaller is a caller of another account, as the account that owns the resource sees it.
func AccountCaller(account, principalID, address string) Caller {
	return Caller{
		Identity:        Object{{"type", "AWSAccount"}, {"principalId", principalID}, {"accountId", account}},
		SourceIPAddress: address, UserAgent: userAgents[0], shared: true,
	}
}

// Role is an IAM role. The zero ID stands for one made of the ARN, always the same.
type Role struct {
	ARN string // with the role's path
	ID  string // the unique id, AROA...; a role that was deleted and made again has another
}

// NewRole returns a role; path begins and ends with "/".
func NewRole(account, path, name string) Role {
	return Role{ARN: "arn:aws:iam::" + account + ":role" + path + name}
}

// ServiceLinkedRole returns the service-linked role of ECS in an account.
func ServiceLinkedRole(account string) Role {
	return NewRole(account, "/aws-service-role/"+ECS+"/", "AWSServiceRoleForECS")
}

// Name is the role's name, without its path.
func (r Role) Name() string { return r.ARN[strings.LastIndexByte(r.ARN, '/')+1:] }

// Account is the account that owns the role.
func (r Role) Account() string {
	parts := strings.SplitN(r.ARN, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// In returns the role of the same path and name in another account.
func (r Role) In(account string) Role {
	_, name, _ := strings.Cut(r.ARN, ":role")
	return Role{ARN: "arn:aws:iam::" + account + ":role" + name}
}

// UniqueID is the role's id, AROA and 17 letters.
func (r Role) UniqueID() string {
	if r.ID != "" {
		return r.ID
	}
	return exampleID("AROA", r.ARN)
}

// Session is a role session. CloudTrail ties a call to the AssumeRole that opened its session by role, session name and
// Created, which is the time of that AssumeRole.
type Session struct {
	Role            Role
	Name            string
	Created         time.Time
	InvokedBy       string // the service that opened the session and makes its calls; "" for sessions used from outside
	SourceIPAddress string // of sessions used from outside; else ignored
	UserAgent       string // of sessions used from outside; else ignored
	AccessKeyID     string // left out when empty, as CloudTrail often does for sessions of services
}

// ARN is the session's ARN, in which the role's path is missing.
func (s Session) ARN() string {
	partition, _, _ := strings.Cut(strings.TrimPrefix(s.Role.ARN, "arn:"), ":")
	return "arn:" + partition + ":sts::" + s.Role.Account() + ":assumed-role/" + s.Role.Name() + "/" + s.Name
}

// Caller returns the session as the caller of its calls.
func (s Session) Caller() Caller {
	id, account := s.Role.UniqueID(), s.Role.Account()
	identity := Object{
		{"type", "AssumedRole"}, {"principalId", id + ":" + s.Name}, {"arn", s.ARN()}, {"accountId", account},
	}
	if s.AccessKeyID != "" {
		identity = append(identity, Member{"accessKeyId", s.AccessKeyID})
	}
	identity = append(identity, Member{"sessionContext", Object{
		{"sessionIssuer", Object{
			{"type", "Role"}, {"principalId", id}, {"arn", s.Role.ARN}, {"accountId", account}, {"userName", s.Role.Name()},
		}},
		{"attributes", attributes(s.Created, "false")},
	}})
	if s.InvokedBy == "" {
		agent := s.UserAgent
		if agent == "" {
			agent = userAgents[0]
		}
		return Caller{Identity: identity, SourceIPAddress: s.SourceIPAddress, UserAgent: agent, remote: true}
	}
	identity = append(identity, Member{"invokedBy", s.InvokedBy})
	return Caller{Identity: identity, SourceIPAddress: s.InvokedBy, UserAgent: s.InvokedBy}
}

func attributes(created time.Time, mfa string) Object {
	return Object{{"creationDate", created.UTC().Format(time.RFC3339)}, {"mfaAuthenticated", mfa}}
}

// exampleID makes the unique id or access key id of a thing, of its usual length and ending in EXAMPLE, as AWS's own
// examples do.
func exampleID(prefix, thing string) string {
	length := 20
	if prefix[1] == 'R' || prefix[1] == 'I' { // AROA, AIDA
		length = 21
	}
	return prefix + newRandom(hash(prefix+thing)).text(upperLetters, length-len(prefix)-len("EXAMPLE")) + "EXAMPLE"
}

// userAgents are those of callers from outside; the first two are a command line and a browser.
var userAgents = []string{
	"aws-cli/2.27.41 md/awscrt#0.26.1 ua/2.1 os/linux#6.8.0-1021-aws md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#sts.assume-role",
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	"APN/1.0 HashiCorp/1.0 Terraform/1.13.1 (+https://www.terraform.io) terraform-provider-aws/6.11.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.38.3 ua/2.1 os/linux lang/go#1.24.6 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.251.0",
	"Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#5.10.238-234.956.amzn2.x86_64 md/arch#x86_64 lang/python#3.12.11 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.40.21",
	"aws-sdk-java/2.33.4 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.147 lang/java#21.0.8 md/vendor#Amazon.com_Inc. exec-env/AWS_ECS_FARGATE cfg/retry-mode#standard",
	"aws-sdk-go-v2/1.38.3 ua/2.1 os/linux lang/go#1.25.0 md/GOOS#linux md/GOARCH#arm64 api/sts#1.38.2 m/E",
}
