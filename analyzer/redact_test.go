package analyzer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roletrail/internal/trailgen"
)

func TestRedact(t *testing.T) {
	for _, test := range []struct{ name, event, want string }{
		{"nothing is secret", `{ "eventName":"RunTask",  "n":1.50e3 ,"x":"\u0061\/" , "a":[ null,true ] }`, `{ "eventName":"RunTask",  "n":1.50e3 ,"x":"\u0061\/" , "a":[ null,true ] }`},
		{"AssumeRole", `{"credentials":{"accessKeyId":"ASIA1EXAMPLE","sessionToken":"x","expiration":"y"}}`, `{"credentials":{"accessKeyId":"ASIA1EXAMPLE","sessionToken":"REDACTED","expiration":"y"}}`},
		{"any case", `{"SessionToken":1,"SESSIONTOKEN":2,"secretAccessKey":3,"SecretAccessKey":4}`, `{"SessionToken":"REDACTED","SESSIONTOKEN":"REDACTED","secretAccessKey":"REDACTED","SecretAccessKey":"REDACTED"}`},
		{"any spelling", `{"client_secret":"a","X-Amz-Security-Token":"b","master_user_password":"c"}`, `{"client_secret":"REDACTED","X-Amz-Security-Token":"REDACTED","master_user_password":"REDACTED"}`},
		{"escaped names", `{"session\u0054oken":"a","\u0070assword":"b"}`, `{"session\u0054oken":"REDACTED","\u0070assword":"REDACTED"}`},
		{"any type", `{"password":{"a":[1]},"secretString":["b",{}],"privateKey":null,"passphrase":{},"tokenCode":7}`, `{"password":"REDACTED","secretString":"REDACTED","privateKey":"REDACTED","passphrase":"REDACTED","tokenCode":"REDACTED"}`},
		{"twice", `{"password":"a","password":"b"}`, `{"password":"REDACTED","password":"REDACTED"}`},
		{"deep", `{"a":[[{"b":[{"idToken":"a"}]}]]}`, `{"a":[[{"b":[{"idToken":"REDACTED"}]}]]}`},
		{"signed addresses", `{"a":["https://x/?X-Amz-Signature=0f&b=1","https://x/?Expires=1&Signature=0f","x-amz-credential\u003dAKIA"]}`, `{"a":["REDACTED","REDACTED","REDACTED"]}`},
		{"session tokens under any name", `{"a":"IQoJb3JpZ2luX2VjEXAMPLE","b":"see FwoGZXIvYXdzEXAMPLE","c":["FQoGZXIvYXdzEXAMPLE","AQoDYXdzEXAMPLE"],"d":"IQoJb3"}`, `{"a":"REDACTED","b":"REDACTED","c":["REDACTED","REDACTED"],"d":"IQoJb3"}`},
		{"keys under any name", `{"a":"-----BEGIN RSA PRIVATE KEY-----\nMII","b":"-----BEGIN CERTIFICATE-----\nMII"}`, `{"a":"REDACTED","b":"-----BEGIN CERTIFICATE-----\nMII"}`},
		{"environments", `{"environment":[{"name":"DB","value":"hunter2"}],"environmentVariables":{"A":"b"},"environmentFiles":[{"value":"arn:aws:s3:::a"}]}`, `{"environment":"REDACTED","environmentVariables":"REDACTED","environmentFiles":[{"value":"arn:aws:s3:::a"}]}`},
		{"what an environment is called", `{"environment":"production"}`, `{"environment":"production"}`},
		{"log drivers", `{"options":{"splunk-token":"a","apikey":"b","license_key":"c","HTTP_Passwd":"d","splunk-url":"e"}}`, `{"options":{"splunk-token":"REDACTED","apikey":"REDACTED","license_key":"REDACTED","HTTP_Passwd":"REDACTED","splunk-url":"e"}}`},
		{"names that hold the word", `{"token":"a","Authorization":"b","nextToken":"c","clientRequestToken":"d","authorizationConfig":{"iam":"ENABLED"},"authorizationType":"NONE"}`, `{"token":"REDACTED","Authorization":"REDACTED","nextToken":"c","clientRequestToken":"d","authorizationConfig":{"iam":"ENABLED"},"authorizationType":"NONE"}`},
		{"JSON in a text", `{"input":"{\"a\":{\"sessionToken\" : \"x\"}}","detail":"{\"eventName\":\"AssumeRole\"}"}`, `{"input":"REDACTED","detail":"{\"eventName\":\"AssumeRole\"}"}`},
		{"JSON in JSON in a text", `{"input":"{\"a\":\"{\\\"sessionToken\\\":\\\"x\\\"}\"}"}`, `{"input":"REDACTED"}`},
		{"JSON cut off", `{"input":"[{\"master-password\":\"hun"}`, `{"input":"REDACTED"}`},
		{"arguments", `{"command":["--db-password=hunter2","PASSWORD = x","--verbose","token='x'"]}`, `{"command":["REDACTED","REDACTED","--verbose","REDACTED"]}`},
		{"what secrets are called", `{"valueFrom":"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf:password::","eventName":"GetPasswordData","a":"password","secretId":"db"}`, `{"valueFrom":"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf:password::","eventName":"GetPasswordData","a":"password","secretId":"db"}`},
		{"policies", `{"policyDocument":"{\"Statement\":[{\"Action\":[\"iam:ChangePassword\",\"secretsmanager:GetSecretValue\"],\"Condition\":{\"Bool\":{\"aws:TokenIssueTime\":\"1\"}}}]}"}`, `{"policyDocument":"{\"Statement\":[{\"Action\":[\"iam:ChangePassword\",\"secretsmanager:GetSecretValue\"],\"Condition\":{\"Bool\":{\"aws:TokenIssueTime\":\"1\"}}}]}"}`},
	} {
		if got := string(redact([]byte(test.event))); got != test.want {
			t.Errorf("%s: %s\n got %s\nwant %s", test.name, test.event, got, test.want)
		}
	}
}

