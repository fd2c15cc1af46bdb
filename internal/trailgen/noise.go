package trailgen

import "time"

// noiseCaller is a kind of caller with what it calls.
type noiseCaller struct {
	weight int
	calls  []weightedCall
	also   []weightedCall // calls that it makes now and then
	make   func(*Builder, time.Time) Caller
}

// noiseCallers are those of an account that runs a few ECS services: mostly roles, some services, few people.
var noiseCallers = []noiseCaller{
	{weight: 22, calls: applicationCalls, also: describeCalls, make: instanceCaller},
	{weight: 16, calls: applicationCalls, make: taskCaller},
	{weight: 14, calls: applicationCalls, also: configCalls, make: functionCaller},
	{weight: 18, calls: describeCalls, make: monitoringCaller},
	{weight: 12, calls: configCalls, also: globalCalls, make: serviceSession("config", "AWSServiceRoleForConfig", "AWSConfig-Describe")},
	{weight: 4, calls: describeCalls, make: serviceSession("autoscaling", "AWSServiceRoleForAutoScaling", "AutoScaling")},
	{weight: 2, calls: describeCalls, make: serviceSession("rds", "AWSServiceRoleForRDS", "SLRManagement")},
	{weight: 8, calls: deployCalls, also: globalCalls, make: deployCaller},
	{weight: 6, calls: consoleCalls, also: describeCalls, make: personCaller},
	{weight: 5, calls: describeCalls, also: globalCalls, make: userCaller},
	{weight: 8, calls: serviceCalls, make: noiseService},
	{weight: 1, calls: globalCalls, make: func(b *Builder, at time.Time) Caller {
		return RootCaller(b.Account, address(b), at.Add(-7*time.Minute))
	}},
}

// noise makes an event that the analysis has no use for. Events of global services come only where global is set.
func (b *Builder) noise(at time.Time, global bool) Object {
	visitor, by := b.visitor(at)
	return b.noiseOf(visitor, by, at, global)
}

// visitor draws a caller. Callers come in bursts: what follows is mostly of the same one.
func (b *Builder) visitor(at time.Time) (*noiseCaller, Caller) {
	b.Fresh()
	visitor := pickWeighted(b.random, noiseCallers, func(c *noiseCaller) int { return c.weight })
	return visitor, visitor.make(b, at)
}

func (b *Builder) noiseOf(visitor *noiseCaller, by Caller, at time.Time, global bool) Object {
	if by.console && b.random.chance(0.06) {
		return b.signIn(at, by)
	}
	calls := visitor.calls
	if visitor.also != nil && b.random.chance(0.25) {
		calls = visitor.also
	}
	call := pickWeighted(b.random, calls, func(c *weightedCall) int { return c.weight }).Call
	if !global && isGlobal(call.Service) {
		call = pickWeighted(b.random, describeCalls, func(c *weightedCall) int { return c.weight }).Call
	}
	if b.random.chance(0.03) {
		call = call.Denied(by.Identity.Text("arn"))
	}
	if call.Service == "ec2.amazonaws.com" && b.random.chance(0.01) {
		call = call.DryRun()
	}
	return b.Event(at, by, call)
}

func isGlobal(service string) bool {
	return service == "iam.amazonaws.com" || service == "route53.amazonaws.com" || service == "cloudfront.amazonaws.com"
}

func instanceCaller(b *Builder, at time.Time) Caller {
	service := b.expand("<service>", at)
	role := NewRole(b.Account, "/", service+"-instance")
	scope := ""
	if b.random.chance(0.2) { // new in 2026, and not everywhere
		scope = b.expand(`{"sourceArn":"arn:aws:ec2:<region>:<account>:instance/<instance>","sourceAccount":"<account>","issuerType":"AWS::EC2::Instance"}`, at)
	}
	return delivered(b.roleSession(at, role, b.expand("<instance>", at)), "2.0", scope)
}

