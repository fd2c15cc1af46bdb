package reference

import (
	"fmt"
	"slices"
	"testing"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
)

func TestOpenedSession(t *testing.T) {
	t.Run("calls belong to the service that opened their session", func(t *testing.T) {
		u := tell(t, Options{},
			assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS"),
			callBy("create", "10:00:05", infra, "ECSTaskVolumesForEBS", "10:00:00", ecs, "CreateVolume"),
			callBy("attach", "10:00:09", infra, "ECSTaskVolumesForEBS", "10:00:00", ecs, "AttachVolume").failing("Client.UnauthorizedOperation"),
			// A dry run is neither a call nor a failed one.
			callBy("dry", "10:00:10", infra, "ECSTaskVolumesForEBS", "10:00:00", ecs, "DetachVolume").failing("Client.DryRunOperation"),
		)
		expect(t, u, `
		infra infrastructure 1/0/2/1
		  ebs-volumes 1/0/2/1 [open attach]
		medium denied-action: infra was denied ec2:AttachVolume (ebs-volumes) [attach]
		`)
		expectRecords(t, u, analyzer.InputRecords{Total: 4, Relevant: 4})
	})

	t.Run("calls of a session that somebody else opened under ECS's name are his, wherever they come from", func(t *testing.T) {
		u := tell(t, Options{},
			assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS").by(mallory),
			callBy("create", "10:00:05", infra, "ECSTaskVolumesForEBS", "10:00:00", awsInternal, "CreateVolume"),
		)
		expect(t, u, `
		infra other 0/0/0/0
		  caller arn:aws:iam::111122223333:user/mallory 1/0 [ECSTaskVolumesForEBS]
		high impostor-session: session "ECSTaskVolumesForEBS" on infra was not opened by the service [open]
		`)
	})

	t.Run("two openers in the same second: each call by itself", func(t *testing.T) {
		u := tell(t, Options{},
			assumeRole("ecs", "10:00:00", infra, "ECSTaskVolumesForEBS"),
			assumeRole("mallory", "10:00:00", infra, "ECSTaskVolumesForEBS").by(mallory),
			callBy("service", "10:00:05", infra, "ECSTaskVolumesForEBS", "10:00:00", awsInternal, "CreateVolume"),
			callBy("person", "10:00:06", infra, "ECSTaskVolumesForEBS", "10:00:00", "203.0.113.7", "CreateVolume"),
		)
		expect(t, u, `
		infra infrastructure 1/0/1/0
		  ebs-volumes 1/0/1/0 [ecs service]
		  caller arn:aws:iam::111122223333:user/mallory 1/0 [ECSTaskVolumesForEBS]
		high impostor-session: session "ECSTaskVolumesForEBS" on infra was not opened by the service [mallory]
		`)
	})

	t.Run("a failed AssumeRole opens nothing", func(t *testing.T) {
		u := tell(t, Options{},
			assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS").by(mallory).failing("AccessDenied"),
			callBy("create", "10:00:05", infra, "ECSTaskVolumesForEBS", "10:00:00", ecs, "CreateVolume"),
		)
		expect(t, u, `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [create]
		  caller arn:aws:iam::111122223333:user/mallory 0/1 [ECSTaskVolumesForEBS]
		`)
	})
}

func TestServiceLinkedRole(t *testing.T) {
	u := tell(t, Options{},
		assumeRole("open", "10:00:00", linked, "ecs-service-scheduler"),
		callBy("eni", "10:00:01", linked, "ecs-service-scheduler", "10:00:00", ecs, "CreateNetworkInterface"),
		// (b) Nothing but the path of the role is known of this session. It began an hour after the first event.
		callBy("tags", "11:00:05", linked, "anything", "11:00:00", ecs, "DescribeNetworkInterfaces"),
		callBy("what", "11:00:06", linked, "anything", "11:00:00", ecs, "StopInstances"),
		callBy("undated", "12:00:00", linked, "anything", "no time", ecs, "StopInstances"),
		// Whoever else opens the role is no foreign caller: only the service can.
		assumeRole("mallory", "12:01:00", linked, "admin").by(mallory),
	)
	expect(t, u, `
		AWSServiceRoleForECS service-linked 1/0/4/0
		  awsvpc-eni 0/0/2/0 [eni tags]
		  other-ecs-calls 0/0/2/0 [what undated]
		  caller arn:aws:iam::111122223333:user/mallory 1/0 [admin]
		low orphan-calls: calls on AWSServiceRoleForECS without the AssumeRole that opened their session [tags what]
		`)
	if got := len(u.Roles[0].Features); got != 10 {
		t.Errorf("%d features are listed, want all 10 of the service-linked role", got)
	}
}

