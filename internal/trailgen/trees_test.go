package trailgen

import (
	"bytes"
	"path"
	"strings"
	"testing"
)

// testdata/demo is the demo trail, byte for byte. After a change to the generator: rm -r testdata/demo && go run
// ./cmd/trailgen -preset demo -out testdata/demo, in the root of the project.
func TestDemoIsTheCommittedOne(t *testing.T) {
	dir := t.TempDir()
	if err := Demo(dir); err != nil {
		t.Fatal(err)
	}
	committed, made := files(t, "../../testdata/demo"), files(t, dir)
	if different := differences(committed, made); len(different) > 0 {
		t.Errorf("%d files differ, such as %s", len(different), different[0])
	}
	size := 0
	for _, data := range made {
		size += len(data)
	}
	if len(made) < 60 || len(made) > 150 || size > 400_000 {
		t.Errorf("%d files, %d bytes", len(made), size)
	}
}

// What the README of the demo promises is there.
func TestDemoTellsItsStory(t *testing.T) {
	dir := t.TempDir()
	if err := Demo(dir); err != nil {
		t.Fatal(err)
	}
	sessions, regions := map[string]map[string]int{}, map[string]bool{}
	broken, digests := 0, 0
	for name, data := range files(t, dir) {
		switch {
		case strings.Contains(name, "/CloudTrail-Digest/"):
			digests++
			continue
		case !strings.HasSuffix(name, ".gz"):
			continue
		}
		events, err := read(t, data)
		if err != nil {
			broken++
			continue
		}
		for _, event := range events {
			if event["eventName"] != "AssumeRole" {
				continue
			}
			parameters := event["requestParameters"].(map[string]any)
			role := path.Base(parameters["roleArn"].(string))
			if sessions[role] == nil {
				sessions[role] = map[string]int{}
			}
			sessions[role][parameters["roleSessionName"].(string)]++
			if role == "AWSServiceRoleForECS" {
				regions[event["awsRegion"].(string)] = true
			}
		}
	}
	if broken != 1 || digests == 0 || len(regions) != 2 {
		t.Errorf("%d broken log files, %d digest files, service-linked role in %d Regions", broken, digests, len(regions))
	}
	infrastructure := sessions["ecsInfrastructureRole"]
	// 30 mornings and evenings in one Region, 5 of each in the other less the one in the broken file, and the impostor.
	if got := infrastructure["ECSTaskVolumesForEBS"]; got != 60+9+1 {
		t.Errorf("ECSTaskVolumesForEBS was opened %d times", got)
	}
	if infrastructure["ECSServiceConnectForTLS"] != 3 || infrastructure["ecsTaskVolumesForEBS"] != 1 || infrastructure["ECSNetworkingWithVPCLattice"] != 0 {
		t.Errorf("sessions of the infrastructure role: %v", infrastructure)
	}
	if s := sessions["ecsLoadBalancerRole"]; s["ECSNetworkingWithELB"] != 2 || s["ecs-service-scheduler"] != 2 {
		t.Errorf("sessions of the load balancer role: %v", s)
	}
	if s := sessions["ecsInfrastructureRole-managed-ec2"]; s["ECSManagedInstances"] == 0 || s["ECSManagedInstancesForCompute"] == 0 {
		t.Errorf("sessions of the Managed Instances role: %v", s)
	}
	if s := sessions["ecsInfrastructureRoleForExpressServices"]; s["ECSGateway"] != 4 {
		t.Errorf("sessions of the Express role: %v", s)
	}
}

// The trees for tests are the same for the same seed, differ for another, and hold whole log files and broken ones.
func TestTreesForTests(t *testing.T) {
	for name, write := range map[string]func(string, uint64) error{"shapes": Shapes, "random": Random} {
		tree := func(seed uint64) map[string][]byte {
			dir := t.TempDir()
			if err := write(dir, seed); err != nil {
				t.Fatalf("%s %d: %v", name, seed, err)
			}
			return files(t, dir)
		}
		one := tree(1)
		if different := differences(one, tree(1)); len(different) > 0 {
			t.Errorf("%s: not the same twice: %s", name, different[0])
		}
		if len(differences(one, tree(2))) == 0 {
			t.Errorf("%s: the same for every seed", name)
		}
		if !bytes.Contains(one["README.md"], []byte("made up")) {
			t.Errorf("%s: nothing says that the tree is synthetic", name)
		}
	}
}

func TestShapesHoldsEverything(t *testing.T) {
	dir := t.TempDir()
	if err := Shapes(dir, 1); err != nil {
		t.Fatal(err)
	}
	tree := files(t, dir)
	names := map[string]int{}
	for name := range tree {
		names[strings.SplitN(name, "/", 2)[0]]++
	}
	for folder, least := range map[string]int{
		"forms": 3 * len(Forms()), "damaged": len(DamagedForms()), "other": 3 * len(OtherFiles()), "values": len(bends), "duplicates": 3, "names": 14, "AWSLogs": 300,
	} {
		if names[folder] < least {
			t.Errorf("%s: %d files, fewer than %d", folder, names[folder], least)
		}
	}
	sessions := map[string]bool{}
	for _, data := range tree {
		events, err := read(t, data)
		if err != nil {
			continue
		}
		for _, event := range events {
			if parameters, ok := event["requestParameters"].(map[string]any); ok {
				session, _ := parameters["roleSessionName"].(string)
				sessions[session] = true
			}
		}
	}
	for _, f := range Features() {
		for _, session := range f.Sessions {
			if !sessions[session] {
				t.Errorf("%s: session %s is missing", f.ID, session)
			}
		}
	}
	for _, session := range LookAlikes {
		if !sessions[session] {
			t.Errorf("look-alike %q is missing", session)
		}
	}
}

// Many small trails together: all can be written, most files are whole, some are not, and their events collide.
func TestRandomTrailsCollide(t *testing.T) {
	whole, failed, again := 0, 0, 0
	for seed := range uint64(40) {
		dir := t.TempDir()
		if err := Random(dir, seed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		ids := map[any]bool{}
		for name, data := range files(t, dir) {
			if name == "README.md" {
				continue
			}
			events, err := read(t, data)
			if err != nil {
				failed++
				continue
			}
			whole++
			for _, event := range events {
				if id, ok := event["eventID"].(string); ok {
					if ids[id] {
						again++
					}
					ids[id] = true
				}
			}
		}
	}
	if whole < 3*failed || failed < 20 || again < 80 {
		t.Errorf("%d files are whole, %d are not, %d events came again", whole, failed, again)
	}
}
