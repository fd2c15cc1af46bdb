package catalog

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func load(t testing.TB) *Catalog {
	t.Helper()
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func feature(t testing.TB, c *Catalog, id string) Feature {
	t.Helper()
	i, ok := c.Feature(id)
	if !ok {
		t.Fatalf("no feature %q", id)
	}
	return c.Features[i]
}

// The ids are a contract: they are in reports. So is their order.
func TestEmbeddedFeatures(t *testing.T) {
	want := []string{
		"infrastructure ebs-volumes AmazonECSInfrastructureRolePolicyForVolumes",
		"infrastructure service-connect-tls AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
		"infrastructure vpc-lattice AmazonECSInfrastructureRolePolicyForVpcLattice",
		"infrastructure load-balancers AmazonECSInfrastructureRolePolicyForLoadBalancers",
		"infrastructure managed-instances AmazonECSInfrastructureRolePolicyForManagedInstances",
		"infrastructure express-mode AmazonECSInfrastructureRoleforExpressGatewayServices",
		"other lifecycle-hooks -",
		"other legacy-service-role AmazonEC2ContainerServiceRole",
		"other other-ecs-session -",
		"service-linked awsvpc-eni AmazonECSServiceRolePolicy",
		"service-linked load-balancer-targets AmazonECSServiceRolePolicy",
		"service-linked service-discovery AmazonECSServiceRolePolicy",
		"service-linked service-connect AmazonECSServiceRolePolicy",
		"service-linked auto-scaling AmazonECSServiceRolePolicy",
		"service-linked capacity-providers AmazonECSServiceRolePolicy",
		"service-linked cloudwatch-alarms AmazonECSServiceRolePolicy",
		"service-linked log-streams AmazonECSServiceRolePolicy",
		"service-linked ecs-exec AmazonECSServiceRolePolicy",
		"service-linked other-ecs-calls AmazonECSServiceRolePolicy",
	}
	c := load(t)
	var got []string
	var shared *Policy
	for _, f := range c.Features {
		policy := "-"
		if f.Policy != nil {
			policy = f.Policy.Name
		}
		got = append(got, f.Kind+" "+f.ID+" "+policy)
		if f.Principal != "ecs.amazonaws.com" || f.Page == "" || f.CatchAll != strings.HasPrefix(f.ID, "other-") {
			t.Errorf("%s: principal %q, page %q, catch-all %v", f.ID, f.Principal, f.Page, f.CatchAll)
		}
		if f.Kind == ServiceLinked {
			if shared != nil && shared != f.Policy {
				t.Errorf("%s: has a copy of the policy of its own", f.ID)
			}
			shared = f.Policy
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c.Version != "1" || c.Date != "2026-11-21" {
		t.Errorf("version %q, date %q", c.Version, c.Date)
	}
}

func TestEmbeddedSessionNames(t *testing.T) {
	want := map[string][]string{
		"ebs-volumes":         {"ECSTaskVolumesForEBS documented"},
		"service-connect-tls": {"ECSServiceConnectForTLS documented"},
		"vpc-lattice":         {"ECSNetworkingWithVPCLattice documented"},
		"load-balancers": {"ECSNetworkingWithELB documented", "ecs-service-scheduler documented",
			"ECSDeploymentWithLoadBalancers documented"},
		"managed-instances": {"ECSManagedInstancesForCompute documented", "ECSManagedInstances seen",
			"ECSFargateManagedInstances seen"},
		"express-mode":        {"ECSGateway seen", "ecs-service-scheduler seen"},
		"lifecycle-hooks":     {"ECS-Lambda-Execution documented"},
		"legacy-service-role": {"ecs-service-scheduler seen"},
	}
	got := make(map[string][]string)
	for _, f := range load(t).Features {
		for _, n := range f.SessionNames {
			got[f.ID] = append(got[f.ID], n.Name+" "+n.Confidence)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Of these AWS states itself what has to stay.
func TestEmbeddedVolumeCleanup(t *testing.T) {
	var got []string
	for _, action := range feature(t, load(t), "ebs-volumes").Policy.Actions {
		if action.Cleanup {
			got = append(got, action.Action)
		}
	}
	if diff := cmp.Diff([]string{"ec2:DescribeVolumes", "ec2:DetachVolume", "ec2:DeleteVolume"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestEmbeddedMarks(t *testing.T) {
	for _, f := range load(t).Features {
		if f.Policy == nil {
			continue
		}
		for _, action := range f.Policy.Actions {
			_, call, _ := strings.Cut(action.Action, ":")
			takesDown := slices.ContainsFunc([]string{"Delete", "Deregister", "Detach", "Disassociate", "Remove", "Revoke", "Terminate"},
				func(verb string) bool { return strings.HasPrefix(call, verb) })
			if takesDown && !action.Cleanup {
				t.Errorf("%s: %s is not marked cleanup", f.Policy.Name, action.Action)
			}
			if action.Cleanup && action.NotObservable {
				t.Errorf("%s: %s is marked as both", f.Policy.Name, action.Action)
			}
			tags := slices.Contains([]string{"AddTags", "AddTagsToCertificate", "TagResource"}, call)
			if (tags || action.Action == "iam:PassRole") && !action.NotObservable {
				t.Errorf("%s: %s is not marked notObservable", f.Policy.Name, action.Action)
			}
		}
	}
}

// Everything that the service-linked role may do must have been given to a feature by name.
func TestEmbeddedCallsCoverPolicy(t *testing.T) {
	c := load(t)
	for _, action := range feature(t, c, "other-ecs-calls").Policy.Actions {
		service, call, _ := strings.Cut(action.Action, ":")
		if service == "cloudwatch" {
			service = "monitoring" // what CloudTrail calls it
		}
		p := c.index.principals["ecs.amazonaws.com"]
		if _, ok := p.call(service+".amazonaws.com", strings.TrimSuffix(call, "*")); !ok {
			t.Errorf("%s belongs to no feature", action.Action)
		}
	}
}

// policyDocument is the answer of iam:GetPolicyVersion.
type policyDocument struct {
	PolicyVersion struct {
		Document struct {
			Statement []struct {
				Effect string
				Action stringOrList
			}
		}
		VersionId  string
		CreateDate string
	}
}

type stringOrList []string

func (l *stringOrList) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = []string{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

// notInCatalog names policies whose role the catalog says nothing of, and why.
var notInCatalog = map[string]string{
	"AmazonECSComputeServiceRolePolicy": "of AWSServiceRoleForECSCompute, which ecs-compute.amazonaws.com assumes",
}

// notInFolder names policies that were taken from AWS's reference guide alone.
var notInFolder = []string{"AmazonEC2ContainerServiceRole"}

// The policies as AWS returns them lie beside a development checkout; a plain clone has only the catalog.
func TestEmbeddedPoliciesAreThoseOfAWS(t *testing.T) {
	const folder = "../../../shared/policies"
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no policies beside this checkout")
	}
	files, err := filepath.Glob(folder + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no policies in %s: %v", folder, err)
	}
	want := make(map[string]Policy)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d policyDocument
		if err := json.Unmarshal(data, &d); err != nil {
			t.Fatal(err)
		}
		p := Policy{Name: strings.TrimSuffix(filepath.Base(file), ".json"), Version: d.PolicyVersion.VersionId}
		p.Date, _, _ = strings.Cut(d.PolicyVersion.CreateDate, "T")
		for _, s := range d.PolicyVersion.Document.Statement {
			for _, action := range s.Action {
				if a := (PolicyAction{Action: action}); s.Effect == "Allow" && !slices.Contains(p.Actions, a) {
					p.Actions = append(p.Actions, a)
				}
			}
		}
		if _, ok := notInCatalog[p.Name]; !ok {
			want[p.Name] = p
		}
	}
	got := make(map[string]Policy)
	for _, f := range load(t).Features {
		if f.Policy == nil || slices.Contains(notInFolder, f.Policy.Name) {
			continue
		}
		p := Policy{Name: f.Policy.Name, Version: f.Policy.Version, Date: f.Policy.Date}
		for _, action := range f.Policy.Actions {
			p.Actions = append(p.Actions, PolicyAction{Action: action.Action})
		}
		got[p.Name] = p
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkEmbedded(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := new(Catalog).Extend("catalog.yaml", embedded); err != nil {
			b.Fatal(err)
		}
	}
}