func taskCaller(b *Builder, at time.Time) Caller {
	role := NewRole(b.Account, "/", b.expand("<service>-task", at))
	scope := ""
	if b.random.chance(0.2) {
		scope = b.expand(`{"sourceArn":"<task>","sourceAccount":"<account>","issuerType":"AWS::ECS::Task","credentialsIssuedTo":"<task>"}`, at)
	}
	return delivered(b.roleSession(at, role, b.expand("<taskId>", at)), "", scope)
}

func functionCaller(b *Builder, at time.Time) Caller {
	function := b.expand("<function>", at)
	return b.roleSession(at, NewRole(b.Account, "/service-role/", function+"-role"), function)
}

func monitoringCaller(b *Builder, at time.Time) Caller {
	return b.roleSession(at, NewRole(b.Account, "/", "ObservabilityIntegrationRole"), "ObservabilityIntegration")
}

func deployCaller(b *Builder, at time.Time) Caller {
	s := b.roleSession(at, NewRole(b.Account, "/ci/", "github-actions-deploy"), "GitHubActions")
	s.UserAgent = userAgents[2]
	s.Identity = s.Identity.With("sessionContext.webIdFederationData", Object{
		{"federatedProvider", "arn:aws:iam::" + b.Account + ":oidc-provider/token.actions.githubusercontent.com"}, {"attributes", Object{}},
	})
	return s
}

func personCaller(b *Builder, at time.Time) Caller {
	role := NewRole(b.Account, "/aws-reserved/sso.amazonaws.com/eu-central-1/", "AWSReservedSSO_PlatformAdmin_0a1b2c3d4e5f6071")
	s := b.roleSession(at, role, b.expand("<user>@example.com", at))
	s.UserAgent, s.console = userAgents[1], true
	return s
}

func userCaller(b *Builder, at time.Time) Caller {
	return UserCaller(b.Account, b.expand("<user>", at), address(b))
}

func noiseService(b *Builder, _ time.Time) Caller {
	return ServiceCaller(pick(b.random, []string{
		"cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com", "lambda.amazonaws.com", "events.amazonaws.com", "config.amazonaws.com",
	}))
}

// serviceSession makes callers that are sessions of another service's service-linked role.
func serviceSession(service, role, name string) func(*Builder, time.Time) Caller {
	principal := service + ".amazonaws.com"
	return func(b *Builder, at time.Time) Caller {
		s := Session{Role: NewRole(b.Account, "/aws-service-role/"+principal+"/", role), Name: name, InvokedBy: principal}
		s.Created = at.Add(-time.Duration(b.random.between(0, 900)) * time.Second)
		return s.Caller()
	}
}

// roleSession makes a caller that uses a role from outside AWS's services, opened within the last hour.
func (b *Builder) roleSession(at time.Time, role Role, name string) Caller {
	s := Session{Role: role, Name: name, SourceIPAddress: address(b), UserAgent: pick(b.random, userAgents[3:])}
	s.Created = at.Add(-time.Duration(b.random.between(5, 3600)) * time.Second)
	s.AccessKeyID = exampleID("ASIA", role.ARN+s.Created.String())
	return s.Caller()
}

// delivered adds what CloudTrail writes about credentials that EC2 or ECS delivered to a machine.
func delivered(by Caller, delivery, scope string) Caller {
	if delivery != "" {
		by.Identity = by.Identity.With("sessionContext.ec2RoleDelivery", delivery)
	}
	if scope != "" {
		by.Identity = by.Identity.With("inScopeOf", Raw(scope))
	}
	return by
}

// address draws an IP address from the ranges that are reserved for documentation (RFC 5737).
func address(b *Builder) string {
	return pick(b.random, []string{"192.0.2.", "198.51.100.", "203.0.113."}) + pick(b.random, vocabulary["octet2"])
}

// signIn makes the record of someone who enters the console.
func (b *Builder) signIn(at time.Time, by Caller) Object {
	call := NewCall("signin", "ConsoleLogin", "", `{"ConsoleLogin":"Success"}`)
	call.Additional = `{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"Yes"}`
	return b.Event(at, by, call).With("eventType", "AwsConsoleSignIn").Without("requestID")
}
