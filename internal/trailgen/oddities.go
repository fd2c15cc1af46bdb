package trailgen

import "time"

// LookAlikes are session names that a person could take for ECSTaskVolumesForEBS and that are not: another case, other
// letters of the same shape, spaces that can't be seen. Some could never pass STS, but a log can hold them.
var LookAlikes = []string{
	"ecstaskvolumesforebs", "ECSTaskVolumesforEBS", "ECSTaskVolumesForEB5", "ECSTaskVo1umesForEBS", "ECSTaskVoIumesForEBS", "ECSTaskV0lumesForEBS",
	"ECSTaskVolumesForEBS ", "ECSTaskVolumesFor\u200bEBS", "\u0415CSTaskVolumesForEBS", "ECSTaskVolumesForEB\u0405", "ＥＣＳTaskVolumesForEBS",
	"ECS-TaskVolumesForEBS", "ECSTaskVolumesForEBS\u202e",
}

// mallory is a person with bad intent.
func mallory(s *stage) Caller { return UserCaller(s.Account, "mallory", "203.0.113.66") }

// taken is what someone does with a role of ECS.
func (s *stage) taken(assume Object, role Role) []Object {
	opened := Opened(assume, role, "")
	opened.SourceIPAddress, opened.AccessKeyID = "203.0.113.66", assume.Text("responseElements.credentials.accessKeyId")
	by := opened.Caller()
	return []Object{
		assume,
		s.Event(s.later(), by, NewCall("sts", "GetCallerIdentity", "", "")),
		s.Event(s.later(), by, named(volumeCalls, "CreateVolume")),
		s.Event(s.later(), by, named(volumeCalls, "DetachVolume").Denied(opened.ARN())),
	}
}

// impostor is a person who opens a session under a name of ECS.
func impostor(s *stage) []Object {
	f := pick(s.random, features)
	role := s.role(f.Role)
	return s.taken(s.AssumeRole(s.later(), mallory(s), role, f.Sessions[0]), role)
}

// impostorUnseen is someone whose session bears a name of ECS, but whose AssumeRole is not in the trail.
func impostorUnseen(s *stage) []Object {
	role := s.role(InfrastructureRole)
	unseen := s.AssumeRole(s.at.Add(-47*time.Minute), mallory(s), role, "ECSTaskVolumesForEBS")
	return s.taken(unseen, role)[1:]
}

func lookAlike(s *stage) []Object {
	role := s.role(InfrastructureRole)
	return s.taken(s.AssumeRole(s.later(), mallory(s), role, pick(s.random, LookAlikes)), role)
}

// foreignCaller is a person or a Lambda function that assumes a role of ECS under a name of its own.
func foreignCaller(s *stage) []Object {
	role := s.role(pick(s.random, features).Role)
	if s.random.chance(0.5) {
		return []Object{s.AssumeRole(s.later(), ServiceCaller("lambda.amazonaws.com"), role, s.expand("<function>", s.at))}
	}
	return s.taken(s.AssumeRole(s.later(), mallory(s), role, "debug"), role)
}

// orphan is ECS at work in a session that was opened before the trail began.
func orphan(s *stage) []Object {
	s.at = s.at.Add(-50 * time.Minute)
	events := s.use(s.role(InfrastructureRole), "ECSTaskVolumesForEBS", volumeCalls)
	return events[1:]
}

// assumeFails is an AssumeRole that was refused; some messages tell the role.
func assumeFails(s *stage) []Object {
	role := s.role(InfrastructureRole)
	if s.random.chance(0.3) {
		role = Role{}
	}
	by := mallory(s)
	if s.random.chance(0.5) {
		by = ServiceCaller(ECS)
	}
	return []Object{s.AssumeRoleDenied(s.later(), by, role)}
}

// lacking is a use by ECS in which keys are missing that every record ought to have.
func lacking(s *stage) []Object {
	events := s.use(s.role(InfrastructureRole), "ECSTaskVolumesForEBS", volumeCalls)
	key := pick(s.random, []string{"eventID", "recipientAccountId", "eventTime", "awsRegion", "requestID"})
	for i := range events {
		events[i] = events[i].Without(key)
	}
	return events
}

// otherCategory is a record that is no API call, though its envelope and its names are those of one.
func otherCategory(s *stage) []Object {
	event := s.AssumeRole(s.later(), ServiceCaller(ECS), s.role(InfrastructureRole), "ECSTaskVolumesForEBS")
	switch s.random.below(3) {
	case 0:
		return []Object{event.With("eventType", "AwsCloudTrailInsight").With("eventCategory", "Insight")}
	case 1:
		return []Object{event.With("eventType", "AwsVpceEvent").With("eventCategory", "NetworkActivity").With("vpcEndpointId", "vpce-0123456789abcdef0")}
	}
	return []Object{event.With("eventType", "AwsAggregatedEvent").With("eventCategory", "Aggregated")}
}
