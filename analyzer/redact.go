package analyzer

import (
	"strings"

	"roletrail/ingest/record"
)

// redacted stands in place of a credential.
const redacted = `"REDACTED"`

// secretNames are what the names of members hold, in lower case, whose values are credentials. CloudTrail writes
// responseElements.credentials of AssumeRole whole (AWS CloudTrail User Guide, "IAM and AWS STS events"); other services leave
// secrets out, mostly. Access key IDs are no secrets, and tell which calls belong to a session.
var secretNames = []string{
	"sessiontoken", "securitytoken", "secretaccesskey", "secretkey", "secretstring", "secretbinary", "clientsecret", "password", "passphrase",
	"privatekey", "accesstoken", "refreshtoken", "idtoken", "authtoken", "authorization", "webidentitytoken", "samlassertion", "tokencode",
}

// secretTexts are what signed addresses hold (IAM User Guide, "Create a signed AWS API request").
var secretTexts = []string{"x-amz-security-token=", "x-amz-signature=", "x-amz-credential="}

// redact returns the text of an event with its credentials taken out, whatever their type. It has passed Check.
func redact(event []byte) []byte {
	return record.Value(event).Replace(nil, func(name string, v record.Value) string {
		name = strings.ToLower(name)
		for _, secret := range secretNames {
			if strings.Contains(name, secret) {
				return redacted
			}
		}
		if len(v) > 0 && v[0] == '"' {
			text := strings.ToLower(v.Text())
			for _, secret := range secretTexts {
				if strings.Contains(text, secret) {
					return redacted
				}
			}
		}
		return ""
	})
}
