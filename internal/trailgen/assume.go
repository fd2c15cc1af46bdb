package trailgen

import "time"

// AssumeRole makes the record of a successful AssumeRole with every key that CloudTrail writes. Opened by a service it
// looks like the 143 public records of services that assume roles.
func (b *Builder) AssumeRole(at time.Time, by Caller, role Role, session string) Object {
	at = at.UTC().Truncate(time.Second)
	opened := Session{Role: role, Name: session}
	call := Call{Service: "sts.amazonaws.com", Name: "AssumeRole", ReadOnly: true}
	event := b.Event(at, by, call)
	event = event.With("requestParameters", Object{{"roleArn", role.ARN}, {"roleSessionName", session}})
	event = event.With("responseElements", Object{
		{"credentials", Object{
			{"accessKeyId", "ASIA" + b.random.text(upperLetters, 9) + "EXAMPLE"},
			{"sessionToken", "SYNTHETIC" + b.random.text(alphanumeric, 24) + syntheticToken},
			{"expiration", expiration(at.Add(time.Hour))},
		}},
		{"assumedRoleUser", Object{{"assumedRoleId", role.UniqueID() + ":" + session}, {"arn", opened.ARN()}}},
	})
	return event.after("readOnly", Member{"resources", List{
		Object{{"accountId", role.Account()}, {"type", "AWS::IAM::Role"}, {"ARN", role.ARN}},
	}})
}

// syntheticToken is the unvaried part of session tokens; a real one has several hundred letters.
const syntheticToken = "//////////wEaCXVzLWVhc3QtMSJHMEUCIQDTHISxISxAxSYNTHETICxSESSIONxTOKENxITxOPENSxNOTHING0KGgwxMTExMjIyMjMzMzMiDNotxAxRealxTokenxItxOnlyxHasxTheirxUsualxShapexAndxLengthSoxThatxFilesxOfxAssumeRolexEventsxWeighxWhatxTheyxWouldxWeighxInxARealxTrail=="

// AssumeRoleDenied makes the record of an AssumeRole that was refused. CloudTrail drops its parameters; the role is
// named only in the message, or nowhere when role is the zero Role.
func (b *Builder) AssumeRoleDenied(at time.Time, by Caller, role Role) Object {
	message := "Access denied"
	if role.ARN != "" {
		caller := by.Identity.Text("arn")
		if caller == "" {
			caller = by.Identity.Text("invokedBy")
		}
		message = "User: " + caller + " is not authorized to perform: sts:AssumeRole on resource: " + role.ARN
	}
	return b.Event(at, by, Call{Service: "sts.amazonaws.com", Name: "AssumeRole", ReadOnly: true}.Failed("AccessDenied", message))
}

// Opened returns the session that an AssumeRole record opened: its calls join that record.
func Opened(assume Object, role Role, invokedBy string) Session {
	created, err := time.Parse(time.RFC3339, assume.Text("eventTime"))
	if err != nil {
		created = time.Time{} // a record bent by a test: nothing joins it
	}
	return Session{Role: role, Name: assume.Text("requestParameters.roleSessionName"), Created: created, InvokedBy: invokedBy}
}

// expiration writes a time as STS does since 2026: with U+202F, a narrow no-break space, before AM or PM.
func expiration(at time.Time) string { return at.Format("Jan 2, 2006, 3:04:05\u202fPM") }

// after returns a copy with a member added behind a key.
func (o Object) after(key string, member Member) Object {
	i := o.last(key) + 1
	out := make(Object, 0, len(o)+1)
	out = append(out, o[:i]...)
	out = append(out, member)
	return append(out, o[i:]...)
}

// AssumeRoleAcross makes the two records of an AssumeRole by a user of the Builder's account into another account: the
// caller's and the one of the role's owner. They share a sharedEventID and differ in eventID.
func (b *Builder) AssumeRoleAcross(at time.Time, owner string, role Role, session string) (mine, theirs Object) {
	user := UserCaller(b.Account, "ci-deployer", "198.51.100.23")
	user.shared = true
	mine = b.AssumeRole(at, user, role, session)
	theirs = mine.
		With("userIdentity", AccountCaller(b.Account, user.Identity.Text("principalId"), "").Identity).
		With("eventID", b.random.uuid()).
		With("recipientAccountId", owner)
	return mine, theirs
}
