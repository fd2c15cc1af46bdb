package analyzer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
	"roletrail/ingest"
	"roletrail/internal/reference"
	"roletrail/internal/trailgen"
)

// allowed is a statement of a policy, as far as the tests look at it.
type allowed struct {
	Sid              string
	Action, Resource []string
	Condition        any
}

func policyOf(t testing.TB, files []reference.File, role string) (*analyzer.Policy, []allowed, error) {
	t.Helper()
	a := analyzer.New(analyzer.Options{Catalog: embedded(t), Roles: []string{analyzer.SelectorOf(role)}, TempDir: t.TempDir()})
	defer a.Close()
	p, _, err := a.Policy(context.Background(), heldFiles(files), ingest.Options{}, 2, role)
	if err != nil {
		return nil, nil, err
	}
	var statements []allowed
	for _, text := range p.Documents {
		for _, complaint := range grammarOf(text) {
			t.Errorf("%s: %s", role, complaint)
		}
		var document struct{ Statement []allowed }
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		statements = append(statements, document.Statement...)
	}
	return p, statements, nil
}

// permits reports whether statements allow an action, by the wildcards of IAM.
func permits(statements []allowed, action string) bool {
	return slices.ContainsFunc(statements, func(s allowed) bool {
		return slices.ContainsFunc(s.Action, func(pattern string) bool {
			ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(action)) // in which nothing but * and ? is special
			return ok && err == nil
		})
	})
}

// actionsOf returns the IAM actions of which one must be allowed for a call that CloudTrail writes so.
func actionsOf(source, name string) []string {
	service := strings.TrimSuffix(source, ".amazonaws.com")
	switch service {
	case "monitoring":
		service = "cloudwatch"
	case "tagging":
		service = "tag"
	case "autoscaling":
		return []string{"autoscaling:" + name, "application-autoscaling:" + name, "autoscaling-plans:" + name}
	case "lambda":
		if name == "Invoke" {
			name = "InvokeFunction"
		}
	}
	return []string{service + ":" + name}
}

// checkPolicy holds a policy against what the reference says of the role. Of a role that it tells of under several ARNs, for
// not every record tells the path, one alone does not show what is not needed.
func checkPolicy(t *testing.T, files []reference.File, role *analyzer.Role, alone bool) {
	t.Helper()
	p, statements, err := policyOf(t, files, role.ARN)
	if err != nil {
		t.Fatalf("%s: %v", role.ARN, err)
	}
	for i := range role.Features {
		f := &role.Features[i]
		for _, a := range f.Actions {
			if actions := actionsOf(a.Service, a.Action); a.Calls > a.Failed && !slices.ContainsFunc(actions, func(action string) bool { return permits(statements, action) }) {
				t.Errorf("%s: %s called %s %s, and %v is not allowed", role.ARN, f.ID, a.Service, a.Action, actions)
			}
		}
		needed := f.Assumed+f.Denied+f.Calls > 0 || slices.ContainsFunc(role.References, func(r analyzer.Reference) bool { return r.Feature == f.ID })
		c := embedded(t)
		at, _ := c.Feature(f.ID)
		policy := c.Features[at].Policy
		if policy == nil {
			continue
		}
		if listed := slices.Contains(p.NotNeeded, policy.Name); needed && listed || !needed && !listed && alone {
			t.Errorf("%s: %s is needed: %v, and not needed: %v", role.ARN, policy.Name, needed, p.NotNeeded)
		}
		if !needed && alone && slices.Contains(p.Suffices, policy.Name) {
			t.Errorf("%s: %s is not needed, and suffices", role.ARN, policy.Name)
		}
		for _, a := range policy.Actions {
			if needed && (a.Cleanup || a.NotObservable) && !permits(statements, a.Action) {
				t.Errorf("%s: %s is not allowed", role.ARN, a.Action)
			}
		}
	}
	for _, s := range statements {
		if !strings.HasPrefix(s.Sid, "ReviewUsedOutsideManagedPolicies") && !isOfAWS(t, s) {
			t.Errorf("%s: %s is not a part of a statement of AWS's", role.ARN, s.Sid)
		}
	}
}

// isOfAWS reports whether a statement is one of AWS's managed policies with some of its actions, or one of a policy whose
// text is not known.
func isOfAWS(t testing.TB, s allowed) bool {
	t.Helper()
	for _, f := range embedded(t).Features {
		if f.Policy == nil {
			continue
		}
		statements, known := f.Policy.Statements()
		if !known {
			all := catalog.Statement{Resources: []string{"*"}}
			for _, a := range f.Policy.Actions {
				all.Actions = append(all.Actions, a.Action)
			}
			statements = []catalog.Statement{all}
		}
		for _, o := range statements {
			var condition any
			if len(o.Condition) > 0 {
				if err := json.Unmarshal(o.Condition, &condition); err != nil {
					t.Fatal(err)
				}
			}
			more := slices.ContainsFunc(s.Action, func(a string) bool { return !slices.Contains(o.Actions, a) })
			if !more && slices.Equal(s.Resource, o.Resources) && cmp.Equal(s.Condition, condition) {
				return true
			}
		}
	}
	return false
}

