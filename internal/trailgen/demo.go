package trailgen

import (
	"cmp"
	"path/filepath"
	"slices"
	"time"
)

// The demo trail: thirty days of account 111122223333 in two Regions, small enough to read. What happens in it is in
// the tables below; the rest is noise.

// demoStart is the first day of the demo trail.
var demoStart = time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC)

const demoDays = 30

const (
	virginia = "us-east-1"
	ireland  = "eu-west-1"
)

// visit is a session of ECS that comes on certain days.
type visit struct {
	first, every int // day of the trail (0 to 29), and days from one to the next
	last         int // day
	hour, minute int
	region       string
	role         Role
	session      string
	calls        []Call
}

// demoVisits are the uses of roles by ECS. Nothing uses VPC Lattice, which the infrastructure role also allows.
var demoVisits = []visit{
	// EBS volumes, every day: in the morning a task starts with one, in the evening it stops.
	{0, 1, 29, 6, 4, virginia, InfrastructureRole, "ECSTaskVolumesForEBS", volumeCalls[:8]},
	{0, 1, 29, 19, 31, virginia, InfrastructureRole, "ECSTaskVolumesForEBS", volumeCalls[7:]},
	{3, 6, 29, 7, 42, ireland, InfrastructureRole, "ECSTaskVolumesForEBS", volumeCalls[1:8]},
	{3, 6, 29, 18, 12, ireland, InfrastructureRole, "ECSTaskVolumesForEBS", volumeCalls[7:]},
	// Certificates of Service Connect, every week; the last one came a week and a half before the end.
	{1, 7, 19, 2, 17, virginia, InfrastructureRole, "ECSServiceConnectForTLS", tlsCalls[3:11]},
	// Managed Instances, under the name that AWS documents and the one that was seen.
	{2, 9, 20, 9, 26, virginia, InstancesRole, "ECSManagedInstances", instanceCalls[:12]},
	{5, 9, 29, 9, 51, virginia, InstancesRole, "ECSManagedInstancesForCompute", instanceCalls[2:8]},
	// Two blue/green deployments: listeners are shifted under one session name, targets under another.
	{8, 13, 29, 14, 5, virginia, LoadBalancerRole, "ECSNetworkingWithELB", balancerCalls[:4]},
	{8, 13, 29, 14, 20, virginia, LoadBalancerRole, "ecs-service-scheduler", balancerCalls[4:]},
	// The service-linked role, in both Regions.
	{0, 2, 29, 6, 2, virginia, ServiceLinkedRole(Account), "ecs-service-scheduler", interfaceCalls[:7]},
	{1, 2, 29, 6, 9, virginia, ServiceLinkedRole(Account), "ecs-service-scheduler", targetCalls[:4]},
	{4, 10, 29, 11, 33, virginia, ServiceLinkedRole(Account), "ecs-service-scheduler", scalingCalls[:4]},
	{4, 10, 29, 11, 40, virginia, ServiceLinkedRole(Account), "ecs-service-scheduler", alarmCalls[:2]},
	{12, 30, 12, 15, 3, virginia, ServiceLinkedRole(Account), "ecs-execute-command", execCalls},
	{2, 4, 29, 7, 38, ireland, ServiceLinkedRole(Account), "ecs-service-scheduler", interfaceCalls[:5]},
	{2, 8, 29, 7, 45, ireland, ServiceLinkedRole(Account), "ecs-service-scheduler", discoveryCalls[:6]},
}

// expressDays are when Express Mode tries again, and again lacks a permission that its managed policy does not give.
var expressDays = []int{6, 7, 9}

// Demo writes the demo trail with its README.md. It is the same every time: testdata/demo is this very tree.
func Demo(dir string) error {
	d := &demo{tree: &tree{Builder: newBuilder(newRandom(20261114), Account, virginia), dir: dir}}
	d.visits()
	d.express()
	d.people()
	d.strangers()
	d.write()
	d.digests()
	if d.err == nil {
		d.err = writeFile(filepath.Join(dir, "README.md"), []byte(demoReadme))
	}
	return d.err
}

// demo gathers events and then delivers them in log files.
type demo struct {
	*tree
	parts []demoPart
}

// demoPart is what happened at a time in a Region; it becomes one log file.
type demoPart struct {
	start  time.Time
	region string
	events []Object
}

