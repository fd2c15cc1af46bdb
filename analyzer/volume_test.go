package analyzer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	volumeTask = "arn:aws:ecs:us-east-1:111122223333:task/web/0123"
	volumeRole = "arn:aws:iam::111122223333:role/ecs/A"
)

// ec2 is an event on the volume v by a person.
func ec2(at int, id, name string) told {
	return told{at: at, id: id, source: "ec2", name: name, request: `{"volumeId":"v"}`, account: "111122223333", region: "us-east-1"}
}

// byECS makes the caller a session that makes volumes for tasks.
func (e told) byECS() told { return e.bySession("ECSTaskVolumesForEBS", volumeRole) }

func (e told) bySession(name, role string) told { e.session, e.role = name, role; return e }

// on makes the event one on another volume.
func (e told) on(volume string) told {
	e.request, e.response = strings.ReplaceAll(e.request, `"v"`, fmt.Sprintf("%q", volume)), strings.ReplaceAll(e.response, `"v"`, fmt.Sprintf("%q", volume))
	return e
}

// created is the creation of the volume v for a task by ECS.
func created(at int, id, task string) told {
	e := ec2(at, id, "CreateVolume").byECS()
	e.request = fmt.Sprintf(`{"tagSpecificationSet":{"items":[{"tags":[{"key":"Name","value":"x"},{"key":"AmazonECSCreated","value":%q}]}]}}`, task)
	e.response = `{"volumeId":"v"}`
	return e
}

// ran is the start of a task, whose volumes are kept or deleted at its end.
func ran(at int, id, name, deletes string, tasks ...string) told {
	var list []string
	for _, task := range tasks {
		list = append(list, fmt.Sprintf(`{"taskArn":%q}`, task))
	}
	return ecs(at, id, name, `{"taskDefinition":"job","volumeConfigurations":[{"managedEBSVolume":{"terminationPolicy":{"deleteOnTermination":true}}},{"managedEBSVolume":{"terminationPolicy":{"deleteOnTermination":`+deletes+`}}}]}`,
		`{"tasks":[`+strings.Join(list, ",")+`]}`)
}

// showVolumes writes the counts of each role, its open volumes, and what the samples hold.
func showVolumes(_ standing, l volumeLedger) string {
	var b strings.Builder
	keys := slices.SortedFunc(maps.Keys(l.byRole), func(a, b roleKey) int {
		return strings.Compare(a.account+"/"+a.name, b.account+"/"+b.name)
	})
	for _, key := range keys {
		r := l.byRole[key]
		fmt.Fprintf(&b, "%s/%s %s", key.account, key.name, r.arn)
		for _, n := range []struct {
			name  string
			count int64
		}{{"created", r.Created}, {"deleted", r.Deleted}, {"kept", r.Kept}, {"unknown", r.UnknownAge}, {"open", r.OpenCount}, {"stuck", r.stuck}} {
			if n.count > 0 {
				fmt.Fprintf(&b, " %s=%d", n.name, n.count)
			}
		}
		for _, s := range []struct {
			name   string
			sample sample
		}{{"opened", r.opened}, {"unknown", r.unknown}, {"failures", r.failures}} {
			for i, event := range s.sample.all() {
				if i == 0 {
					fmt.Fprintf(&b, " %s:", s.name)
				}
				fmt.Fprintf(&b, "%s,", event.id)
			}
		}
		for _, in := range slices.SortedFunc(maps.Keys(r.openIn), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) }) {
			fmt.Fprintf(&b, " in %s/%s", in[0], in[1])
		}
		b.WriteString("\n")
		for _, o := range r.Open {
			fmt.Fprintf(&b, "  %s %s %s %d", o.VolumeID, o.Region, o.Task, o.CreatedAt.Second())
			if !o.AttachedAt.IsZero() {
				fmt.Fprintf(&b, " attached %d", o.AttachedAt.Second())
			}
			if o.DeleteFailures > 0 {
				fmt.Fprintf(&b, " failed %d", o.DeleteFailures)
			}
			b.WriteString("\n")
		}
	}
	return strings.ReplaceAll(shorten(b.String()), volumeTask, "TASK")
}

