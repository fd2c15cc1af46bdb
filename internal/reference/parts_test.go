package reference

import (
	"testing"

	"roletrail/analyzer"
)

// TestRecordsOfSeveralThings: "a record may be several things at once (it still counts once)".
func TestRecordsOfSeveralThings(t *testing.T) {
	t.Run("a session of ECS assumes a role", func(t *testing.T) {
		chained := callBy("chain", "10:00:05", infra, ebsSession, "10:00:00", ecs, "AssumeRole").with(fields{
			"eventSource": "sts.amazonaws.com", "requestParameters": fields{"roleArn": plain, "roleSessionName": "x"}})
		u := tell(t, Options{Roles: []string{"infra", "plain"}}, chained)
		expect(t, u, `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [chain]
		plain other 0/0/0/0
		  caller arn:aws:iam::111122223333:role/ecs/infra 1/0 [x]
		`)
		expectRecords(t, u, analyzer.InputRecords{Total: 1, Relevant: 1})
	})

	t.Run("as an AssumeRole it may be filtered while the call is shown", func(t *testing.T) {
		chained := callBy("chain", "10:00:05", infra, ebsSession, "10:00:00", ecs, "AssumeRole").with(fields{
			"eventSource": "sts.amazonaws.com", "requestParameters": fields{"roleArn": plain, "roleSessionName": "x"}})
		u := tell(t, Options{Roles: []string{"infra"}}, chained)
		expect(t, u, `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [chain]
		`)
		expectRecords(t, u, analyzer.InputRecords{Total: 1, Filtered: 1})
	})

	t.Run("a role session changes a role, a service, a volume and a trail", func(t *testing.T) {
		by := func(id, source, name string, request fields) fields {
			return callBy(id, "10:00:05", infra, ebsSession, "10:00:00", ecs, name).with(fields{"eventSource": source, "requestParameters": request})
		}
		u := tell(t, Options{},
			by("change", "iam.amazonaws.com", "AttachRolePolicy", fields{"roleName": "infra", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
			by("reference", ecs, "CreateService", withVolumes(infra, fields{"serviceName": "web"})),
			by("trail", "cloudtrail.amazonaws.com", "StopLogging", fields{"name": "main"}),
			createVolume("volume", "10:00:06", "vol-1", ""),
		)
		r := u.Roles[0]
		if r.Calls != 4 || r.ChangeCount != 1 || len(r.References) != 1 || r.Volumes.OpenCount != 1 || u.Findings[0].ID != "trail-changed" {
			t.Errorf("%d calls, %d changes, %v, %d volumes, %v", r.Calls, r.ChangeCount, r.References, r.Volumes.OpenCount, u.Findings)
		}
		expectRecords(t, u, analyzer.InputRecords{Total: 4, Relevant: 4})
	})

	t.Run("a call that is only asked for, too", func(t *testing.T) {
		person := callBy("person", "10:00:05", plain, "alice", "10:00:00", "203.0.113.7", "DeleteVolume").with(
			fields{"requestParameters": fields{"volumeId": "vol-1"}})
		u := tell(t, Options{Roles: []string{"plain", "infra"}}, createVolume("create", "10:00:00", "vol-1", ""), person)
		expectRecords(t, u, analyzer.InputRecords{Total: 2, Relevant: 2})
		if got := u.Roles[0].Volumes.Deleted; got != 1 {
			t.Errorf("%d volumes are deleted", got)
		}
	})

	t.Run("a call of a person makes or attaches no volume of ECS", func(t *testing.T) {
		expectRecords(t, tell(t, Options{}, onVolume("attach", "10:00:00", "AttachVolume", "vol-1").by(mallory)),
			analyzer.InputRecords{Total: 1, Irrelevant: 1})
	})

	t.Run("all that a duplicate tells of is dropped", func(t *testing.T) {
		create := createVolume("create", "10:00:00", "vol-1", "")
		u := analyze(t, Options{}, File{"a.json", envelope(create)}, File{"b.json", envelope(create)})
		if r := u.Roles[0]; r.Calls != 1 || r.Volumes.Created != 1 {
			t.Errorf("%d calls, %d volumes", r.Calls, r.Volumes.Created)
		}
		expectRecords(t, u, analyzer.InputRecords{Total: 2, Relevant: 1, Duplicate: 1})
	})

	t.Run("the caller's side of an AssumeRole is still a call of its session", func(t *testing.T) {
		far := "arn:aws:iam::444455556666:role/far"
		caller := callBy("caller", "10:00:05", infra, ebsSession, "10:00:00", ecs, "AssumeRole").with(fields{
			"eventSource": "sts.amazonaws.com", "sharedEventID": "s", "requestParameters": fields{"roleArn": far, "roleSessionName": "x"}})
		owner := caller.with(fields{"eventID": "owner", "recipientAccountId": "444455556666", "userIdentity": fields{"type": "AWSAccount", "accountId": account}})
		expect(t, tell(t, Options{Roles: []string{"far", "infra"}}, caller, owner), `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [caller]
		far other 0/0/0/0
		  caller arn:aws:iam::111122223333:role/ecs/infra 1/0 [x]
		`)
	})
}
