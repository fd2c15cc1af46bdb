package trailgen

import (
	"fmt"
	"slices"
	"time"
)

// adversary draws small trails in which everything collides: few accounts, roles, sessions, ids and seconds.
type adversary struct {
	*tree
	r      *random
	ids    []string // event ids that come back
	shared []string // sharedEventIDs that come back
	made   []Object // events that may be delivered again
}

// Random writes a trail of up to about 20 log files with up to about 10 events each, for tests of what must hold for
// every input: two analyzers agree, order does not matter, counters add up. It has every Form, some Damage, bent events,
// duplicates that contradict each other, and sessions that several opened in one second.
func Random(dir string, seed uint64) error {
	r := newRandom(seed)
	a := &adversary{tree: &tree{Builder: newBuilder(r, Account, "us-east-1"), dir: dir}, r: r}
	for range 12 {
		a.ids, a.shared = append(a.ids, r.uuid()), append(a.shared, r.uuid())
	}
	a.err = writeReadme(dir)
	for n := range r.between(1, 20) {
		a.file(n)
	}
	return a.err
}

func (a *adversary) file(n int) {
	a.Account = pick(a.r, []string{Account, Account, otherAccount})
	a.Region = pick(a.r, []string{"us-east-1", "us-east-1", "eu-west-1"})
	a.at = a.second()
	form := a.form()
	var events []Object
	if form.Damage != None {
		// What is damaged must be relevant and have all its keys: only then must the damage be found.
		events = append(events, a.AssumeRole(a.at, ServiceCaller(ECS), a.role(), a.session()))
	}
	for range a.r.between(0, 10) {
		events = append(events, a.event())
	}
	switch a.r.below(12) {
	case 0, 1, 2, 3:
		a.copy(name(pick(a.r, []string{"copies", "z", "AWSLogs/" + otherAccount}), n, "copy"), form, events...)
	case 4:
		a.copy(fmt.Sprintf("copies/%s_CloudTrail_copy-%d.json.gz", otherAccount, n), form, events...)
	case 5:
		other := pick(a.r, slices.Concat(OtherFiles(), EmptyLogs()))
		a.text(name("other", n, other.Name), Form{Plain: a.r.chance(0.5)}, other.Text)
	case 6:
		a.logIn(LogFile{Prefix: "p/q", Organization: "o-exampleorgid", Account: a.Account, Region: a.Region}, form, events...)
	default:
		a.log(form, events...)
	}
}

// form draws a form; one in ten is damaged.
func (a *adversary) form() Form {
	if a.r.chance(0.1) {
		return pick(a.r, DamagedForms()).Form
	}
	if a.r.chance(0.4) {
		return pick(a.r, Forms()).Form
	}
	f := Form{
		Container: Container(a.r.below(int(LookupLines) + 1)), Plain: a.r.chance(0.4), ByteOrderMark: a.r.chance(0.1), Pretty: a.r.chance(0.2),
		TrailingNewline: a.r.chance(0.3), Order: KeyOrder(a.r.below(int(Shuffled) + 1)), Decoys: a.r.chance(0.1), Members: a.r.between(0, 3),
	}
	if a.r.chance(0.2) {
		f.Keys = Escaping(a.r.below(int(AllLetters) + 1))
	}
	if a.r.chance(0.2) {
		f.Values = Escaping(a.r.below(int(AllLetters) + 1))
	}
	return f
}

// second draws a time: a few seconds around each other, an hour apart, a day apart.
func (a *adversary) second() time.Time {
	start := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	return start.Add(pick(a.r, []time.Duration{0, 0, 0, time.Second, 2 * time.Second, time.Hour, time.Hour + time.Second, 24 * time.Hour, 25 * time.Hour, -time.Hour}))
}

func (a *adversary) role() Role {
	role := pick(a.r, []Role{InfrastructureRole, InfrastructureRole, LoadBalancerRole, ExpressRole, UnknownRole, ServiceLinkedRole(Account), NewRole(Account, "/aws-service-role/rds.amazonaws.com/", "AWSServiceRoleForRDS")})
	if a.r.chance(0.2) {
		role = role.In(otherAccount)
	}
	return role
}

