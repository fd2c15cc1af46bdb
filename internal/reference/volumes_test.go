package reference

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
)

const ebsSession = "ECSTaskVolumesForEBS"

// onVolume is a call on a volume by a session of ECS that makes volumes for tasks.
func onVolume(id, clock, name, volume string) fields {
	return callBy(id, clock, infra, ebsSession, "08:00:00", ecs, name).with(fields{"requestParameters": fields{"volumeId": volume}})
}

// createVolume makes one for a task, which the tags tell.
func createVolume(id, clock, volume, task string) fields {
	tags := fields{"items": []any{fields{"resourceType": "volume", "tags": []any{
		fields{"key": "AmazonECSManaged", "value": "true"}, fields{"key": "AmazonECSCreated", "value": task},
	}}}}
	return onVolume(id, clock, "CreateVolume", "").with(fields{
		"requestParameters": fields{"size": "1", "tagSpecificationSet": tags}, "responseElements": fields{"volumeId": volume},
	})
}

func tellVolumes(u *analyzer.Usage) string {
	var text strings.Builder
	for _, r := range u.Roles {
		v := r.Volumes
		if v.Created+v.Deleted+v.Kept+v.UnknownAge+v.OpenCount == 0 {
			continue
		}
		fmt.Fprintf(&text, "%s: %d created, %d deleted, %d kept, %d unknown, %d open\n", r.Name, v.Created, v.Deleted, v.Kept, v.UnknownAge, v.OpenCount)
		for _, o := range v.Open {
			attached := ""
			if !o.AttachedAt.IsZero() {
				attached = o.AttachedAt.Format(time.TimeOnly)
			}
			fmt.Fprintf(&text, "  %s %s %s %s [%s] %d\n", o.VolumeID, o.Region, o.Task, o.CreatedAt.Format(time.TimeOnly), attached, o.DeleteFailures)
		}
	}
	return text.String()
}

func TestLedger(t *testing.T) {
	const task = "arn:aws:ecs:us-east-1:" + account + ":task/shop/1"
	create := createVolume("create", "10:00:00", "vol-1", task)
	attach := onVolume("attach", "10:00:10", "AttachVolume", "vol-1")
	detach := onVolume("detach", "11:00:00", "DetachVolume", "vol-1")
	remove := onVolume("delete", "11:00:10", "DeleteVolume", "vol-1")
	const open = `
	infra: 1 created, 0 deleted, 0 kept, 0 unknown, 1 open
	  vol-1 us-east-1 ` + task + ` 10:00:00 [] 0
	`
	const deleted = "infra: 1 created, 1 deleted, 0 kept, 0 unknown, 0 open\n"
	run := func(task string, deleteOnTermination any) fields {
		return ecsCall("run", "09:59:00", "RunTask", fields{"taskDefinition": "batch", "volumeConfigurations": []any{fields{"managedEBSVolume": fields{
			"terminationPolicy": fields{"deleteOnTermination": deleteOnTermination}}}}},
			fields{"tasks": []any{fields{"taskArn": "arn:of:another"}, fields{"taskArn": task}}})
	}

	for name, test := range map[string]struct {
		records []fields
		want    string
	}{
		"open until it is deleted":                 {[]fields{create}, open},
		"attached":                                 {[]fields{create, attach}, strings.Replace(open, "[]", "[10:00:10]", 1)},
		"detached, and not deleted":                {[]fields{create, attach, detach}, open},
		"attached and detached in a second":        {[]fields{create, attach, detach.with(fields{"eventTime": at("10:00:10")})}, open},
		"attached again":                           {[]fields{create, attach, detach, attach.with(fields{"eventID": "x", "eventTime": at("11:30:00")})}, strings.Replace(open, "[]", "[11:30:00]", 1)},
		"attached in vain":                         {[]fields{create, attach.failing("Client.IncorrectState")}, open},
		"deleted":                                  {[]fields{create, attach, detach, remove}, deleted},
		"deleted before it was made, by the clock": {[]fields{create, remove.with(fields{"eventTime": at("09:59:59")})}, deleted},
		"deleted by a person":                      {[]fields{create, remove.by(mallory)}, deleted},
		"found to be gone":                         {[]fields{create, remove.failing("Client.InvalidVolume.NotFound")}, deleted},
		"not to be found by a detach":              {[]fields{create, detach.failing("Client.InvalidVolume.NotFound")}, open},
		"delete fails":                             {[]fields{create, remove.failing("Client.UnauthorizedOperation")}, strings.Replace(open, "[] 0", "[] 1", 1)},
		"delete and detach fail, a person's too": {[]fields{create, remove.by(mallory).failing("Client.VolumeInUse"), detach.failing("Client.UnauthorizedOperation")},
			strings.Replace(open, "[] 0", "[] 2", 1)},
		"delete is tried dry":                   {[]fields{create, remove.failing("Client.DryRunOperation")}, open},
		"another account's":                     {[]fields{create, remove.by(mallory).with(fields{"recipientAccountId": "444455556666"})}, open},
		"creation fails":                        {[]fields{create.failing("Client.VolumeLimitExceeded")}, ""},
		"creation without an ID":                {[]fields{create.with(fields{"responseElements": nil})}, ""},
		"made by a person":                      {[]fields{create.by(mallory), remove.by(mallory)}, ""},
		"made by another feature":               {[]fields{callBy("x", "10:00:00", infra, "ECSManagedInstances", "08:00:00", ecs, "CreateVolume").with(fields{"responseElements": fields{"volumeId": "vol-1"}}), remove.by(mallory)}, ""},
		"of unknown age":                        {[]fields{attach}, "infra: 0 created, 0 deleted, 0 kept, 1 unknown, 0 open\n"},
		"even by a failure":                     {[]fields{detach.failing("Client.UnauthorizedOperation")}, "infra: 0 created, 0 deleted, 0 kept, 1 unknown, 0 open\n"},
		"of unknown age, deleted":               {[]fields{attach, remove.by(mallory)}, "infra: 0 created, 1 deleted, 0 kept, 0 unknown, 0 open\n"},
		"made by a person, attached for a task": {[]fields{create.by(mallory), attach}, "infra: 0 created, 0 deleted, 0 kept, 1 unknown, 0 open\n"},
		"kept once it is detached":              {[]fields{run(task, false), create, attach, detach}, "infra: 1 created, 0 deleted, 1 kept, 0 unknown, 0 open\n"},
		"to be kept, still attached":            {[]fields{run(task, false), create, attach}, strings.Replace(open, "[]", "[10:00:10]", 1)},
		"to be kept, attached again":            {[]fields{run(task, false), create, detach, attach.with(fields{"eventTime": at("12:00:00")})}, strings.Replace(open, "[]", "[12:00:00]", 1)},
		"to be kept, never detached":            {[]fields{run(task, false), create}, open},
		"to be kept, and deleted":               {[]fields{run(task, false), create, attach, detach, remove}, deleted},
		"to be deleted":                         {[]fields{run(task, true), create, attach, detach}, open},
		"not said whether to be kept":           {[]fields{run(task, "false"), create, attach, detach}, open},
		"of a task that did not run":            {[]fields{run(task, false).failing("ClientException"), create, attach, detach}, open},
		"of another task":                       {[]fields{run("arn:of:a:third", false), create, attach, detach}, open},
		"of another account's task":             {[]fields{run(task, false).with(fields{"recipientAccountId": "444455556666"}), create, attach, detach}, open},
		"without tags in the request": {[]fields{create.with(fields{"requestParameters": nil, "responseElements": fields{"volumeId": "vol-1",
			"tagSet": fields{"items": []any{fields{"key": "AmazonECSCreated", "value": ""}, fields{"key": "AmazonECSCreated", "value": task}}}}})}, open},
	} {
		t.Run(name, func(t *testing.T) {
			expectText(t, tellVolumes(tell(t, Options{}, test.records...)), test.want)
		})
	}

	t.Run("no window and no filter of uses leaves any out", func(t *testing.T) {
		expectText(t, tellVolumes(tell(t, Options{Until: day("10:30:00"), Regions: []string{"eu-west-1"}}, create, attach, detach, remove)), deleted)
	})
}