// TestPolicies makes policies of the roles of random trails, and holds them against what the reference says of the roles.
func TestPolicies(t *testing.T) {
	n := uint64(40)
	if testing.Short() {
		n = 10
	}
	roots := map[string]func(root string) error{
		"plain": func(root string) error {
			_, err := trailgen.Write(root, trailgen.Options{Seed: 7, Plain: true, Files: 200, Sizes: trailgen.Of(40), Relevant: 0.9, Workers: 1})
			return err
		},
		"demo": trailgen.Demo,
	}
	for seed := range n {
		roots[fmt.Sprint("random ", seed)] = func(root string) error { return trailgen.Random(root, 5000+seed) }
	}
	for name, write := range roots {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "trail")
			if err := os.MkdirAll(root, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := write(root); err != nil {
				t.Fatal(err)
			}
			files := filesOf(t, root)
			usage, err := reference.Analyze(files, reference.Options{Catalog: embedded(t), Limit: ingest.DefaultLimit})
			if err != nil {
				t.Fatal(err)
			}
			spellings := map[string]int{}
			for i := range usage.Roles {
				spellings[usage.Roles[i].AccountID+strings.ToLower(usage.Roles[i].Name)]++
			}
			for i := range usage.Roles {
				if r := &usage.Roles[i]; r.Kind != analyzer.KindServiceLinked && r.Name != "" && r.AccountID != "" {
					checkPolicy(t, files, r, spellings[r.AccountID+strings.ToLower(r.Name)] == 1)
				}
			}
		})
	}
}

// TestPolicyStories are policies of stories.
func TestPolicyStories(t *testing.T) {
	const volumes, lattice = "AmazonECSInfrastructureRolePolicyForVolumes", "AmazonECSInfrastructureRolePolicyForVpcLattice"
	for _, s := range []struct {
		name, events      string
		actions, not      []string
		suffices, ignored []string // policies, the second those that are not needed
		documents         int
	}{
		{
			name:    "a volume is open, and nothing else was seen",
			events:  `-3d ecs ECSTaskVolumesForEBS CreateVolume vol-1 t1`,
			actions: []string{"ec2:CreateVolume", "ec2:CreateTags", "ec2:DetachVolume", "ec2:DeleteVolume", "ec2:DescribeVolumes"},
			not:     []string{"ec2:AttachVolume", "ec2:DescribeAvailabilityZones", "vpc-lattice:RegisterTargets"}, suffices: []string{volumes}, ignored: []string{lattice}, documents: 1,
		},
		{
			name:    "a service names it, and it was not used",
			events:  `-3d ana CreateService ledger vpc-lattice`,
			actions: []string{"vpc-lattice:DeregisterTargets"},
			not:     []string{"vpc-lattice:RegisterTargets", "ec2:DeleteVolume"}, suffices: []string{lattice}, ignored: []string{volumes}, documents: 1,
		},
		{
			name:    "a call that the managed policy does not allow",
			events:  `-3d ecs ECSTaskVolumesForEBS ec2:ModifyVolume`,
			actions: []string{"ec2:ModifyVolume"}, ignored: []string{lattice}, documents: 1,
		},
		{
			name:    "calls whose names are no actions",
			events:  "-3d ecs ECSTaskVolumesForEBS ec2:*\n-3d ecs ECSTaskVolumesForEBS a.b:Describe",
			actions: []string{"ec2:DeleteVolume"}, not: []string{"ec2:TerminateInstances", "a.b:Describe"}, suffices: []string{volumes}, documents: 1,
		},
		{
			name:   "a person alone",
			events: `-3d ana as deploy s3:ListBuckets`,
		},
	} {
		t.Run(s.name, func(t *testing.T) {
			p, statements, err := policyOf(t, storyFiles(storyRole, s.events), storyRole.ARN)
			if err != nil {
				t.Fatal(err)
			}
			for _, action := range s.actions {
				if !permits(statements, action) {
					t.Errorf("%s is not allowed", action)
				}
			}
			for _, action := range s.not {
				if permits(statements, action) {
					t.Errorf("%s is allowed", action)
				}
			}
			lacks := func(of []string, list []string) bool {
				return slices.ContainsFunc(of, func(name string) bool { return !slices.Contains(list, name) })
			}
			if lacks(s.suffices, p.Suffices) || lacks(p.Suffices, s.suffices) || lacks(s.ignored, p.NotNeeded) || len(p.Documents) != s.documents {
				t.Errorf("suffices %v, not needed %v, %d documents", p.Suffices, p.NotNeeded, len(p.Documents))
			}
		})
	}
}

// TestLongPolicy: what is too long for one policy is divided, and all of it is there.
func TestLongPolicy(t *testing.T) {
	var events strings.Builder
	for i := range 700 {
		fmt.Fprintf(&events, "-3d ecs ECSTaskVolumesForEBS ec2:DescribeSomethingNumber%d\n", i)
	}
	p, statements, err := policyOf(t, storyFiles(storyRole, events.String()), storyRole.ARN)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Documents) < 4 {
		t.Errorf("%d documents", len(p.Documents))
	}
	for i := range 700 {
		if action := fmt.Sprintf("ec2:DescribeSomethingNumber%d", i); !permits(statements, action) {
			t.Errorf("%s is not allowed", action)
		}
	}
}

// TestNoPolicy: there is none of a role that AWS owns, nor of one that no event names.
func TestNoPolicy(t *testing.T) {
	linked := trailgen.ServiceLinkedRole(trailgen.Account)
	files := storyFiles(linked, `-3d ecs ecs-service-scheduler ec2:CreateNetworkInterface`)
	for _, role := range []string{linked.ARN, linked.Name()} {
		if _, _, err := policyOf(t, files, role); !errors.As(err, new(*analyzer.ServiceLinkedError)) {
			t.Errorf("%s: %v", role, err)
		}
	}
	for _, role := range []string{storyRole.ARN, "infra"} {
		if _, _, err := policyOf(t, files, role); !errors.As(err, new(*analyzer.RoleError)) {
			t.Errorf("%s: %v", role, err)
		}
	}
}
