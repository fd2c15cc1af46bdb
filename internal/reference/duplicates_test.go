package reference

import (
	"slices"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
)

func TestDuplicates(t *testing.T) {
	open := assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS")
	early := callBy("call", "10:00:05", infra, "ECSTaskVolumesForEBS", "10:00:00", ecs, "CreateVolume")
	// CloudTrail corrects an event that it delivered with too little: the time moves, an error comes to light.
	updated := early.failing("Client.UnauthorizedOperation").with(fields{
		"eventTime": at("10:00:06"), "addendum": fields{"reason": "UPDATED_DATA"}})

	t.Run("an updated record replaces the earlier one, in whatever order they come", func(t *testing.T) {
		files := []File{{"a.json", envelope(open, early)}, {"b.json", envelope(updated, open)}, {"c.json", envelope(updated)}}
		for range 2 {
			u := analyze(t, Options{}, files...)
			expect(t, u, `
		infra infrastructure 1/0/1/1
		  ebs-volumes 1/0/1/1 [open call]
		medium denied-action: infra was denied ec2:CreateVolume (ebs-volumes) [call]
		`)
			expectRecords(t, u, analyzer.InputRecords{Total: 5, Relevant: 2, Duplicate: 3})
			want := []analyzer.Evidence{{EventID: "open", EventTime: day("10:00:00"), Object: "a.json"}, {EventID: "call", EventTime: day("10:00:06"), Object: "b.json"}}
			if diff := cmp.Diff(want, u.Roles[0].Features[0].Evidence); diff != "" {
				t.Errorf("evidence (-want +got):\n%s", diff)
			}
			slices.Reverse(files)
		}
	})

	t.Run("a loser that the window leaves out is no duplicate", func(t *testing.T) {
		u := tell(t, Options{Since: day("10:00:06")}, early, updated)
		expectRecords(t, u, analyzer.InputRecords{Total: 2, Relevant: 1, OutsideWindow: 1})
	})

	t.Run("nor is one that a filter leaves out", func(t *testing.T) {
		u := tell(t, Options{Regions: []string{"us-east-1"}}, early.with(fields{"awsRegion": "us-west-2"}), updated)
		expectRecords(t, u, analyzer.InputRecords{Total: 2, Relevant: 1, Filtered: 1})
	})

	t.Run("of two versions without a reason the smaller hash wins, whatever the objects are called", func(t *testing.T) {
		for _, files := range [][]File{
			{{"a.json", envelope(open)}, {"b.json", envelope(open.failing("AccessDenied"))}},
			{{"b.json", envelope(open)}, {"a.json", envelope(open.failing("AccessDenied"))}},
		} {
			want := int64(0)
			if xxhash.Sum64(marshalled(open)) < xxhash.Sum64(marshalled(open.failing("AccessDenied"))) {
				want = 1
			}
			if got := analyze(t, Options{}, files...).Roles[0].Assumed; got != want {
				t.Errorf("assumed %d times, want %d", got, want)
			}
		}
	})

	t.Run("one event ID in two accounts is two events, and none at all is no duplicate", func(t *testing.T) {
		u := tell(t, Options{}, open, open.with(fields{"recipientAccountId": "444455556666"}),
			open.with(fields{"eventID": nil}), open.with(fields{"eventID": nil}))
		expectRecords(t, u, analyzer.InputRecords{Total: 4, Relevant: 4})
	})

	t.Run("the account in the object's key stands in for recipientAccountId", func(t *testing.T) {
		bare := open.with(fields{"recipientAccountId": nil})
		u := analyze(t, Options{}, File{"one.json", envelope(open)},
			File{"AWSLogs/" + account + "/CloudTrail/us-east-1/2026/11/14/two.json", envelope(bare)},
			File{account + "_CloudTrail_us-east-1_20261114T1005Z_abcdefghijklmnop.json", envelope(bare)},
			File{"other.json", envelope(bare.with(fields{"userIdentity": fields{"accountId": "444455556666"}}))})
		expectRecords(t, u, analyzer.InputRecords{Total: 4, Relevant: 2, Duplicate: 2})
		if diff := cmp.Diff([]string{account, "444455556666"}, u.Observed.Accounts); diff != "" {
			t.Errorf("accounts (-want +got):\n%s", diff)
		}
	})
}

func TestCrossAccountAssumeRole(t *testing.T) {
	const partner = "444455556666"
	callerSide := assumeRole("a-caller", "10:00:00", infra, "admin").by("arn:aws:iam::" + partner + ":user/partner").
		with(fields{"sharedEventID": "shared", "recipientAccountId": partner})
	ownerSide := assumeRole("b-owner", "10:00:00", infra, "admin").
		with(fields{"sharedEventID": "shared", "userIdentity": fields{"type": "AWSAccount", "accountId": partner, "principalId": "AIDA"}})
	known := assumeRole("known", "09:00:00", infra, "ECSTaskVolumesForEBS").with(fields{"sharedEventID": "other"})

	t.Run("counts where the role lives, and the caller's record says who called", func(t *testing.T) {
		u := tell(t, Options{}, known, callerSide, ownerSide)
		expect(t, u, `
		infra infrastructure 1/0/0/0
		  ebs-volumes 1/0/0/0 [known]
		  caller arn:aws:iam::444455556666:user/partner 1/0 [admin]
		medium foreign-caller: arn:aws:iam::444455556666:user/partner assumes infra [b-owner]
		`)
		expectRecords(t, u, analyzer.InputRecords{Total: 3, Relevant: 3})
	})

	t.Run("but not if the owner's record tells it itself", func(t *testing.T) {
		u := tell(t, Options{}, known, callerSide, ownerSide.by(mallory))
		expect(t, u, `
		infra infrastructure 1/0/0/0
		  ebs-volumes 1/0/0/0 [known]
		  caller arn:aws:iam::111122223333:user/mallory 1/0 [admin]
		medium foreign-caller: arn:aws:iam::111122223333:user/mallory assumes infra [b-owner]
		`)
	})

	t.Run("records of another time or session name are of another event", func(t *testing.T) {
		late := callerSide.with(fields{"eventTime": at("10:00:01")})
		renamed := callerSide.with(fields{"eventID": "c", "requestParameters": fields{"roleArn": infra, "roleSessionName": "other"}})
		expect(t, tell(t, Options{}, known, late, renamed, ownerSide), `
		infra infrastructure 1/0/0/0
		  ebs-volumes 1/0/0/0 [known]
		  caller 444455556666:AIDA 1/0 [admin]
		  caller arn:aws:iam::444455556666:user/partner 2/0 [admin other]
		medium foreign-caller: 444455556666:AIDA assumes infra [b-owner]
		medium foreign-caller: arn:aws:iam::444455556666:user/partner assumes infra [c a-caller]
		`)
	})

	t.Run("the caller's record alone counts by itself", func(t *testing.T) {
		u := tell(t, Options{}, known, callerSide)
		expect(t, u, `
		infra infrastructure 1/0/0/0
		  ebs-volumes 1/0/0/0 [known]
		  caller arn:aws:iam::444455556666:user/partner 1/0 [admin]
		medium foreign-caller: arn:aws:iam::444455556666:user/partner assumes infra [a-caller]
		`)
	})

	t.Run("the owner's record alone names the account", func(t *testing.T) {
		u := tell(t, Options{}, known, ownerSide)
		expect(t, u, `
		infra infrastructure 1/0/0/0
		  ebs-volumes 1/0/0/0 [known]
		  caller 444455556666:AIDA 1/0 [admin]
		medium foreign-caller: 444455556666:AIDA assumes infra [b-owner]
		`)
	})
}