func TestOrphansNeedRecordsOfTheirAccount(t *testing.T) {
	role := "arn:aws:iam::444455556666:role/infra"
	u := tell(t, Options{},
		callBy("before", "08:00:00", plain, "anything", "08:00:00", "203.0.113.7", "DescribeVpcs"),
		callBy("call", "10:00:05", role, "ECSTaskVolumesForEBS", "10:00:00", ecs, "CreateVolume"),
	)
	expect(t, u, `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [call]
		`)
}

// TestExactCallBeatsPrefix has a catalog in which a call's own name and a prefix of it belong to two features.
func TestExactCallBeatsPrefix(t *testing.T) {
	feature := func(id string, calls ...catalog.Call) catalog.Feature {
		return catalog.Feature{ID: id, Kind: catalog.ServiceLinked, Principal: ecs, Calls: calls, CatchAll: calls == nil}
	}
	c := &catalog.Catalog{Features: []catalog.Feature{
		feature("reads", catalog.Call{Service: "ec2.amazonaws.com", Name: "Describe*", SharedWith: []string{"networks"}}),
		feature("networks", catalog.Call{Service: "ec2.amazonaws.com", Name: "DescribeVpcs"}),
		feature("other-ecs-calls"),
		{ID: "other-ecs-session", Kind: catalog.Other, Principal: ecs, CatchAll: true},
	}}
	u := tell(t, Options{Catalog: c},
		callBy("vpcs", "10:00:00", linked, "x", "10:00:00", ecs, "DescribeVpcs"),
		callBy("subnets", "10:00:01", linked, "x", "10:00:00", ecs, "DescribeSubnets"),
		callBy("buckets", "10:00:02", linked, "x", "10:00:00", ecs, "DescribeVpcs").with(fields{"eventSource": "s3.amazonaws.com"}),
	)
	expect(t, u, `
		AWSServiceRoleForECS service-linked 0/0/3/0
		  reads 0/0/1/0 [subnets]
		  networks 0/0/1/0 [vpcs]
		  other-ecs-calls 0/0/1/0 [buckets]
		`)
	if got := featureOf(t, u, linked, "reads").Actions[0].SharedWith; !slices.Equal(got, []string{"networks"}) {
		t.Errorf("shared with %v", got)
	}
}

func TestSessionWithoutOpener(t *testing.T) {
	t.Run("(c) under a catalog name it is the service's", func(t *testing.T) {
		u := tell(t, Options{},
			callBy("create", "10:00:05", infra, "ECSTaskVolumesForEBS", "09:59:00", ecs, "CreateVolume"),
			callBy("delete", "10:00:06", infra, "ECSTaskVolumesForEBS", "09:59:00", awsInternal, "DeleteVolume"),
			// which makes the role known as ECS's
			assumeRole("admin", "10:01:00", infra, "admin").by(mallory),
		)
		expect(t, u, `
		infra infrastructure 0/0/2/0
		  ebs-volumes 0/0/2/0 [create delete]
		  caller arn:aws:iam::111122223333:user/mallory 1/0 [admin]
		medium foreign-caller: arn:aws:iam::111122223333:user/mallory assumes infra [admin]
		`)
	})

	t.Run("(c) unless one of its calls is from no service", func(t *testing.T) {
		u := tell(t, Options{},
			callBy("create", "10:00:05", infra, "ECSTaskVolumesForEBS", "09:59:00", ecs, "CreateVolume"),
			callBy("delete", "10:00:06", infra, "ECSTaskVolumesForEBS", "09:59:00", "203.0.113.7", "DeleteVolume"),
		)
		expect(t, u, `
		infra other 0/0/0/0
		high impostor-session: session "ECSTaskVolumesForEBS" on infra was not opened by the service [delete]
		`)
	})

	t.Run("(d) under an unknown name it is ECS's on a role known as ECS's, if ECS itself calls", func(t *testing.T) {
		u := tell(t, Options{},
			assumeRole("known", "09:00:00", infra, "ECSTaskVolumesForEBS"),
			callBy("ecs", "10:00:05", infra, "something-new", "10:00:00", ecs, "DescribeVpcs"),
			callBy("internal", "10:00:05", infra, "else-new", "10:00:00", awsInternal, "DescribeVpcs").with(fields{
				"userIdentity": fields{"type": "AssumedRole", "invokedBy": ecs, "principalId": "AROA:else-new",
					"sessionContext": fields{"sessionIssuer": fields{"arn": infra}}}}),
		)
		expect(t, u, `
		infra infrastructure 1/0/1/0
		  ebs-volumes 1/0/0/0 [known]
		  other-ecs-session 0/0/1/0 [ecs]
		info unknown-ecs-session: ecs.amazonaws.com uses infra under unknown session names [ecs]
		`)
	})

	t.Run("(e) and else it is not", func(t *testing.T) {
		u := tell(t, Options{}, callBy("ecs", "10:00:05", plain, "something-new", "10:00:00", ecs, "DescribeVpcs"))
		expect(t, u, "")
		expectRecords(t, u, analyzer.InputRecords{Total: 1, Relevant: 1}) // invokedBy a principal
	})
}