// begin sets the time and the Region of what happens next.
func (d *demo) begin(day, hour, minute int, region string) {
	d.at = demoStart.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(d.random.below(60))*time.Second)
	d.Region = region
}

// happen adds events at the time that begin set.
func (d *demo) happen(events ...Object) {
	d.parts = append(d.parts, demoPart{d.at, d.Region, events})
}

func (d *demo) visits() {
	for _, v := range demoVisits {
		for day := v.first; day <= v.last; day += v.every {
			d.begin(day, v.hour, v.minute, v.region)
			d.Fresh()
			// What starts in the morning of a day stops in its evening: the same task with the same volume.
			d.Name("cluster", "prod")
			d.Name("service", "ledger")
			d.Name("taskId", newRandom(uint64(day), hash(v.region)).text(hexDigits, 32))
			d.Name("volume", "vol-0"+newRandom(uint64(day), hash(v.region)).text(hexDigits, 16))
			events := d.use(v.role, v.session, v.calls)
			if day == 11 && v.hour == 19 {
				last := len(v.calls) - 1
				by := Opened(events[0], v.role, ECS).Caller()
				events[last+1] = d.Event(d.at, by, v.calls[last].Failed("Client.VolumeInUse", "Volume <volume> is currently attached to <instance>"))
			}
			d.happen(events...)
		}
	}
}

// express is a service in Express Mode: what it needs is denied three times, then granted by hand.
func (d *demo) express() {
	d.Fresh()
	d.Name("cluster", "default")
	d.Name("service", "frontend")
	denied := Session{Role: ExpressRole, Name: "ECSGateway"}.ARN()
	for _, day := range expressDays {
		d.begin(day, 10, 12, virginia)
		d.happen(d.use(ExpressRole, "ECSGateway", []Call{expressCalls[1], expressCalls[0].Denied(denied)})...)
	}
	d.begin(9, 16, 40, virginia)
	d.happen(d.use(ExpressRole, "ECSGateway", slices.Concat(expressCalls[:10], expressCalls[11:16]))...)
	d.begin(9, 16, 55, virginia)
	d.happen(d.use(ExpressRole, "ecs-service-scheduler", expressCalls[17:18])...)
}

// people are those who set up services and change roles.
func (d *demo) people() {
	alice := UserCaller(Account, "alice", "192.0.2.12")
	alice.UserAgent = userAgents[2]
	created, attached := named(roleChanges, "CreateRole"), named(roleChanges, "AttachRolePolicy")
	for _, c := range []struct {
		day, hour, minute int
		role              Role
		policy            string
		calls             []Call
	}{
		{0, 5, 40, InfrastructureRole, "service-role/AmazonECSInfrastructureRolePolicyForVolumes", []Call{reference("ebs-volumes", "CreateService"), reference("service-connect-tls", "UpdateService")}},
		{2, 9, 20, InstancesRole, "AmazonECSInfrastructureRolePolicyForManagedInstances", []Call{created, attached, reference("managed-instances", "CreateCapacityProvider")}},
		{6, 10, 5, ExpressRole, "service-role/AmazonECSInfrastructureRoleforExpressGatewayServices", []Call{created, attached, reference("express-mode", "CreateExpressGatewayService")}},
		{8, 13, 58, LoadBalancerRole, "AmazonECSInfrastructureRolePolicyForLoadBalancers", []Call{reference("load-balancers", "UpdateService")}},
		{9, 16, 31, ExpressRole, "", []Call{named(roleChanges, "PutRolePolicy")}},
		{21, 8, 15, InfrastructureRole, "AmazonECSInfrastructureRolePolicyForVpcLattice", []Call{attached}},
	} {
		d.begin(c.day, c.hour, c.minute, virginia)
		d.Fresh()
		d.Name("roleArn", c.role.ARN)
		d.Name("roleName", c.role.Name())
		d.Name("policyArn", "arn:aws:iam::aws:policy/"+c.policy)
		var events []Object
		for _, call := range c.calls {
			events = append(events, d.Event(d.at, alice, call))
			d.pass(4 * time.Second)
		}
		d.happen(events...)
	}
}

