package trailgen

import (
	"fmt"
	"time"
)

// scene is a story of a few events that a report on ECS roles must look at.
type scene struct {
	name   string
	weight int
	odd    bool // left out of plain trails
	global bool // only in the Region that records global services
	make   func(*stage) []Object
}

// stage is where a scene plays: the account, Region and time of a log file.
type stage struct {
	*Builder
	at     time.Time
	global bool
	roles  int
}

// later moves the time on by a few seconds and returns it.
func (s *stage) later() time.Time {
	s.at = s.at.Add(time.Duration(s.random.between(0, 20)) * time.Second)
	return s.at
}

// role returns one of the account's roles of a kind.
func (s *stage) role(kind Role) Role {
	kind = kind.In(s.Account)
	if n := s.random.below(s.roles); n > 0 {
		kind.ARN += fmt.Sprintf("-%d", n+1)
	}
	return kind
}

var scenes = []scene{
	{name: "session of ECS", weight: 40, make: ecsSession},
	{name: "session of the service-linked role", weight: 25, make: linkedSession},
	{name: "role assumed by another service", weight: 20, make: serviceAssumes},
	{name: "role assumed by a person", weight: 6, make: personAssumes},
	{name: "ECS resource that names a role", weight: 4, make: resourceChange},
	{name: "change to a role", weight: 3, global: true, make: roleChange},
	{name: "volume of a person", weight: 1, make: personVolume},
	{name: "change to a trail", weight: 1, make: trailChange},
	{name: "impostor", weight: 1, odd: true, make: impostor},
	{name: "impostor without AssumeRole", weight: 1, odd: true, make: impostorUnseen},
	{name: "look-alike", weight: 1, odd: true, make: lookAlike},
	{name: "foreign caller", weight: 1, odd: true, make: foreignCaller},
	{name: "orphan", weight: 2, odd: true, make: orphan},
	{name: "AssumeRole that failed", weight: 1, odd: true, make: assumeFails},
	{name: "record that lacks a key", weight: 1, odd: true, make: lacking},
	{name: "record of another category", weight: 1, odd: true, make: otherCategory},
}

// ecsSession is ECS at work with a customer's role: it opens a session and makes some of its feature's calls.
func ecsSession(s *stage) []Object {
	f := pickWeighted(s.random, features, func(f *weightedFeature) int { return f.weight })
	return s.use(s.role(f.Role), pickSession(s.random, f.Sessions), f.Calls)
}

type weightedFeature struct {
	weight int
	Feature
}

// features are the uses of customers' roles with how often a trail shows each.
var features = weighFeatures(map[string]int{
	"ebs-volumes": 30, "service-connect-tls": 12, "vpc-lattice": 6, "load-balancers": 20, "managed-instances": 14,
	"express-mode": 10, "lifecycle-hooks": 4, "legacy-service-role": 4, "other-ecs-session": 2,
})

func weighFeatures(weights map[string]int) []weightedFeature {
	var out []weightedFeature
	for _, f := range Features() {
		out = append(out, weightedFeature{weights[f.ID], f})
	}
	return out
}

// pickSession draws a session name; the first of the list is as likely as all the others.
func pickSession(r *random, names []string) string {
	if r.chance(0.5) {
		return names[0]
	}
	return pick(r, names)
}

// linkedSession is ECS at work with its service-linked role.
func linkedSession(s *stage) []Object {
	f := pick(s.random, linkedFeatures)
	return s.use(ServiceLinkedRole(s.Account), pickSession(s.random, linkedSessions), f.Calls)
}

var linkedFeatures = LinkedFeatures()

// use makes a session of ECS and a run of its calls.
func (s *stage) use(role Role, session string, calls []Call) []Object {
	assume := s.AssumeRole(s.later(), ServiceCaller(ECS), role, session)
	opened := Opened(assume, role, ECS)
	if s.random.chance(0.4) {
		opened.AccessKeyID = assume.Text("responseElements.credentials.accessKeyId")
	}
	if s.random.chance(0.1) { // as one in ten public records
		assume = assume.With("responseElements", assume.Get("responseElements").(Object).Without("assumedRoleUser"))
	}
	if s.random.chance(0.15) {
		assume = assume.With("requestParameters.durationSeconds", pick(s.random, []int{900, 3600, 43200}))
	}
	out := []Object{assume}
	by := opened.Caller()
	first := s.random.below(len(calls))
	for _, call := range calls[first:min(first+s.random.between(2, 6), len(calls))] {
		switch {
		case s.random.chance(0.04):
			call = call.Denied(opened.ARN())
		case call.Service == "ec2.amazonaws.com" && s.random.chance(0.02):
			call = call.DryRun()
		case s.random.chance(0.02):
			call = call.Failed("ThrottlingException", "Rate exceeded")
		}
		out = append(out, s.Event(s.later(), by, call))
	}
	return out
}

// serviceAssumes is another service that assumes a role of its own.
func serviceAssumes(s *stage) []Object {
	kinds := []struct{ service, path, role, session string }{
		{"ec2", "/", "<service>-instance", "<instance>"},
		{"lambda", "/service-role/", "<function>-role", "<function>"},
		{"config", "/aws-service-role/config.amazonaws.com/", "AWSServiceRoleForConfig", "AWSConfig-Describe"},
		{"autoscaling", "/aws-service-role/autoscaling.amazonaws.com/", "AWSServiceRoleForAutoScaling", "AutoScaling"},
		{"rds", "/aws-service-role/rds.amazonaws.com/", "AWSServiceRoleForRDS", "SLRManagement"},
		{"ecs-tasks", "/", "<service>-task", "<taskId>"},
	}
	kind := pick(s.random, kinds)
	role := NewRole(s.Account, kind.path, s.expand(kind.role, s.at))
	return []Object{s.AssumeRole(s.later(), ServiceCaller(kind.service+".amazonaws.com"), role, s.expand(kind.session, s.at))}
}

// personAssumes is a person, or a machine of theirs, that assumes a role that is not of ECS.
func personAssumes(s *stage) []Object {
	role := NewRole(s.Account, "/", "ReadOnlyAudit")
	if s.random.chance(0.2) {
		saml := Caller{Identity: Object{{"type", "WebIdentityUser"}, {"principalId", "token.actions.githubusercontent.com:repo:example/app"}, {"userName", "repo:example/app:ref:refs/heads/main"}, {"identityProvider", "token.actions.githubusercontent.com"}}, SourceIPAddress: address(s.Builder), UserAgent: userAgents[3], remote: true}
		return []Object{s.AssumeRole(s.later(), saml, NewRole(s.Account, "/ci/", "github-actions-deploy"), "GitHubActions").With("eventName", "AssumeRoleWithWebIdentity")}
	}
	return []Object{s.AssumeRole(s.later(), userCaller(s.Builder, s.at), role, s.expand("<user>", s.at))}
}
