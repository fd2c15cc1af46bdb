package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"roletrail/analyzer/catalog"
)

// Finding ids.
const (
	FindingImpostorSession   = "impostor-session"
	FindingLookalikeSession  = "lookalike-session"
	FindingForeignCaller     = "foreign-caller"
	FindingUnknownECSSession = "unknown-ecs-session"
	FindingDeniedAction      = "denied-action"
	FindingOrphanCalls       = "orphan-calls"
	FindingRoleEndangered    = "role-endangered"
	FindingStuckVolume       = "stuck-volume"
	FindingUnusedPolicy      = "unused-policy"
	FindingCoverageGap       = "coverage-gap"
	FindingTrailChanged      = "trail-changed"
	FindingIntegrityFailure  = "integrity-failure"
)

// AWS's pages that findings refer to.
const (
	pageInfrastructureRole = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html"
	pageReadEvents         = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html"
)

var severities = []string{SeverityHigh, SeverityMedium, SeverityLow, SeverityInfo}

// SeverityRank returns 0 for the strongest severity and more for weaker ones, and -1 for what is none.
func SeverityRank(severity string) int { return slices.Index(severities, severity) }

func sortFindings(list []Finding) {
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(SeverityRank(a.Severity), SeverityRank(b.Severity)),
			strings.Compare(a.ID, b.ID), strings.Compare(a.RoleARN, b.RoleARN), strings.Compare(a.Title, b.Title),
		)
	})
}

// called names a role in a sentence.
func called(arn string) string {
	return cmp.Or(roleName(arn), "an unknown role")
}

func shortService(principal string) string { return strings.TrimSuffix(principal, ".amazonaws.com") }

// openedBy says who opened sessions.
func openedBy(principals []string) string {
	if len(principals) == 0 {
		return "It is not known who opened it: the AssumeRole is not in the logs, and calls came from elsewhere than AWS services."
	}
	return "Opened by " + strings.Join(principals, ", ") + "."
}

// impostorSession is high unless only AWS services did it: their identity cannot be forged, but a function or a job of
// that name can give its session the service's name.
func impostorSession(arn string, n namedFinding) Finding {
	severity := SeverityHigh
	if !n.byPeople {
		severity = SeverityMedium
	}
	return Finding{
		ID: FindingImpostorSession, Severity: severity, RoleARN: arn,
		Title:    fmt.Sprintf("session \"%s\" on %s was not opened by the service", n.name, called(arn)),
		Detail:   openedBy(n.by) + " Sessions under this name belong to an AWS service; these are not counted as its use.",
		Advice:   "Find out what it was for. Let the role's trust policy name only the service.",
		Link:     pageInfrastructureRole,
		Evidence: evidence(n.events.all()),
	}
}

// lookalikeSession is high on a role that the service uses; elsewhere the name is more likely chosen innocently.
func lookalikeSession(arn string, n namedFinding, exact string, known bool) Finding {
	severity := SeverityLow
	if known {
		severity = SeverityHigh
	}
	return Finding{
		ID: FindingLookalikeSession, Severity: severity, RoleARN: arn,
		Title:    fmt.Sprintf("session \"%s\" on %s looks like \"%s\"", n.name, called(arn), exact),
		Detail:   openedBy(n.by) + " The name can be taken for the service's own.",
		Advice:   "Find out what it was for. Let the role's trust policy name only the service.",
		Link:     pageInfrastructureRole,
		Evidence: evidence(n.events.all()),
	}
}

// moreNames makes the finding of one session name that of many.
func moreNames(f Finding, names int) Finding {
	what := "were not opened by the service"
	if f.ID == FindingLookalikeSession {
		what = "look like the service's"
	}
	f.Title = fmt.Sprintf("%d more session names on %s %s", names, called(f.RoleARN), what)
	f.Detail = "There are too many to tell one by one."
	return f
}

func foreignCaller(arn, principal, service string, s *sample) Finding {
	return Finding{
		ID: FindingForeignCaller, Severity: SeverityMedium, RoleARN: arn,
		Title:    fmt.Sprintf("%s assumes %s", principal, called(arn)),
		Detail:   fmt.Sprintf("The role is one that %s uses, and this principal assumes it as well. Deleting or narrowing the role affects both.", service),
		Advice:   "Give the principal a role of its own, and let this role's trust policy name only the service.",
		Link:     pageInfrastructureRole,
		Evidence: evidence(s.all()),
	}
}