// TestVolumesRole: the creation tells whose a volume is, whoever touched it first.
func TestVolumesRole(t *testing.T) {
	ofPlain := func(f fields) fields {
		user := callBy("", "10:00:00", plain, ebsSession, "08:00:00", ecs, "")["userIdentity"]
		return f.with(fields{"userIdentity": user})
	}
	expectText(t, tellVolumes(tell(t, Options{}, createVolume("b", "10:00:00", "vol-1", ""), ofPlain(onVolume("a", "10:00:00", "AttachVolume", "vol-1")))), `
	infra: 1 created, 0 deleted, 0 kept, 0 unknown, 1 open
	  vol-1 us-east-1  10:00:00 [10:00:00] 0
	`)
	expectText(t, tellVolumes(tell(t, Options{}, onVolume("b", "10:00:00", "DetachVolume", "vol-1"), ofPlain(onVolume("a", "10:00:00", "AttachVolume", "vol-1")))), `
	plain: 0 created, 0 deleted, 0 kept, 1 unknown, 0 open
	`)
	nobody := createVolume("a", "10:00:00", "vol-1", "").with(fields{"userIdentity": fields{"type": "AssumedRole", "principalId": "AROA:" + ebsSession}})
	if got := tellVolumes(tell(t, Options{}, nobody)); got != "" {
		t.Errorf("a volume without a role: %s", got)
	}
}

func TestOldestOpenVolumes(t *testing.T) {
	var records []fields
	for i := range 130 {
		records = append(records, createVolume(fmt.Sprintf("e%03d", i), fmt.Sprintf("10:%02d:00", 59-i/2%60), fmt.Sprintf("vol-%03d", 999-i), ""))
	}
	v := tell(t, Options{}, records...).Roles[0].Volumes
	if v.OpenCount != 130 || len(v.Open) != 100 {
		t.Fatalf("%d of %d are told", len(v.Open), v.OpenCount)
	}
	// There are two of each minute, the smaller ID is the later event.
	want := []string{"vol-880 10:00:00", "vol-881 10:00:00", "vol-882 10:01:00", "vol-883 10:01:00"}
	var got []string
	for _, o := range v.Open[:4] {
		got = append(got, o.VolumeID+" "+o.CreatedAt.Format(time.TimeOnly))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("oldest (-want +got):\n%s", diff)
	}
}
