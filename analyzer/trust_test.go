package analyzer

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ecsService = "ecs.amazonaws.com"

func TestReadTrust(t *testing.T) {
	const (
		yes, maybe, no, unreadable = "trusts ecs.amazonaws.com", "trusts ecs.amazonaws.com under conditions", "does not trust ecs.amazonaws.com", "trust policy not readable"

		service    = `"Principal":{"Service":"ecs.amazonaws.com"}`
		condition  = `"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}`
		assume     = `"Action":"sts:AssumeRole"`
		allow      = `"Effect":"Allow"`
		allowsECS  = `{` + allow + `,` + service + `,` + assume + `}`
		allowsECSx = `{` + allow + `,` + service + `,` + assume + `,` + condition + `}`
		allowsAll  = `{` + allow + `,"Principal":"*",` + assume + `}`
	)
	policy := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	with := func(members ...string) string { return policy(`{` + strings.Join(members, ",") + `}`) }
	for _, tt := range []struct{ document, want string }{
		{policy(allowsECS), yes},
		{`{"Statement":` + allowsECS + `}`, yes}, // one statement may stand without its list
		{" \n" + policy(allowsECS) + "\t", yes},
		{with(allow, `"Principal":{"Service":["ec2.amazonaws.com","ecs.amazonaws.com"]}`, assume), yes},
		{with(allow, `"Principal":{"AWS":"*","Service":"ecs.amazonaws.com"}`, assume), yes},
		{with(allow, service, `"Action":["sts:TagSession","STS:assumerole"]`), yes},
		{with(allow, service, `"Action":"sts:*"`), yes},
		{with(allow, service, `"Action":"*"`), yes},
		{with(allow, service, `"Action":"sts:Assume*"`), yes},
		{with(allow, service, `"Action":[7,null,"sts:AssumeRole"]`), yes},
		{with(allow, service, assume, `"Condition":{}`), yes},
		{with(allow, service, assume, `"Condition":7`), yes},
		{policy(`{"Effect":"Deny","Principal":"*","Action":"*"}`, allowsECS), yes},

		{with(allow, service, assume, condition), maybe},
		{policy(allowsECSx, allowsECSx), maybe},
		{policy(allowsECSx, allowsECS), yes}, // one way is free
		{policy(allowsECS, allowsECSx), yes},

		{policy(), no},
		{with(allow, `"Principal":{"Service":"ec2.amazonaws.com"}`, assume), no},
		{with(allow, `"Principal":{"Service":"ECS.amazonaws.com"}`, assume), no},
		{with(allow, `"Principal":{"Service":"*"}`, assume), no},
		{with(allow, `"Principal":{"Service":{"a":"ecs.amazonaws.com"}}`, assume), no},
		{with(allow, `"Principal":{"AWS":"ecs.amazonaws.com"}`, assume), no},
		{with(allow, `"Principal":{"AWS":"*"}`, assume), no},
		{with(allow, `"Principal":"ecs.amazonaws.com"`, assume), no},
		{with(allow, `"Principal":["*"]`, assume), no},
		{with(allow, service, `"Action":"sts:TagSession"`), no},
		{with(allow, service, `"Action":"sts:AssumeRoleWithSAML"`), no},
		{with(allow, service), no},
		{with(`"Effect":"Deny"`, service, assume), no},
		{with(`"Effect":"allow"`, service, assume), no},
		{with(`"Effect":["Allow"]`, service, assume), no},
		{with(service, assume), no},
		{with(allow, `"Service":"ecs.amazonaws.com"`, assume), no},
		{with(allow, service, assume, `"Effect":"Deny"`), no}, // the last of a name counts
		{`{"statement":[` + allowsECS + `],"Statement":[]}`, no},

		{policy(allowsAll), unreadable},
		{with(allow, `"NotPrincipal":{"AWS":"x"}`, assume), unreadable},
		{with(allow, service, `"NotAction":"s3:*"`), unreadable},
		{policy(`{"Effect":"Deny","NotPrincipal":{"Service":"ecs.amazonaws.com"},"Action":"*"}`), no},
		{policy(allowsAll, allowsECS), yes},
		{policy(allowsECSx, allowsAll), maybe},

		{``, unreadable}, {`null`, unreadable}, {`7`, unreadable}, {`[]`, unreadable}, {`"x"`, unreadable}, {`{}`, unreadable}, {`%`, unreadable}, {`{`, unreadable},
		{policy(allowsECS) + "x", unreadable},
		{`{"Version":"2012-10-17"}`, unreadable},
		{`{"Statement":null}`, unreadable}, {`{"Statement":"x"}`, unreadable}, {`{"Statement":{}}`, no},
		{policy(allowsECS, `null`), unreadable}, {policy(allowsECS, `"x"`), unreadable}, {policy(allowsECS, `[]`), unreadable},
		{with(allow, service, assume, `"Condition":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)), unreadable},
	} {
		for _, document := range []string{tt.document, url.PathEscape(tt.document)} {
			if got := readTrust(document).describe(ecsService); got != tt.want {
				t.Errorf("%.200s: %s, want %s", document, got, tt.want)
			}
		}
	}
}

func TestReadTrustOfOthers(t *testing.T) {
	got := readTrust(`{"Statement":[
		{"Effect":"Allow","Principal":{"Service":["a.amazonaws.com","b.amazonaws.com",""]},"Action":"sts:AssumeRole"},
		{"Effect":"Allow","Principal":{"Service":"b.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"Bool":{"x":"true"}}},
		{"Effect":"Allow","Principal":{"Service":"c.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"Bool":{"x":"true"}}}]}`)
	want := &trust{services: map[string]bool{"a.amazonaws.com": false, "b.amazonaws.com": false, "c.amazonaws.com": true}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(trust{})); diff != "" {
		t.Errorf("trust (-want +got):\n%s", diff)
	}
	if got.describe("") != "" || (*trust)(nil).describe("") != "" {
		t.Error("tells of no service")
	}
}

// TestLongTrust: longer texts than IAM can hold are not read.
func TestLongTrust(t *testing.T) {
	document := `{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	longest := document + strings.Repeat(" ", maxTrustPolicy-len(document))
	if !readTrust(longest).trusts(ecsService) {
		t.Error("the longest is not read")
	}
	if readTrust(longest+" ") != nil {
		t.Error("a longer one is read")
	}
}

// FuzzReadTrust: no text makes the reader fail, and escapes change nothing of one that can be read.
func FuzzReadTrust(f *testing.F) {
	for _, seed := range []string{
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","NotAction":["a"],"Condition":{"a":1}}}`, "%7B%22Statement%22%3A%5B%5D%7D", `{"Statement":[null]}`, "\xff", "%zz",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		plain := readTrust(document)
		if plain == nil || len(document) > maxTrustPolicy/3 || parseObject([]byte(document)) == nil {
			return
		}
		if diff := cmp.Diff(plain, readTrust(url.PathEscape(document)), cmp.AllowUnexported(trust{})); diff != "" {
			t.Errorf("escapes change it:\n%s", diff)
		}
	})
}
