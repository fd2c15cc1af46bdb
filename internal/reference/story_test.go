package reference

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
)

// The stories play in account 111122223333 on one day.
const (
	account     = "111122223333"
	infra       = "arn:aws:iam::" + account + ":role/ecs/infra"
	plain       = "arn:aws:iam::" + account + ":role/plain"
	linked      = "arn:aws:iam::" + account + ":role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
	ecs         = "ecs.amazonaws.com"
	awsInternal = "AWS Internal"
	mallory     = "arn:aws:iam::" + account + ":user/mallory"
)

type fields map[string]any

// at gives a time of the day.
func at(clock string) string { return "2026-11-14T" + clock + "Z" }

func day(clock string) time.Time {
	when, err := time.Parse(time.RFC3339, at(clock))
	if err != nil {
		panic(err)
	}
	return when
}

// with changes fields of a record; a nil value takes the field away.
func (f fields) with(changes fields) fields {
	changed := fields{}
	maps.Copy(changed, f)
	for key, value := range changes {
		changed[key] = value
		if value == nil {
			delete(changed, key)
		}
	}
	return changed
}

// assumeRole is an AssumeRole by ECS.
func assumeRole(id, clock, role, session string) fields {
	return fields{
		"eventID": id, "eventTime": at(clock), "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
		"awsRegion": "us-east-1", "recipientAccountId": account, "sourceIPAddress": ecs,
		"userIdentity":      fields{"type": "AWSService", "invokedBy": ecs},
		"requestParameters": fields{"roleArn": role, "roleSessionName": session},
	}
}

// by makes a user the caller.
func (f fields) by(user string) fields {
	return f.with(fields{"userIdentity": fields{"type": "IAMUser", "arn": user}, "sourceIPAddress": "203.0.113.7"})
}

func (f fields) failing(code string) fields { return f.with(fields{"errorCode": code}) }

// callBy is a call to EC2 by a role session that was created at a time of the day.
func callBy(id, clock, role, session, created, address, name string) fields {
	user := fields{
		"type":           "AssumedRole",
		"arn":            "arn:aws:sts::" + account + ":assumed-role/" + roleName(role) + "/" + session,
		"sessionContext": fields{"sessionIssuer": fields{"arn": role}, "attributes": fields{"creationDate": at(created)}},
	}
	if strings.HasSuffix(address, ".amazonaws.com") || address == awsInternal {
		user["invokedBy"] = address
	}
	return fields{
		"eventID": id, "eventTime": at(clock), "eventSource": "ec2.amazonaws.com", "eventName": name,
		"awsRegion": "us-east-1", "recipientAccountId": account, "sourceIPAddress": address, "userIdentity": user,
	}
}

func envelope(records ...fields) []byte {
	return marshalled(fields{"Records": append([]fields{}, records...)})
}

func marshalled(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}

func analyze(t *testing.T, o Options, files ...File) *analyzer.Usage {
	t.Helper()
	usage, err := Analyze(files, o)
	if err != nil {
		t.Fatal(err)
	}
	return usage
}

// tell analyzes records that lie in one file.
func tell(t *testing.T, o Options, records ...fields) *analyzer.Usage {
	t.Helper()
	return analyze(t, o, File{Name: "log.json", Data: envelope(records...)})
}

// summary writes what was found in a few lines; numbers are assumed/denied/calls/failed calls. Features without use
// are left out, and so are gaps in the logs, which a story of a few events has many of.
func summary(u *analyzer.Usage) string {
	var text strings.Builder
	for _, r := range u.Roles {
		fmt.Fprintf(&text, "%s %s %d/%d/%d/%d\n", called(r.ARN), r.Kind, r.Assumed, r.Denied, r.Calls, r.FailedCalls)
		for _, f := range r.Features {
			if f.Assumed+f.Denied+f.Calls == 0 {
				continue
			}
			fmt.Fprintf(&text, "  %s %d/%d/%d/%d", f.ID, f.Assumed, f.Denied, f.Calls, f.FailedCalls)
			if f.ResolvedBy != "" {
				fmt.Fprintf(&text, " by %s", f.ResolvedBy)
			}
			fmt.Fprintf(&text, " %v\n", ids(f.Evidence))
		}
		for _, c := range r.OtherCallers {
			fmt.Fprintf(&text, "  caller %s %d/%d %v\n", c.Principal, c.Assumed, c.Denied, c.SessionNames)
		}
	}
	for _, f := range u.Findings {
		if f.ID == coverageGap {
			continue
		}
		fmt.Fprintf(&text, "%s %s: %s %v\n", f.Severity, f.ID, f.Title, ids(f.Evidence))
	}
	return text.String()
}

func ids(evidence []analyzer.Evidence) []string {
	names := []string{}
	for _, e := range evidence {
		names = append(names, e.EventID)
	}
	return names
}

func expect(t *testing.T, u *analyzer.Usage, want string) {
	t.Helper()
	// stories are indented in the tests' sources
	var lines []string
	for line := range strings.Lines(want) {
		lines = append(lines, strings.TrimPrefix(line, "\t\t"))
	}
	want = strings.TrimRight(strings.TrimPrefix(strings.Join(lines, ""), "\n"), "\t ")
	if diff := cmp.Diff(want, summary(u)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func expectRecords(t *testing.T, u *analyzer.Usage, want analyzer.InputRecords) {
	t.Helper()
	if diff := cmp.Diff(want, u.Input.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// featureOf gives one feature of the only role with that name.
func featureOf(t *testing.T, u *analyzer.Usage, role, id string) analyzer.FeatureUsage {
	t.Helper()
	for _, r := range u.Roles {
		i := slices.IndexFunc(r.Features, func(f analyzer.FeatureUsage) bool { return f.ID == id })
		if r.ARN == role && i >= 0 {
			return r.Features[i]
		}
	}
	t.Fatalf("%s has no feature %s", role, id)
	return analyzer.FeatureUsage{}
}