func TestVolumes(t *testing.T) {
	attach := func(at int, id string) told { return ec2(at, id, "AttachVolume").byECS() }
	detach := func(at int, id string) told { return ec2(at, id, "DetachVolume").byECS() }
	remove := func(at int, id string) told { return ec2(at, id, "DeleteVolume").byECS() }
	const denied, missing = "Client.UnauthorizedOperation", "Client.InvalidVolume.NotFound"
	tagged := created(1, "a", "")
	tagged.request, tagged.response = `{"tagSpecificationSet":{"items":[{"tags":"x"},{"tags":[{"key":"AmazonECSCreated","value":7}]}]}}`,
		fmt.Sprintf(`{"volumeId":"v","tagSet":{"items":[{"key":"AmazonECSCreated","value":%q}]}}`, volumeTask)
	both := created(1, "a", "first")
	both.response = `{"volumeId":"v","tagSet":{"items":[{"key":"AmazonECSCreated","value":"second"}]}}`
	requested := created(1, "b", volumeTask)
	requested.request, requested.response = `{"volumeId":"v"}`, ""
	for _, test := range []struct {
		name  string
		story []told
		want  string
	}{
		{"a whole life", []told{created(1, "a", volumeTask), attach(2, "b"), detach(3, "c"), remove(4, "d")}, "a @ecs/A created=1 deleted=1\n"},
		{"still attached", []told{created(1, "a", volumeTask), attach(2, "b")}, "a @ecs/A created=1 open=1 opened:a, in us-east-1/web\n  v TASK 1 attached 2\n"},
		{"attached in the second it was detached", []told{created(1, "a", volumeTask), attach(2, "c"), detach(2, "b")}, "a @ecs/A created=1 open=1 opened:a, in us-east-1/web\n  v TASK 1\n"},
		{"attached again, and once more", []told{created(1, "a", "x"), attach(2, "b"), detach(3, "c"), attach(4, "d"), attach(5, "e"), detach(6, "f").failed("Client.IncorrectState")},
			"a @ecs/A created=1 open=1 stuck=1 opened:a, failures:f,\n  v x 1 attached 5 failed 1\n"},
		{"attaching failed", []told{created(1, "a", "x"), attach(2, "b").failed(denied)}, "a @ecs/A created=1 open=1 opened:a,\n  v x 1\n"},
		{"a person may attach and detach", []told{created(1, "a", "x"), attach(2, "b"), ec2(3, "c", "DetachVolume")}, "a @ecs/A created=1 open=1 opened:a,\n  v x 1\n"},
		{"a person may delete", []told{created(1, "a", "x"), ec2(2, "b", "DeleteVolume")}, "a @ecs/A created=1 deleted=1\n"},
		{"deleted before it was created, by the clock", []told{created(2, "a", "x"), remove(1, "b")}, "a @ecs/A created=1 deleted=1\n"},
		{"to be gone is as good as deleted", []told{created(1, "a", "x"), ec2(2, "b", "DeleteVolume").failed(missing)}, "a @ecs/A created=1 deleted=1\n"},
		{"a volume that cannot be detached for it is gone tells nothing", []told{created(1, "a", "x"), detach(2, "b").failed(missing)}, "a @ecs/A created=1 open=1 opened:a,\n  v x 1\n"},
		{"deleting fails", []told{created(1, "a", "x"), remove(2, "b").failed(denied), remove(3, "c").failed(denied), ec2(4, "d", "DetachVolume").failed(denied)},
			"a @ecs/A created=1 open=1 stuck=1 opened:a, failures:b,c,d,\n  v x 1 failed 3\n"},
		{"deleting failed first", []told{created(1, "a", "x"), remove(2, "b").failed(denied), remove(3, "c")}, "a @ecs/A created=1 deleted=1\n"},
		{"a dry run is nothing", []told{created(1, "a", "x"), remove(2, "b").failed("Client.DryRunOperation"), remove(1, "c").on("w").failed("Client.DryRunOperation")},
			"a @ecs/A created=1 open=1 opened:a,\n  v x 1\n"},

		{"of unknown age", []told{attach(2, "b"), detach(3, "c"), remove(4, "d").failed(denied), ec2(5, "e", "DeleteVolume").failed(denied)},
			"a @ecs/A unknown=1 stuck=1 unknown:b, failures:d,e,\n"},
		{"only failures tell of it", []told{ec2(1, "a", "DeleteVolume").failed(denied), remove(4, "d").failed(denied)}, "a @ecs/A unknown=1 stuck=1 unknown:d, failures:a,d,\n"},
		{"of unknown age and gone", []told{attach(2, "b"), remove(3, "c")}, "a @ecs/A deleted=1\n"},
		{"volumes of others are not ours", []told{ec2(1, "a", "DetachVolume"), ec2(2, "b", "DeleteVolume").failed(denied), created(3, "c", "x").bySession("ECSManagedInstances", volumeRole),
			created(4, "d", "x").bySession("work", volumeRole)}, ""},
		{"what was not created", []told{created(1, "a", "x").failed("Client.VolumeLimitExceeded"), requested}, ""},
		{"without an ID", []told{{at: 1, id: "a", source: "ec2", name: "DeleteVolume", request: `{"volumeId":7}`, session: "ECSTaskVolumesForEBS", role: volumeRole}}, ""},

		{"the role that created it", []told{attach(1, "a").bySession("ECSTaskVolumesForEBS", "arn:aws:iam::111122223333:role/B"), created(2, "b", "x"),
			created(3, "c", "y").bySession("ECSTaskVolumesForEBS", "arn:aws:iam::111122223333:role/C"), remove(4, "d").failed(denied)},
			"a @ecs/A created=1 open=1 stuck=1 opened:b, failures:d,\n  v x 2 attached 1 failed 1\n"},
		{"the role that was first at it", []told{attach(1, "b").bySession("ECSTaskVolumesForEBS", "arn:aws:iam::111122223333:role/B"), detach(2, "a")}, "b @B unknown=1 unknown:b,\n"},
		{"the role is not known", []told{created(1, "a", "x").bySession("ECSTaskVolumesForEBS", "unknown"), attach(2, "b")}, ""},
		{"of one role the ARN with the path", []told{attach(1, "a").on("v1").bySession("ECSTaskVolumesForEBS", ""), attach(1, "b").on("v2").bySession("ECSTaskVolumesForEBS", "arn:aws:iam::111122223333:role/a"), attach(3, "c").on("v3")},
			"a @ecs/A unknown=2 unknown:b,c,\nr @r unknown=1 unknown:a,\n"},

		{"the task is in the tags it got", []told{tagged}, "a @ecs/A created=1 open=1 opened:a, in us-east-1/web\n  v TASK 1\n"},
		{"or rather in those asked for", []told{both}, "a @ecs/A created=1 open=1 opened:a,\n  v first 1\n"},

		{"kept on purpose", []told{ran(0, "z", "RunTask", "false", "other", volumeTask), created(1, "a", volumeTask), attach(2, "b"), detach(3, "c")}, "a @ecs/A created=1 kept=1\n"},
		{"kept on purpose, but in use", []told{ran(9, "z", "StartTask", "false", volumeTask), created(1, "a", volumeTask), attach(2, "b")},
			"a @ecs/A created=1 open=1 opened:a, in us-east-1/web\n  v TASK 1 attached 2\n"},
		{"kept on purpose, but in use again", []told{ran(9, "z", "RunTask", "false", "x"), created(1, "a", "x"), attach(2, "b"), detach(3, "c"), attach(4, "d")},
			"a @ecs/A created=1 open=1 opened:a,\n  v x 1 attached 4\n"},
		{"kept on purpose, but never attached", []told{ran(9, "z", "StartTask", "false", volumeTask), created(1, "a", volumeTask)},
			"a @ecs/A created=1 open=1 opened:a, in us-east-1/web\n  v TASK 1\n"},
		{"kept on purpose, and deleted at last", []told{ran(0, "z", "RunTask", "false", volumeTask), created(1, "a", volumeTask), attach(2, "b"), detach(3, "c"), ec2(9, "d", "DeleteVolume")}, "a @ecs/A created=1 deleted=1\n"},
		{"to be deleted at the end of the task", []told{ran(0, "z", "RunTask", "true", volumeTask), ran(0, "y", "RunTask", `"false"`, volumeTask), ran(0, "x", "RunTask", "false", volumeTask).failed("ClientException"),
			created(1, "a", volumeTask), detach(3, "c")}, "a @ecs/A created=1 open=1 opened:a, in us-east-1/web\n  v TASK 1\n"},
		{"kept in another account", []told{ran(0, "z", "RunTask", "false", volumeTask).of("444455556666"), created(1, "a", volumeTask), detach(3, "c")},
			"a @ecs/A created=1 open=1 opened:a, in us-east-1/web\n  v TASK 1\n"},
		{"accounts are apart", []told{created(1, "a", "x"), ec2(2, "b", "DeleteVolume").of("444455556666")}, "a @ecs/A created=1 open=1 opened:a,\n  v x 1\n"},
		{"so are Regions, in which others find nothing", []told{created(1, "a", "x").in("eu-west-1"), ec2(2, "b", "DeleteVolume").failed(missing)},
			"a @ecs/A created=1 open=1 opened:a,\n  v eu-west-1 x 1\n"},
		{"the oldest come first", []told{created(2, "a", "x").on("v1"), created(2, "b", "x").on("v0"), created(1, "c", "x").on("v2").in("eu-west-1")},
			"a @ecs/A created=3 open=3 opened:c,a,b,\n  v2 eu-west-1 x 1\n  v0 x 2\n  v1 x 2\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, walkStory(t, test.story, showVolumes)); diff != "" {
				t.Errorf("volumes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestManyVolumes: of very many open volumes the oldest are told one by one, and all are counted.
func TestManyVolumes(t *testing.T) {
	var records []string
	for i := range 3 * maxOpen {
		at := i * 7919 % (3 * maxOpen)
		records = append(records, created(at, fmt.Sprint(i), volumeTask).on(fmt.Sprintf("vol-%04d", at)).json())
	}
	_, l := walkThings(t, 1, records)
	r := l.byRole[keyOf(volumeRole)]
	if r.OpenCount != 3*maxOpen || len(r.Open) != maxOpen || r.Open[0].VolumeID != "vol-0000" || r.Open[maxOpen-1].VolumeID != "vol-0099" {
		t.Errorf("%d open, %d told, from %v to %v", r.OpenCount, len(r.Open), r.Open[0], r.Open[len(r.Open)-1])
	}
}

func TestClusterOfTask(t *testing.T) {
	for task, want := range map[string]string{
		volumeTask: "us-east-1 web",
		"arn:aws-cn:ecs:cn-north-1:111122223333:task/c/1": "cn-north-1 c",
		"arn:aws:ecs:us-east-1:111122223333:task/0123":    "",
		"arn:aws:ecs:us-east-1:111122223333:task/a/b/c":   "",
		"arn:aws:ecs:us-east-1:111122223333:task//c":      "",
		"arn:aws:ecs:us-east-1:111122223333:service/a/b":  "",
		"arn:aws:ec2:us-east-1:111122223333:task/a/b":     "",
		"task/a/b": "", "": "",
	} {
		region, cluster, ok := clusterOf(task)
		if got := strings.TrimSpace(region + " " + cluster); got != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", task, got, ok, want)
		}
	}
}