func unknownSession(arn, principal string, s *sample) Finding {
	return Finding{
		ID: FindingUnknownECSSession, Severity: SeverityInfo, RoleARN: arn,
		Title:    fmt.Sprintf("%s uses %s under unknown session names", principal, called(arn)),
		Detail:   "The catalog does not say which feature these sessions belong to; they are counted together as a feature of their own.",
		Advice:   "Look for a newer version of the catalog, or add the session names with --catalog.",
		Evidence: evidence(s.all()),
	}
}

func deniedAction(arn string, feature *catalog.Feature, a action, s *sample) Finding {
	title := fmt.Sprintf("%s was denied %s:%s", called(arn), shortService(a.service), a.name)
	detail := "The service could not assume the role."
	advice := "Check that the role exists and that its trust policy still trusts the service."
	link := pageInfrastructureRole
	if feature != nil {
		title += " (" + feature.ID + ")"
		detail = "The service tried this call with the role and was refused. The feature may be stuck or only half set up."
		advice = "Compare the role's policies with what the feature needs, and look for a permissions boundary or a service control policy that denies the call."
		link = cmp.Or(feature.Page, link)
	}
	return Finding{
		ID: FindingDeniedAction, Severity: SeverityMedium, RoleARN: arn,
		Title: title, Detail: detail, Advice: advice, Link: link, Evidence: evidence(s.all()),
	}
}

func orphanCalls(arn string, s *sample) Finding {
	return Finding{
		ID: FindingOrphanCalls, Severity: SeverityLow, RoleARN: arn,
		Title:    fmt.Sprintf("calls on %s without the AssumeRole that opened their session", called(arn)),
		Detail:   "The session was opened well after the logs of the account begin, yet no log file holds the event. Files are missing, or the trail leaves out read events, of which AssumeRole is one.",
		Advice:   "Check that the trail logs read and write management events, and that all Regions and days were read.",
		Link:     pageReadEvents,
		Evidence: evidence(s.all()),
	}
}

const pageVolumes = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ebs-volumes.html"

func roleEndangered(arn string, event item, severity, title string, features []string, advice string) Finding {
	return Finding{
		ID: FindingRoleEndangered, Severity: severity, RoleARN: arn, Title: title,
		Detail:   "Needed by " + strings.Join(features, ", ") + ". Tasks may hang in DEPROVISIONING, and volumes and other resources may be left behind.",
		Advice:   advice,
		Link:     pageInfrastructureRole,
		Evidence: evidence([]item{event}),
	}
}

func stuckVolumes(arn string, v *roleVolumes) Finding {
	volumes := "an EBS volume"
	if v.stuck > 1 {
		volumes = fmt.Sprintf("%d EBS volumes", v.stuck)
	}
	return Finding{
		ID: FindingStuckVolume, Severity: SeverityHigh, RoleARN: arn,
		Title:    fmt.Sprintf("%s of %s cannot be detached or deleted", volumes, called(arn)),
		Detail:   "The attempts failed, and none has succeeded since. The volumes cost money, and their tasks may hang in DEPROVISIONING.",
		Advice:   "Give the role back what it lacks: at least ec2:DetachVolume, ec2:DeleteVolume and ec2:DescribeVolumes. ECS then tries again by itself.",
		Link:     pageVolumes,
		Evidence: evidence(v.failures.all()),
	}
}

// unusedPolicy is info as long as nothing proves that the logs are complete.
func unusedPolicy(arn, policy string, features []string, attached item, verified bool) Finding {
	severity, how := SeverityInfo, "That is unverified: nothing proves that the logs are complete."
	if verified {
		severity, how = SeverityLow, "CloudTrail's digests prove that the logs are complete."
	}
	return Finding{
		ID: FindingUnusedPolicy, Severity: severity, RoleARN: arn,
		Title:    fmt.Sprintf("%s is attached to %s, and its feature was not seen", roleName(policy), called(arn)),
		Detail:   "No use of " + strings.Join(features, ", ") + " is in the logs. " + how,
		Advice:   "If nothing uses the feature, detach the policy. Ask \"roletrail check\" first.",
		Link:     pageInfrastructureRole,
		Evidence: evidence([]item{attached}),
	}
}