func (a *adversary) session() string {
	return pick(a.r, []string{
		"ECSTaskVolumesForEBS", "ECSTaskVolumesForEBS", "ECSServiceConnectForTLS", "ECSNetworkingWithELB", "ECSGateway", "ecs-service-scheduler", "ecs-service-scheduler",
		"ECSBrandNew", "debug", "", pick(a.r, LookAlikes),
	})
}

func (a *adversary) caller() Caller {
	switch a.r.below(8) {
	case 0:
		return UserCaller(a.Account, "mallory", "203.0.113.66")
	case 1:
		return ServiceCaller("lambda.amazonaws.com")
	case 2:
		return AccountCaller(otherAccount, "AIDAEXAMPLEEXAMPLE123", "192.0.2.2")
	case 3:
		return a.sessionCaller()
	case 4:
		return Caller{Identity: Object{{"type", "Unknown"}}, SourceIPAddress: "192.0.2.3"}
	}
	return ServiceCaller(ECS)
}

// sessionCaller is a session that may or may not have been opened, used from inside AWS or from outside.
func (a *adversary) sessionCaller() Caller {
	s := Session{Role: a.role(), Name: a.session(), Created: a.second(), SourceIPAddress: "203.0.113.66"}
	if a.r.chance(0.7) {
		s.InvokedBy = pick(a.r, []string{ECS, ECS, ECS, "AWS Internal", "rds.amazonaws.com"})
	}
	by := s.Caller()
	if a.r.chance(0.1) {
		by.SourceIPAddress = pick(a.r, []string{"AWS Internal", ECS, "evil.amazonaws.com.example.org", "10.0.0.1", ""})
	}
	return by
}

// event draws one event, new or again, whole or bent.
func (a *adversary) event() Object {
	if len(a.made) > 0 && a.r.chance(0.15) {
		again := pick(a.r, a.made)
		switch a.r.below(4) {
		case 0:
			again = updated(again)
		case 1:
			again = pick(a.r, bends).apply(again)
		}
		return again
	}
	event := a.fresh()
	if a.r.chance(0.15) {
		event = event.With("eventID", pick(a.r, a.ids))
	}
	for a.r.chance(0.12) {
		event = pick(a.r, bends).apply(event)
	}
	a.made = append(a.made, event)
	return event
}

func (a *adversary) fresh() Object {
	if a.r.chance(0.3) {
		a.Fresh()
	}
	at := a.second()
	switch a.r.below(12) {
	case 0, 1, 2:
		event := a.AssumeRole(at, a.caller(), a.role(), a.session())
		if a.r.chance(0.2) {
			event = event.With("sharedEventID", pick(a.r, a.shared))
		}
		return event
	case 3:
		mine, theirs := a.AssumeRoleAcross(at, otherAccount, a.role().In(otherAccount), a.session())
		a.made = append(a.made, theirs)
		return mine
	case 4:
		return a.AssumeRoleDenied(at, a.caller(), pick(a.r, []Role{{}, a.role()}))
	case 5:
		a.Name("roleName", a.role().Name())
		a.Name("policyArn", "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForVpcLattice")
		return a.Event(at, a.caller(), pick(a.r, roleChanges))
	case 6:
		a.Name("roleArn", a.role().ARN)
		return a.Event(at, a.caller(), pick(a.r, references).Call)
	case 7:
		return a.Event(at, a.caller(), pick(a.r, slices.Concat(trailChanges, volumeCalls)))
	case 8:
		return a.noise(at, true)
	}
	call := a.call()
	by := a.sessionCaller()
	switch a.r.below(8) {
	case 0:
		call = call.Denied(by.Identity.Text("arn"))
	case 1:
		call = call.DryRun()
	case 2:
		call = call.Failed("ThrottlingException", "Rate exceeded")
	}
	return a.Event(at, by, call)
}

// call draws a call of any feature.
func (a *adversary) call() Call {
	if a.r.chance(0.5) {
		return pick(a.r, pick(a.r, linkedFeatures).Calls)
	}
	return pick(a.r, pick(a.r, features).Calls)
}