// TestRedactKeepsTheRest makes sure that the events of the generator lose their session tokens and nothing else.
func TestRedactKeepsTheRest(t *testing.T) {
	b := generator()
	at := time.Date(2026, 11, 14, 11, 12, 2, 0, time.UTC)
	opened := b.AssumeRole(at, trailgen.ServiceCaller(trailgen.ECS), trailgen.InfrastructureRole, "ECSTaskVolumesForEBS")
	const path = "responseElements.credentials.sessionToken"
	want, token := text(t, opened.With(path, "REDACTED")), opened.Text(path)
	if got := string(redact([]byte(text(t, opened)))); got != want || token == "" || strings.Contains(got, token) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for _, call := range generatedCalls() {
		event := text(t, b.Event(at, trailgen.UserCaller(trailgen.Account, "alice", "198.51.100.7"), call))
		// What CloudTrail takes out itself is taken for the credential that it was.
		want := strings.Replace(event, `"Value hidden due to security reasons."`, redacted, 1)
		if got := string(redact([]byte(event))); got != want {
			t.Errorf("%s %s\n got %s\nwant %s", call.Service, call.Name, got, want)
		}
	}
}

// generatedCalls are all calls that the generator makes of ECS and of those who set it up.
func generatedCalls() (calls []trailgen.Call) {
	for _, f := range trailgen.Features() {
		calls = append(calls, f.Calls...)
	}
	for _, f := range trailgen.LinkedFeatures() {
		calls = append(calls, f.Calls...)
	}
	for _, r := range trailgen.References() {
		calls = append(calls, r.Call)
	}
	return slices.Concat(calls, trailgen.RoleChanges(), trailgen.TrailChanges())
}

