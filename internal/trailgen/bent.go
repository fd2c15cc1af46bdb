package trailgen

import (
	"encoding/json"
	"strings"
)

// bend is a change that makes an event odd: a value that a decoder does not expect, a key that is missing.
type bend struct {
	name string
	path string
	to   any // nil removes the key, Raw("null") sets null
}

func (c bend) apply(event Object) Object {
	if c.to == nil {
		return event.Without(c.path)
	}
	return event.With(c.path, c.to)
}

// bends are the odd values that a record can have and still be JSON. What most of them do to a count is settled by one
// rule: a field that is absent or no string is empty.
var bends = []bend{
	{"no-event-id", "eventID", nil},
	{"no-recipient", "recipientAccountId", nil},
	{"no-event-time", "eventTime", nil},
	{"no-event-name", "eventName", nil},
	{"no-event-source", "eventSource", nil},
	{"no-identity", "userIdentity", nil},
	{"no-identity-type", "userIdentity.type", nil},
	{"no-parameters", "requestParameters", nil},
	{"no-resources", "resources", nil},
	{"no-response", "responseElements", nil},
	{"no-role-arn", "requestParameters.roleArn", nil},
	{"no-session-name", "requestParameters.roleSessionName", nil},
	{"no-issuer-arn", "userIdentity.sessionContext.sessionIssuer.arn", nil},
	{"no-identity-arn", "userIdentity.arn", nil},
	{"no-creation-date", "userIdentity.sessionContext.attributes.creationDate", nil},
	{"no-session-context", "userIdentity.sessionContext", nil},
	{"no-invoked-by", "userIdentity.invokedBy", nil},
	{"no-source-address", "sourceIPAddress", nil},
	{"no-region", "awsRegion", nil},
	{"null-parameters", "requestParameters", Raw("null")},
	{"null-identity", "userIdentity", Raw("null")},
	{"null-event-id", "eventID", Raw("null")},
	{"null-error", "errorCode", Raw("null")},
	{"empty-event-id", "eventID", ""},
	{"empty-event-name", "eventName", ""},
	{"empty-recipient", "recipientAccountId", ""},
	{"empty-error", "errorCode", ""},
	{"empty-resources", "resources", ""},
	{"empty-context", "userIdentity.sessionContext", ""},
	{"empty-creation-date", "userIdentity.sessionContext.attributes.creationDate", ""},
	{"empty-session-name", "requestParameters.roleSessionName", ""},
	{"empty-issuer-arn", "userIdentity.sessionContext.sessionIssuer.arn", ""},
	{"identity-text", "userIdentity", "arn:aws:iam::111122223333:user/alice"},
	{"identity-list", "userIdentity", List{Object{{"type", "AWSService"}, {"invokedBy", ECS}}}},
	{"issuer-text", "userIdentity.sessionContext.sessionIssuer", "AWSServiceRoleForECS"},
	{"attributes-list", "userIdentity.sessionContext.attributes", List{}},
	{"type-number", "userIdentity.type", 3},
	{"invoked-by-list", "userIdentity.invokedBy", List{ECS}},
	{"event-id-number", "eventID", json.Number("1234567890123456789012345678901234567890")},
	{"event-id-true", "eventID", true},
	{"event-name-number", "eventName", 1},
	{"event-source-list", "eventSource", List{"sts.amazonaws.com"}},
	{"event-source-s3-notice", "eventSource", "aws:s3"},
	{"event-time-number", "eventTime", json.Number("1.7942e9")},
	{"event-time-offset", "eventTime", "2026-11-01T14:00:00+02:00"},
	{"event-time-fraction", "eventTime", "2026-11-01T12:00:00.123456789Z"},
	{"event-time-lower", "eventTime", "2026-11-01t12:00:00z"},
	{"event-time-space", "eventTime", "2026-11-01 12:00:00Z"},
	{"event-time-leap", "eventTime", "2026-02-29T12:00:00Z"},
	{"event-time-far", "eventTime", "9999-12-31T23:59:59Z"},
	{"event-time-early", "eventTime", "0001-01-01T00:00:00Z"},
	{"creation-date-offset", "userIdentity.sessionContext.attributes.creationDate", "2026-11-01T14:00:00+02:00"},
	{"creation-date-fraction", "userIdentity.sessionContext.attributes.creationDate", "2026-11-01T12:00:00.000Z"},
	{"creation-date-number", "userIdentity.sessionContext.attributes.creationDate", 1793534400},
	{"region-number", "awsRegion", 1},
	{"recipient-number", "recipientAccountId", json.Number("111122223333")},
	{"recipient-odd", "recipientAccountId", "not an account"},
	{"error-number", "errorCode", 403},
	{"error-list", "errorCode", List{"AccessDenied"}},
	{"parameters-text", "requestParameters", `{"roleArn":"arn:aws:iam::111122223333:role/quoted"}`},
	{"parameters-list", "requestParameters", List{Object{{"roleArn", "arn:aws:iam::111122223333:role/listed"}}}},
	{"role-arn-number", "requestParameters.roleArn", 42},
	{"role-arn-name", "requestParameters.roleArn", "ecsInfrastructureRole"},
	{"role-arn-china", "requestParameters.roleArn", "arn:aws-cn:iam::111122223333:role/ecsInfrastructureRole"},
	{"role-arn-slashes", "requestParameters.roleArn", "arn:aws:iam::111122223333:role/a/b//c/"},
	{"session-name-number", "requestParameters.roleSessionName", json.Number("-0")},
	{"session-name-long", "requestParameters.roleSessionName", strings.Repeat("s", 5000)},
	{"session-name-letters", "requestParameters.roleSessionName", "ECSTaskVolumesForEBS\x00\r\n\u2028\U0001f980"},
	{"identity-arn-odd", "userIdentity.arn", "arn:aws:sts::111122223333:assumed-role/ecsInfrastructureRole"},
	{"identity-arn-slashes", "userIdentity.arn", "arn:aws:sts::111122223333:assumed-role/ecsInfrastructureRole/ECSTaskVolumesForEBS/more"},
	{"principal-id-only", "userIdentity.principalId", "no colon"},
	{"resources-object", "resources", Object{{"ARN", "arn:aws:iam::111122223333:role/x"}}},
	{"resources-mixed", "resources", List{7, nil, "text", Object{{"ARN", 9}}, Object{{"ARN", "arn:aws:iam::111122223333:role/fromResources"}}}},
	{"shared-number", "sharedEventID", 5},
	{"source-inside", "sourceIPAddress", "AWS Internal"},
	{"source-address", "sourceIPAddress", "192.0.2.44"},
	{"category-number", "eventCategory", 1},
	{"category-insight", "eventCategory", "Insight"},
	{"category-data", "eventCategory", "Data"},
	{"addendum-text", "addendum", "UPDATED_DATA"},
	{"addendum-delay", "addendum", Object{{"reason", "DELIVERY_DELAY"}}},
	{"addendum-updated", "addendum", Object{{"reason", "UPDATED_DATA"}}},
	{"message-arn", "errorMessage", "on resource: arn:aws:iam::111122223333:role/fromMessage because"},
	{"numbers", "additionalEventData", Raw(`{"big":123456789012345678901234567890,"small":1e-400,"huge":1e999,"minus":-0,"plus":1E+2}`)},
	{"surrogates", "userAgent", Raw(`"lone \ud800 and \udc00, pair \ud83e\udd80, escapes \b\f\n\r\t\/\\\""`)},
	{"not-utf8", "userAgent", Raw("\"\xff\xfe\xc0\x80 \xed\xa0\x80\"")},
	{"deep", "additionalEventData", deep(200)},
	{"look-alike-keys", "additionalEventData", Object{
		{"eventName", "AssumeRole"}, {"eventSource", "sts.amazonaws.com"}, {"userIdentity", Object{{"type", "AWSService"}, {"invokedBy", ECS}}}, {"eventTime", "2001-01-01T00:00:00Z"},
		{"requestParameters", Object{{"roleArn", InfrastructureRole.ARN}, {"roleSessionName", "ECSTaskVolumesForEBS"}}},
	}},
	{"empty-key", "", "no name"},
	{"other-case", "EventName", "AssumeRole"},
	{"detail", "detail", Object{{"eventName", "AssumeRole"}, {"eventSource", "sts.amazonaws.com"}}},
	{"records-inside", "Records", List{}},
	{"records-text", "Records", "none"},
	{"events-inside", "Events", "none"},
	{"embedded-number", "CloudTrailEvent", 1},
}
