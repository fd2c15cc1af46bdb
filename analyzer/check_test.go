package analyzer_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"roletrail/analyzer"
	"roletrail/internal/trailgen"
)

// TestLastUse: use before the idle window is told and changes nothing, and so is use after the time that is asked about.
func TestLastUse(t *testing.T) {
	files := storyFiles(storyRole, `
		-39d ana CreateRole
		-35d ecs ECSTaskVolumesForEBS
		-5d ecs ECSTaskVolumesForEBS
		-3d ecs ECSNetworkingWithVPCLattice`)
	for _, test := range []struct {
		until    string // the time that is asked about
		verdict  string
		last     string // use
		lattice  string // verdict
		warnings int
	}{
		{"-6d", analyzer.NoUseSeen, "-35d", analyzer.NoUseSeen, 1},
		{"-5d", analyzer.NoUseSeen, "-35d", analyzer.NoUseSeen, 1},
		{"-119h59m59s", analyzer.NotSafe, "-5d", analyzer.NoUseSeen, 1},
		{"-2d", analyzer.NotSafe, "-3d", analyzer.NotSafe, 0},
	} {
		c, err := checkFiles(t, files, analyzer.CheckOptions{Role: "infra", Until: ago(test.until), Idle: 20 * dayLength}, nil)
		if err != nil {
			t.Fatal(err)
		}
		lattice := slices.IndexFunc(c.Features, func(f analyzer.CheckFeature) bool { return f.ID == "vpc-lattice" })
		if c.Verdict != test.verdict || !c.LastUse.Time.Equal(ago(test.last)) || c.Features[lattice].Verdict != test.lattice || len(c.Warnings) != test.warnings {
			t.Errorf("asked about %s: %s, last use %v, vpc-lattice %+v, warnings %v", test.until, c.Verdict, c.LastUse, c.Features[lattice], c.Warnings)
		}
	}
}

// TestLiveChecks: they are for the role, its account and all Regions, and a shell can read them.
func TestLiveChecks(t *testing.T) {
	for _, role := range []trailgen.Role{storyRole, trailgen.ServiceLinkedRole(trailgen.Account)} {
		files := storyFiles(role, `
			reads -40d -0d us-east-1 eu-west-1
			-3d ecs ecs-service-scheduler ec2:DescribeVolumes`)
		c, err := checkFiles(t, files, analyzer.CheckOptions{Role: role.ARN, Until: storyEnd, Idle: 20 * dayLength}, []string{"ap-south-1"})
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, check := range c.LiveChecks {
			all.WriteString(check.Question + "\n" + check.Command + "\n")
			if out, err := exec.Command("sh", "-n", "-c", check.Command).CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", check.Command, err, out)
			}
		}
		wanted := []string{trailgen.Account, "--role-name " + role.Name(), "--region us-east-1", "--region eu-west-1", "--region ap-south-1"}
		if c.Role.Kind != analyzer.KindServiceLinked {
			wanted = append(wanted, "grep -q -F "+role.ARN+" ", "grep -F "+role.ARN)
		}
		for _, want := range wanted {
			if !strings.Contains(all.String(), want) {
				t.Errorf("%s: no live check has %q", role.ARN, want)
			}
		}
	}
}

// TestSpelling: whatever the path of an ARN, an account has one role of a name, which is told as the logs write it.
func TestSpelling(t *testing.T) {
	files := storyFiles(storyRole, `
		-39d ana CreateRole
		-35d ecs ECSTaskVolumesForEBS`)
	const account = "arn:aws:iam::" + trailgen.Account
	for role, warnings := range map[string]int{
		"infra": 0, storyRole.ARN: 0, account + ":role/infra": 1, account + ":role/eks/infra": 1,
	} {
		c, err := checkFiles(t, files, analyzer.CheckOptions{Role: role, Until: storyEnd, Idle: 30 * dayLength}, nil)
		if err != nil || c.Role.ARN != storyRole.ARN || len(c.Warnings) != warnings || c.Verdict != analyzer.NoUseSeen || c.LastUse == nil {
			t.Errorf("%s: %+v, %v", role, c, err)
		}
	}
	// Of a role that only its name tells, the ARN that was asked for is as good as any.
	deleted := storyFiles(storyRole, `-35d ana DeleteRole`)
	c, err := checkFiles(t, deleted, analyzer.CheckOptions{Role: storyRole.ARN, Until: storyEnd, Idle: 30 * dayLength}, nil)
	if err != nil || c.Role.ARN != storyRole.ARN || len(c.Warnings) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}