func TestSharedSessionName(t *testing.T) {
	scheduler := callBy("health", "10:00:05", infra, "ecs-service-scheduler", "10:00:00", ecs, "DescribeTargetHealth")
	opened := assumeRole("open", "10:00:00", infra, "ecs-service-scheduler")

	t.Run("the only other name seen on the role tells", func(t *testing.T) {
		u := tell(t, Options{}, opened, scheduler, assumeRole("elb", "09:00:00", infra, "ECSNetworkingWithELB"))
		expect(t, u, `
		infra infrastructure 2/0/1/0
		  load-balancers 2/0/1/0 by sessionNames [elb health]
		`)
	})

	t.Run("even if it is not shown", func(t *testing.T) {
		u := tell(t, Options{Since: day("09:30:00")}, opened, scheduler, assumeRole("gateway", "09:00:00", infra, "ECSGateway"))
		expect(t, u, `
		infra infrastructure 1/0/1/0
		  express-mode 1/0/1/0 by sessionNames [open health]
		`)
	})

	t.Run("two others tell nothing, nor does somebody else's session", func(t *testing.T) {
		u := tell(t, Options{}, opened, assumeRole("elb", "09:00:00", infra, "ECSNetworkingWithELB"),
			assumeRole("gateway", "09:10:00", infra, "ECSGateway"),
			assumeRole("plain", "10:10:00", plain, "ecs-service-scheduler"),
			assumeRole("mallory", "09:20:00", plain, "ECSGateway").by(mallory),
		)
		expect(t, u, `
		infra infrastructure 3/0/0/0
		  load-balancers 1/0/0/0 [elb]
		  express-mode 1/0/0/0 [gateway]
		  other-ecs-session 1/0/0/0 by nothing [open]
		plain other 1/0/0/0
		  other-ecs-session 1/0/0/0 by nothing [plain]
		  caller arn:aws:iam::111122223333:user/mallory 1/0 [ECSGateway]
		high impostor-session: session "ECSGateway" on plain was not opened by the service [mallory]
		`)
	})
}

// TestIdentities has records that tell less than most.
func TestIdentities(t *testing.T) {
	user := func(changes fields) fields {
		return callBy("call", "10:00:05", infra, "", "10:00:00", ecs, "CreateVolume").with(fields{"userIdentity": fields{"type": "AssumedRole"}.with(changes)})
	}
	infraWithoutPath := "arn:aws:iam::" + account + ":role/infra"
	t.Run("the role and the session by the ARN of the session", func(t *testing.T) {
		u := tell(t, Options{}, user(fields{"arn": "arn:aws:sts::" + account + ":assumed-role/infra/ECSTaskVolumesForEBS"}))
		expect(t, u, `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [call]
		`)
		if got := u.Roles[0].ARN; got != infraWithoutPath {
			t.Errorf("role %s, want %s", got, infraWithoutPath)
		}
	})
	t.Run("the session by the principal ID", func(t *testing.T) {
		u := tell(t, Options{}, user(fields{"principalId": "AROA:ECSTaskVolumesForEBS", "sessionContext": fields{"sessionIssuer": fields{"arn": infra}}}))
		expect(t, u, `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [call]
		`)
	})
	t.Run("without an address, a service is what somebody was invoked by", func(t *testing.T) {
		record := user(fields{"principalId": "AROA:ECSTaskVolumesForEBS", "sessionContext": fields{"sessionIssuer": fields{"arn": infra}}}).
			with(fields{"sourceIPAddress": nil})
		expect(t, tell(t, Options{}, record), `
		infra other 0/0/0/0
		high impostor-session: session "ECSTaskVolumesForEBS" on infra was not opened by the service [call]
		`)
		record["userIdentity"].(fields)["invokedBy"] = awsInternal
		expect(t, tell(t, Options{}, record), `
		infra infrastructure 0/0/1/0
		  ebs-volumes 0/0/1/0 [call]
		`)
	})
	t.Run("a caller that is a role goes by the role", func(t *testing.T) {
		u := tell(t, Options{Roles: []string{"infra"}}, assumeRole("open", "10:00:00", infra, "x").with(fields{"userIdentity": fields{
			"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/plain/alice", "sessionContext": fields{"sessionIssuer": fields{"arn": plain}}}}))
		expect(t, u, `
		infra other 0/0/0/0
		  caller arn:aws:iam::111122223333:role/plain 1/0 [x]
		`)
	})
}