func text(t *testing.T, o trailgen.Object) string {
	t.Helper()
	data, err := trailgen.Form{Container: trailgen.Lines, Plain: true}.Encode(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// generator makes events in which every placeholder of the calls stands for something.
func generator() *trailgen.Builder {
	b := trailgen.NewBuilder(1)
	b.Name("roleArn", trailgen.InfrastructureRole.ARN)
	b.Name("roleName", "ecsInfrastructureRole")
	b.Name("policyArn", "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForVolumes")
	return b
}

// planter draws JSON in which the word hunter2 stands in places where a credential does, and nowhere else.
type planter struct {
	*rapid.T
	planted int
}

func (p *planter) value(depth int) string {
	kind := rapid.IntRange(0, 9).Draw(p.T, "kind")
	if depth == 0 {
		kind %= 4
	}
	switch kind {
	case 0:
		return rapid.SampledFrom([]string{"null", "true", "-1.5e3", "\"\"", "\"arn:aws:iam::111122223333:role/a\"", "[]", "{ }"}).Draw(p.T, "scalar")
	case 1:
		return quoted(rapid.String().Draw(p.T, "text"))
	case 2, 3:
		return p.secretText()
	case 4, 5:
		return "[" + p.value(depth-1) + " ,\t" + p.value(depth-1) + "]"
	}
	var b strings.Builder
	for i := range rapid.IntRange(1, 4).Draw(p.T, "members") {
		if i > 0 {
			b.WriteString(",\n")
		}
		if rapid.Bool().Draw(p.T, "secret") {
			b.WriteString(p.secretMember())
		} else {
			b.WriteString(quoted(rapid.SampledFrom([]string{"a", "", "accessKeyId", "x\"y", "nextToken", "é"}).Draw(p.T, "name")) + ": " + p.value(depth-1))
		}
	}
	return "{" + b.String() + "}"
}

// secretMember is a member with the name of a credential, written in some way, and a value of any type.
func (p *planter) secretMember() string {
	p.planted++
	name := []byte(rapid.SampledFrom(append([]string{"x-Amz-Security-Token", "MASTER_USER_PASSWORD"}, slices.Concat(secretNames, secretWords)...)).Draw(p.T, "secret name"))
	if rapid.Bool().Draw(p.T, "upper") {
		name = bytes.ToUpper(name)
	}
	escape := rapid.IntRange(-1, len(name)-1).Draw(p.T, "escape")
	var key strings.Builder
	for i, c := range name {
		if i == escape {
			fmt.Fprintf(&key, `\u%04X`, c)
		} else {
			key.WriteByte(c)
		}
	}
	value := rapid.SampledFrom([]string{`"hunter2"`, `{"a":["hunter2"]}`, `["x",{"b":{"hunter2":1}}]`, `"\"}],hunter2"`, ` [ [ "hunter2" ] ] `}).Draw(p.T, "secret value")
	return `"` + key.String() + `" : ` + value
}

// secretText is a string with a credential in it.
func (p *planter) secretText() string {
	p.planted++
	text := rapid.SampledFrom([]string{
		"https://example.com/?X-Amz-Date=1&X-Amz-Signature=hunter2", "password=hunter2", "IQoJb3JpZ2luX2VjhunTER2", "a -----BEGIN PRIVATE KEY-----\nhunter2",
	}).Draw(p.T, "secret text")
	if rapid.Bool().Draw(p.T, "inner JSON") {
		text = "{" + p.secretMember() + "}"
		if strings.Contains(text, `\u`) { // an escaped name in JSON in a text is not looked for
			return `"password=hunter2"`
		}
		for range rapid.IntRange(0, 2).Draw(p.T, "wrapped") {
			text = `{"a":` + quoted(text) + `}`
		}
	}
	return quoted(text)
}

func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // no string is
	}
	return string(data)
}

func TestNoSecretIsLeft(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := &planter{T: rt}
		event := `{"requestParameters":` + p.value(4) + `,"eventID":"1"}`
		if !json.Valid([]byte(event)) {
			rt.Fatalf("%s is no JSON", event)
		}
		got := redact([]byte(event))
		if !json.Valid(got) {
			rt.Fatalf("%s\nbecomes %s, which is no JSON", event, got)
		}
		if strings.Contains(strings.ToLower(string(got)), "hunter2") {
			rt.Fatalf("%s\nbecomes %s", event, got)
		}
		if again := redact(got); !bytes.Equal(again, got) {
			rt.Fatalf("%s\nbecomes %s when it is done again", got, again)
		}
		if p.planted > 0 && !bytes.Contains(got, []byte(redacted)) {
			rt.Fatalf("%s\nbecomes %s, and nothing is redacted", event, got)
		}
	})
}
