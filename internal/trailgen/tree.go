package trailgen

import (
	"fmt"
	"path/filepath"
	"time"
)

// tree is a folder of log files under construction. The first error ends the writing and is kept.
type tree struct {
	*Builder
	dir string
	at  time.Time // of the next event
	err error
}

// log writes events under the name that CloudTrail would give their file.
func (t *tree) log(form Form, events ...Object) {
	t.logIn(LogFile{Account: t.Account, Region: t.Region}, form, events...)
}

// logIn is log with a name of which account, Region and what comes before them are given.
func (t *tree) logIn(name LogFile, form Form, events ...Object) {
	name.Delivered = t.at.Add(5 * time.Minute)
	name.Unique = t.random.text(alphanumeric, 16)
	t.copy(name.Key(), form, events...)
}

// copy writes events under a name, as tools do that copy log files.
func (t *tree) copy(name string, form Form, events ...Object) {
	if t.err != nil {
		return
	}
	t.err = WriteFile(filepath.Join(t.dir, filepath.FromSlash(name)), form, events...)
}

// text writes a text that is no log file, or one that is written in no Form.
func (t *tree) text(name string, form Form, text string) {
	if t.err != nil {
		return
	}
	data, err := form.Pack([]byte(text))
	if err == nil {
		err = writeFile(filepath.Join(t.dir, filepath.FromSlash(name)), data)
	}
	t.err = err
}

// stage sets a scene at the tree's time.
func (t *tree) stage(account, region string) *stage {
	return &stage{Builder: t.In(account, region), at: t.at, global: true, roles: 1}
}

// pass moves the time on.
func (t *tree) pass(d time.Duration) { t.at = t.at.Add(d) }

// use makes a session of ECS with all calls given, a second apart.
func (t *tree) use(role Role, session string, calls []Call) []Object {
	assume := t.AssumeRole(t.at, ServiceCaller(ECS), role, session)
	by := Opened(assume, role, ECS).Caller()
	out := []Object{assume}
	for _, call := range calls {
		t.pass(time.Second)
		out = append(out, t.Event(t.at, by, call))
	}
	return out
}

// sample is what a log file holds of which only the form matters: a session of a customer's role, one of the
// service-linked role, someone else's AssumeRole, a change, and noise.
func (t *tree) sample() []Object {
	t.Fresh()
	events := t.use(InfrastructureRole, "ECSTaskVolumesForEBS", volumeCalls[:3])
	events = append(events, t.use(ServiceLinkedRole(Account), "ecs-service-scheduler", interfaceCalls[:2])...)
	t.Name("roleName", InfrastructureRole.Name())
	t.Name("policyArn", "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForVpcLattice")
	events = append(events,
		t.AssumeRole(t.at, UserCaller(Account, "alice", "192.0.2.12"), InfrastructureRole, "alice"),
		t.Event(t.at, UserCaller(Account, "alice", "192.0.2.12"), roleChanges[1]),
	)
	for range 3 {
		events = append(events, t.noise(t.at, true))
	}
	t.pass(7 * time.Minute)
	return events
}

// name makes a file's name of words and a number.
func name(folder string, n int, words string) string {
	return fmt.Sprintf("%s/%03d-%s.json", folder, n, words)
}
