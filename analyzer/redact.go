package analyzer

import (
	"slices"
	"strings"
	"unicode"

	"roletrail/ingest/record"
)

// redacted stands in place of a credential.
const redacted = `"REDACTED"`

// secretNames are what the names of members hold, in lower case and without - and _, whose values are credentials. CloudTrail
// writes responseElements.credentials of AssumeRole whole (AWS CloudTrail User Guide, "IAM and AWS STS events"); other services
// leave secrets out, mostly, but not the options of a log driver (Amazon ECS Developer Guide, "Send Amazon ECS logs to an AWS
// service or AWS Partner"). Access key IDs are no secrets, and tell which calls belong to a session.
var secretNames = []string{
	"sessiontoken", "securitytoken", "secretaccesskey", "secretkey", "secretstring", "secretbinary", "clientsecret", "password", "passwd", "passphrase",
	"privatekey", "keymaterial", "accesstoken", "refreshtoken", "idtoken", "authtoken", "authorizationtoken", "webidentitytoken", "tokenvalue",
	"samlassertion", "tokencode", "authenticationcode", "base32stringseed", "qrcodepng", "apikey", "licensekey", "splunktoken", "userdata",
}

// secretWords are the names that are a credential's only if they are all of it: an authorizationConfig is none, nor a nextToken.
var secretWords = []string{"authorization", "token"}

// secretTexts are what texts hold, in lower case, that are credentials or signed with one: signed addresses and headers (IAM User
// Guide, "Create a signed AWS API request"; Amazon CloudFront Developer Guide, "Use signed URLs"), keys in PEM form, and
// session tokens, by how each form of them begins.
var secretTexts = []string{"signature=", "x-amz-credential=", "private key-----", "iqojb3jpz2lux2vj", "fwogzxivyxdz", "fqogzxivyxdz", "aqodyxdz"}

// redact returns the text of an event with its credentials taken out, whatever their type. It has passed Check.
func redact(event []byte) []byte {
	return record.Value(event).Replace(nil, func(name string, v record.Value) string {
		if isSecret(name) || v.IsContainer() && isEnvironment(name) || holdsSecret(strings.ToLower(v.Text())) {
			return redacted
		}
		return ""
	})
}

var nameMarks = strings.NewReplacer("-", "", "_", "")

// isSecret reports whether a name is one of a credential.
func isSecret(name string) bool {
	name = nameMarks.Replace(strings.ToLower(name))
	return slices.Contains(secretWords, name) || slices.ContainsFunc(secretNames, func(secret string) bool { return strings.Contains(name, secret) })
}

// isEnvironment reports whether a name is one of a program's environment: people put secrets there, under any name.
func isEnvironment(name string) bool {
	name = strings.ToLower(name)
	return name == "environment" || strings.Contains(name, "environmentvariables")
}

// holdsSecret reports whether a credential stands in a text in lower case: one that is known by its looks, or the value of a
// name of one, be it as name=value or in JSON within the text.
func holdsSecret(text string) bool {
	if slices.ContainsFunc(secretTexts, func(secret string) bool { return strings.Contains(text, secret) }) {
		return true
	}
	for i := range len(text) {
		if text[i] != ':' && text[i] != '=' {
			continue
		}
		before := strings.TrimRight(text[:i], "\\\"' \t\r\n")
		if text[i] == ':' && len(before) == i {
			continue // colons between words are those of ARNs, which name secrets and hold none
		}
		if isSecret(before[strings.LastIndexFunc(before, endsWord)+1:]) {
			return true
		}
	}
	return false
}

func endsWord(r rune) bool {
	return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}
