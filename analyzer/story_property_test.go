package analyzer_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/internal/reference"
)

// happenings are what random stories are made of.
var happenings = []string{
	"ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1", "ecs ECSTaskVolumesForEBS AttachVolume vol-2", "ecs ECSTaskVolumesForEBS DeleteVolume vol-1",
	"ecs ECSTaskVolumesForEBS DeleteVolume vol-1 fails Client.UnauthorizedOperation", "ana DeleteVolume vol-1", "ana DeleteVolume vol-2",
	"ana RunTask backup t1 kept", "ana CreateService ledger ebs-volumes", "ana CreateService shop vpc-lattice", "ana UpdateService ledger",
	"ana DeleteService ledger", "in eu-west-1 ana DeleteService shop", "ana CreateRole", "ana DeleteRole",
	"ana AttachRolePolicy AmazonECSInfrastructureRolePolicyForVpcLattice", "ana UpdateAssumeRolePolicy lambda.amazonaws.com",
	"in eu-west-1 ana StopLogging", "in eu-west-1 ana StartLogging", "ana PutEventSelectors", "in eu-west-1 ana ec2:CreateTags",
}

// uses are what uses a role.
var uses = []string{
	"ecs ECSTaskVolumesForEBS", "ecs ECSNetworkingWithVPCLattice vpc-lattice:RegisterTargets", "ecs ecs-service-scheduler",
	"ecs ECSBrandNewFeature ec2:DescribeVolumes fails Client.UnauthorizedOperation", "ecs ECSManagedInstances ec2:RunInstances fails Client.DryRunOperation",
	"ana opens deploy", "ana is refused", "ana tries deploy", "ana as deploy s3:ListBuckets", "mallory as ECSTaskVolumesForEBS ec2:DescribeVolumes",
	"mallory opens ECSTaskVolumesForEBS", "lambda.amazonaws.com opens nightly-cleanup",
}

// storyLine writes a line of a story at a time before the end.
func storyLine(back time.Duration, what string) string {
	return fmt.Sprintf("-%s %s\n", back.Truncate(time.Second), what)
}

// drawStory draws a story of 44 days in two Regions, of a role whose creation is in the logs more often than not.
func drawStory(t *rapid.T) string {
	times := rapid.SliceOfN(rapid.Int64Range(0, int64(43*dayLength/time.Second)), 0, 10).Draw(t, "times")
	slices.Sort(times)
	slices.Reverse(times)
	text := "reads -45d -0d us-east-1 eu-west-1\n"
	if rapid.IntRange(0, 4).Draw(t, "begin") > 0 {
		text += "-44d ana CreateRole\n"
	}
	for _, at := range times {
		text += storyLine(time.Duration(at)*time.Second, rapid.SampledFrom(happenings).Draw(t, "happening"))
	}
	return text
}

func checkStory(t testing.TB, files []reference.File) *analyzer.Check {
	t.Helper()
	c, err := checkFiles(t, files, analyzer.CheckOptions{Role: storyRole.ARN, Until: storyEnd, Idle: 30 * dayLength}, nil)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, c, files)
	return c
}

// TestLostDay: without the files of a day of the idle window, no role and no feature has the verdict NO USE SEEN. The day on
// which it ends is not over, and has a rule of its own: the logs may end a day early.
func TestLostDay(t *testing.T) {
	const idle = "reads -45d -0d us-east-1 eu-west-1\n-44d ana CreateRole\n"
	rapid.Check(t, func(rt *rapid.T) {
		text := drawStory(rt)
		if rapid.Bool().Draw(rt, "idle") {
			text = idle
		}
		if c := checkStory(t, storyFiles(storyRole, idle)); c.Verdict != analyzer.NoUseSeen {
			rt.Fatalf("the idle role: %s", c.Verdict)
		}
		lost := ingest.DayOf(storyEnd) - rapid.Int64Range(1, 30).Draw(rt, "lost")
		files := slices.DeleteFunc(storyFiles(storyRole, text), func(f reference.File) bool { return ingest.DayOf(ingest.ParseKey(f.Name).Delivered) == lost })
		c := checkStory(t, files)
		for i := range c.Features {
			if f := &c.Features[i]; f.Verdict == analyzer.NoUseSeen {
				rt.Fatalf("%s: %s, in spite of the day that is lost\n%s", f.ID, f.Verdict, text)
			}
		}
		if c.Verdict == analyzer.NoUseSeen {
			rt.Fatalf("%s, in spite of the day that is lost\n%s", c.Verdict, text)
		}
	})
}

// TestAnyUse: whoever uses a role in the idle window, and whether it works or not, makes it unsafe.
func TestAnyUse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := drawStory(rt)
		what := rapid.SampledFrom(uses).Draw(rt, "use")
		if rapid.Bool().Draw(rt, "abroad") {
			what = "in eu-west-1 " + what
		}
		text += storyLine(time.Duration(rapid.Int64Range(2, int64(30*dayLength/time.Second)).Draw(rt, "time"))*time.Second, what)
		if c := checkStory(t, storyFiles(storyRole, text)); c.Verdict != analyzer.NotSafe || c.Reasons[0].ID != analyzer.ReasonUse {
			rt.Fatalf("%s for %v\n%s", c.Verdict, c.Reasons, text)
		}
	})
}

// TestOrderOfFiles: the order of the files, and how the events of a day are cut into files, change nothing but what was read
// and the objects that evidence names.
func TestOrderOfFiles(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := drawStory(rt)
		if rapid.Bool().Draw(rt, "used") {
			text += storyLine(time.Hour, rapid.SampledFrom(uses).Draw(rt, "use"))
		}
		files := storyFiles(storyRole, text)
		var cut []reference.File
		for _, f := range files {
			texts, err := reference.Records(f)
			if err != nil {
				rt.Fatal(err)
			}
			for i, r := range texts {
				name := strings.Replace(f.Name, "story00000000000", fmt.Sprintf("story%011d", i), 1)
				cut = append(cut, reference.File{Name: name, Data: slices.Concat([]byte(`{"Records":[`), r, []byte("]}"))})
			}
		}
		cut = rapid.Permutation(cut).Draw(rt, "order")
		if want, got := plainly(checkStory(t, files)), plainly(checkStory(t, cut)); want != got {
			rt.Fatalf("another order and cut changed the check from\n%s\nto\n%s\n%s", want, got, text)
		}
	})
}

// plainly writes a check without the input and the objects of evidence.
func plainly(c *analyzer.Check) string {
	c.Input = analyzer.Input{}
	forget := func(reasons []analyzer.Reason) {
		for _, r := range reasons {
			for i := range r.Evidence {
				r.Evidence[i].Object = ""
			}
		}
	}
	forget(c.Reasons)
	for i := range c.Features {
		forget(c.Features[i].Reasons)
	}
	if c.LastUse != nil {
		c.LastUse.Evidence.Object = ""
	}
	text, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		panic(err)
	}
	return string(text)
}