// strangers are a person who opens a session under a name of ECS, one who comes close to it, and a function that uses
// the role under its own name.
func (d *demo) strangers() {
	d.Fresh()
	d.begin(25, 2, 13, virginia)
	s := &stage{Builder: d.Builder, at: d.at}
	d.happen(s.taken(s.AssumeRole(s.at, mallory(s), InfrastructureRole, "ECSTaskVolumesForEBS"), InfrastructureRole)...)
	d.begin(26, 3, 40, ireland)
	s = &stage{Builder: d.Builder, at: d.at}
	d.happen(s.AssumeRole(s.at, mallory(s), InfrastructureRole, "ecsTaskVolumesForEBS"))
	for day := 10; day < demoDays; day += 7 {
		d.begin(day, 1, 0, ireland)
		d.happen(d.AssumeRole(d.at, ServiceCaller("lambda.amazonaws.com"), InfrastructureRole, "nightly-cleanup"))
	}
}

// write delivers what happened, all that falls into a quarter of an hour of a Region in one log file, with some noise.
// One file is broken.
func (d *demo) write() {
	slices.SortStableFunc(d.parts, func(a, b demoPart) int {
		return cmp.Or(cmp.Compare(a.region, b.region), a.start.Compare(b.start))
	})
	for i := 0; i < len(d.parts); {
		first := d.parts[i]
		var events []Object
		for ; i < len(d.parts) && d.parts[i].region == first.region && d.parts[i].start.Sub(first.start) < 15*time.Minute; i++ {
			d.at = d.parts[i].start
			events = append(events, d.parts[i].events...)
		}
		d.Region = first.region
		for range d.random.between(1, 6) {
			events = append(events, d.noise(d.at.Add(time.Duration(d.random.between(-120, 120))*time.Second), first.region == virginia))
		}
		if d.random.chance(0.3) {
			events = append(events, serviceAssumes(d.stage(Account, d.Region))...)
		}
		shuffle(d.random, events)
		form := Form{}
		if first.region == ireland && first.start.Format("2006-01-02T15") == "2026-11-05T18" {
			form.Damage = TruncatedGzip
		}
		d.log(form, events...)
	}
}

// digests stand in for the digest files that CloudTrail delivers beside log files. They are not signed.
func (d *demo) digests() {
	for day := demoDays - 3; day < demoDays; day++ {
		for _, region := range []string{virginia, ireland} {
			end := demoStart.AddDate(0, 0, day).Add(12 * time.Hour)
			name := DigestFile{LogFile: LogFile{Account: Account, Region: region, Delivered: end}, Trail: "management", HomeRegion: region}
			text := Object{
				{"awsAccountId", Account}, {"digestStartTime", end.Add(-time.Hour).Format(time.RFC3339)}, {"digestEndTime", end.Format(time.RFC3339)},
				{"digestS3Bucket", "audit-archive"}, {"digestS3Object", name.Key()}, {"newestEventTime", nil}, {"oldestEventTime", nil},
				{"previousDigestS3Bucket", nil}, {"previousDigestS3Object", nil}, {"previousDigestHashValue", nil}, {"logFiles", List{}},
			}
			d.text(name.Key(), Form{}, string(text.JSON()))
		}
	}
}

const demoReadme = `# The demo trail

This trail is synthetic: no account, role, key, address or person in it exists. It is thirty days (2026-10-15 to
2026-11-14) of account 111122223333 in us-east-1 and eu-west-1, written by

    rm -r testdata/demo && go run ./cmd/trailgen -preset demo -out testdata/demo

and the same every time; a test holds this folder to it. What a report should tell of it:

- ecsInfrastructureRole attaches EBS volumes every day, issues certificates for Service Connect every week until
  2026-10-30, and is never used for VPC Lattice, though that policy was attached to it on 2026-11-05. One DeleteVolume
  failed on 2026-10-26.
- ecsInfrastructureRoleForExpressServices was denied ec2:DescribeAccountAttributes, which its managed policy does not
  grant, until a policy was added by hand on 2026-10-24.
- ecsInfrastructureRole-managed-ec2 runs Managed Instances under two session names.
- ecsLoadBalancerRole shifted the traffic of two blue/green deployments.
- AWSServiceRoleForECS is used in both Regions.
- On 2026-11-09 the user mallory opened a session that bears the name of ECS's own, and on 2026-11-10 one whose name
  only looks like it. A Lambda function uses the role under its own name.
- One log file of 2026-11-05 in eu-west-1 is cut off. The digest files are not signed.
`