func TestOtherOpeners(t *testing.T) {
	u := tell(t, Options{},
		assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS"),
		assumeRole("like", "10:01:00", infra, "ECSTaskV0lumesForEBS").by(mallory),
		assumeRole("foreign1", "10:02:00", infra, "admin").by(mallory),
		assumeRole("foreign2", "10:03:00", infra, "admin2").by(mallory),
		assumeRole("denied", "10:04:00", infra, "admin3").by(mallory).failing("AccessDenied"),
		assumeRole("elsewhere", "10:05:00", plain, "admin").by(mallory), // not a role of ECS: nothing to report
	)
	expect(t, u, `
		infra infrastructure 1/0/0/0
		  ebs-volumes 1/0/0/0 [open]
		  caller arn:aws:iam::111122223333:user/mallory 3/1 [ECSTaskV0lumesForEBS admin admin2 admin3]
		high lookalike-session: session "ECSTaskV0lumesForEBS" on infra looks like "ECSTaskVolumesForEBS" [like]
		medium foreign-caller: arn:aws:iam::111122223333:user/mallory assumes infra [foreign1 foreign2]
		`)
}

func TestFindingsShowWhatIsShown(t *testing.T) {
	var records []fields
	for i := range 8 {
		records = append(records, assumeRole(fmt.Sprint("m", i), fmt.Sprintf("10:00:%02d", i), infra, "ECSGateway").by(mallory))
	}
	u := tell(t, Options{Until: day("10:00:07")}, records...)
	expect(t, u, `
		infra other 0/0/0/0
		  caller arn:aws:iam::111122223333:user/mallory 7/0 [ECSGateway]
		high impostor-session: session "ECSGateway" on infra was not opened by the service [m0 m1 m4 m5 m6]
		`)
	expect(t, tell(t, Options{Since: day("11:00:00")}, records...), "")
}

func TestFailedCalls(t *testing.T) {
	var records []fields
	for i, code := range []string{"AccessDenied", "Server.NotAuthorizedX", "ThrottlingException"} {
		records = append(records, callBy(code, fmt.Sprintf("10:00:%02d", i), infra, "ECSGateway", "10:00:00", ecs, code).failing(code))
	}
	expect(t, tell(t, Options{}, records...), `
		infra infrastructure 0/0/3/3
		  express-mode 0/0/3/3 [AccessDenied Server.NotAuthorizedX ThrottlingException]
		medium denied-action: infra was denied ec2:AccessDenied (express-mode) [AccessDenied]
		medium denied-action: infra was denied ec2:Server.NotAuthorizedX (express-mode) [Server.NotAuthorizedX]
		`)
}

func TestUnknownRoleOfOthers(t *testing.T) {
	u := tell(t, Options{}, assumeRole("m", "10:00:00", "", "").with(fields{"requestParameters": nil, "errorCode": "AccessDenied"}).by(mallory))
	expect(t, u, `
		an unknown role other 0/0/0/0
		  caller arn:aws:iam::111122223333:user/mallory 0/1 []
		`)
}

func TestDeniedAssume(t *testing.T) {
	u := tell(t, Options{},
		assumeRole("named", "10:00:00", infra, "ECSTaskVolumesForEBS").failing("AccessDenied"),
		// Denied requests have no parameters; the message may still name the role.
		assumeRole("message", "10:01:00", "", "").with(fields{
			"requestParameters": nil, "errorCode": "AccessDenied",
			"errorMessage": "User: x is not authorized to perform: sts:AssumeRole on resource: " + infra}),
		assumeRole("nothing", "10:02:00", "", "").with(fields{"requestParameters": nil, "errorCode": "AccessDenied"}),
		assumeRole("mallory", "10:03:00", "", "").with(fields{"requestParameters": nil, "errorCode": "AccessDenied"}).by(mallory),
	)
	expect(t, u, `
		an unknown role other 0/1/0/0
		  caller arn:aws:iam::111122223333:user/mallory 0/1 []
		infra infrastructure 0/2/0/0
		  ebs-volumes 0/1/0/0 [named]
		medium denied-action: an unknown role was denied sts:AssumeRole [nothing]
		medium denied-action: infra was denied sts:AssumeRole [named message]
		`)
}
