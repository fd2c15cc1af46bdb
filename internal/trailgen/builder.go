package trailgen

import (
	"strings"
	"time"
)

// Account is the account of events unless another is asked for: one of AWS's examples.
const Account = "111122223333"

// ECS is the service principal of Amazon ECS.
const ECS = "ecs.amazonaws.com"

// Builder makes events. It draws event ids and whatever else a test leaves open from its seed. It is not safe for use
// by several goroutines.
type Builder struct {
	Account string // recipientAccountId and the account of what the event speaks of
	Region  string // awsRegion
	random  *random
	names   names
}

// NewBuilder returns a Builder for Account in us-east-1.
func NewBuilder(seed uint64) *Builder { return newBuilder(newRandom(seed), Account, "us-east-1") }

func newBuilder(r *random, account, region string) *Builder {
	return &Builder{account, region, r, names{map[string]string{}, map[string]string{}}}
}

// In returns a Builder for another account or Region that goes on drawing from the same seed.
func (b *Builder) In(account, region string) *Builder { return newBuilder(b.random, account, region) }

// Fresh forgets the volumes, tasks, services and so on that events spoke of; the next ones speak of others.
func (b *Builder) Fresh() { clear(b.names.things) }

// Name sets what a placeholder stands for until Fresh: Name("volume", "vol-0123") makes the next calls speak of that
// volume. The text must need no escapes in JSON.
func (b *Builder) Name(placeholder, text string) { b.names.things[placeholder] = text }

// Call is an API call as CloudTrail shows it. Parameters, Response, Resources and Additional are JSON text that may
// hold placeholders.
type Call struct {
	Service    string // eventSource
	Name       string // eventName
	ReadOnly   bool
	Parameters string // requestParameters; "" is null
	Response   string // responseElements; "" is null
	Resources  string // resources; "" leaves the key out
	Additional string // additionalEventData; "" leaves the key out
	APIVersion string // apiVersion; "" leaves the key out
	Via        string // the service that made the call on the caller's behalf: sourceIPAddress and invokedBy
	ErrorCode  string // "" for a call that succeeded
	Message    string // errorMessage, with ErrorCode
}

// NewCall describes a call of a service, named without ".amazonaws.com". Whether it only reads is told by its verb.
func NewCall(service, name, parameters, response string) Call {
	return Call{Service: service + ".amazonaws.com", Name: name, ReadOnly: reads(name), Parameters: parameters, Response: response}
}

func reads(name string) bool {
	for _, verb := range []string{"Describe", "Get", "List", "Discover", "Lookup", "Head", "Search", "BatchGet", "AssumeRole", "Decrypt", "Encrypt", "GenerateDataKey"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// named returns the call of a name, which must be in the list.
func named(calls []Call, name string) Call {
	for _, c := range calls {
		if c.Name == name {
			return c
		}
	}
	panic("trailgen: no call " + name)
}

// on names the resources of the call.
func (c Call) on(resources string) Call { c.Resources = resources; return c }

// via names the service that makes the call on the caller's behalf.
func (c Call) via(service string) Call { c.Via = service; return c }

// Failed returns the call with an error. CloudTrail keeps the parameters of failed calls to EC2 and drops those of most
// other services when access was denied.
func (c Call) Failed(code, message string) Call {
	c.ErrorCode, c.Message, c.Response = code, message, ""
	if strings.HasPrefix(code, "AccessDenied") {
		c.Parameters, c.Resources = "", ""
	}
	return c
}

// Denied returns the call as it fails when a principal (an ARN) lacks the permission.
func (c Call) Denied(principal string) Call {
	action := c.action()
	message := "User: " + principal + " is not authorized to perform: " + action
	why := " because no identity-based policy allows the " + action + " action"
	switch c.Service {
	case "ec2.amazonaws.com":
		return c.Failed("Client.UnauthorizedOperation", "You are not authorized to perform this operation. "+message+why)
	case "secretsmanager.amazonaws.com", "kms.amazonaws.com", "logs.amazonaws.com", "ecs.amazonaws.com", "acm-pca.amazonaws.com":
		return c.Failed("AccessDeniedException", message+why)
	}
	return c.Failed("AccessDenied", message+why)
}

// DryRun returns the call as EC2 answers it with DryRun set and the permission given.
func (c Call) DryRun() Call {
	return c.Failed("Client.DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}

// action is the name of the call in policies and in messages about them.
func (c Call) action() string {
	service := strings.TrimSuffix(c.Service, ".amazonaws.com")
	if service == "monitoring" {
		service = "cloudwatch"
	}
	return service + ":" + c.Name
}

// Event makes the record of a call. Keys stand in CloudTrail's order. A test bends the record with With and Without.
func (b *Builder) Event(at time.Time, by Caller, call Call) Object {
	clear(b.names.event)
	at = at.UTC().Truncate(time.Second)
	source, agent := by.SourceIPAddress, by.UserAgent
	identity := by.Identity
	if call.Via != "" {
		source, agent = call.Via, call.Via
		identity = identity.With("invokedBy", call.Via)
	}
	event := make(Object, 0, 26)
	add := func(key string, value any) { event = append(event, Member{key, value}) }
	add("eventVersion", "1.11")
	add("userIdentity", identity)
	add("eventTime", at.Format(time.RFC3339))
	add("eventSource", call.Service)
	add("eventName", call.Name)
	add("awsRegion", b.Region)
	add("sourceIPAddress", source)
	add("userAgent", agent)
	if call.ErrorCode != "" {
		add("errorCode", call.ErrorCode)
		add("errorMessage", b.expand(call.Message, at))
	}
	add("requestParameters", b.json(call.Parameters, at))
	add("responseElements", b.json(call.Response, at))
	if call.Additional != "" {
		add("additionalEventData", b.json(call.Additional, at))
	}
	add("requestID", b.random.uuid())
	add("eventID", b.random.uuid())
	add("readOnly", call.ReadOnly)
	if call.Resources != "" {
		add("resources", b.json(call.Resources, at))
	}
	add("eventType", "AwsApiCall")
	if call.APIVersion != "" {
		add("apiVersion", call.APIVersion)
	}
	add("managementEvent", true)
	add("recipientAccountId", b.Account)
	if by.shared {
		add("sharedEventID", b.random.uuid())
	}
	add("eventCategory", "Management")
	if call.Via == "" && by.remote {
		version, suite := "TLSv1.3", "TLS_AES_128_GCM_SHA256"
		if b.random.chance(0.2) {
			version, suite = "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"
		}
		host := strings.TrimSuffix(call.Service, "amazonaws.com") + b.Region + ".amazonaws.com"
		add("tlsDetails", Object{{"tlsVersion", version}, {"cipherSuite", suite}, {"clientProvidedHostHeader", host}})
	}
	if by.console {
		add("sessionCredentialFromConsole", "true")
	}
	return event
}

func (b *Builder) json(template string, at time.Time) any {
	if template == "" {
		return nil
	}
	return Raw(b.expand(template, at))
}
