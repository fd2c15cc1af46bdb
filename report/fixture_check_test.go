package report

import (
	"strings"
	"time"

	"roletrail/analyzer"
)

// The fixtures of checks are answers as the analyzer would make them.

func reason(id, verdict, text string, evidence ...analyzer.Evidence) analyzer.Reason {
	return analyzer.Reason{ID: id, Verdict: verdict, Text: text, Evidence: evidence}
}

var olderState = reason(analyzer.ReasonOlderState, analyzer.CannotTell,
	"volumes and services that are older than the logs are not visible in them; make the live checks below, then say so with --older-state-checked")

// emptyCheck is a check of a role that nothing speaks against.
func emptyCheck() *analyzer.Check {
	u := emptyUsage()
	until := time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)
	c := &analyzer.Check{
		Schema: analyzer.CheckSchema, Tool: u.Tool,
		Role: analyzer.CheckRole{
			ARN: "arn:aws:iam::111122223333:role/ecsInfrastructureRole", Name: "ecsInfrastructureRole", AccountID: "111122223333",
			Kind: analyzer.KindInfrastructure,
		},
		Window: analyzer.CheckWindow{Since: until.AddDate(0, 0, -90), Until: until}, Verdict: analyzer.NoUseSeen,
		LastUse: &analyzer.LastUse{Time: fixtureFirst, Evidence: event(70, fixtureFirst)}, Input: u.Input, Coverage: u.Coverage,
		LiveChecks: []analyzer.LiveCheck{
			{
				Question: "Does the role exist, and when was it used last, for whatever purpose?",
				Command:  "aws iam get-role --role-name ecsInfrastructureRole --query 'Role.{id: RoleId, created: CreateDate, lastUsed: RoleLastUsed}'",
			},
			{
				Question: "Which services in us-east-1 name the role?",
				Command: `for c in $(aws ecs list-clusters --region us-east-1 --query 'clusterArns[]' --output text); do for s in $(aws ecs ` +
					`list-services --region us-east-1 --cluster "$c" --query 'serviceArns[]' --output text); do aws ecs describe-services ` +
					`--region us-east-1 --cluster "$c" --services "$s" --output json | grep -q -F ` +
					`arn:aws:iam::111122223333:role/ecsInfrastructureRole && echo "$s"; done; done`,
			},
		},
	}
	for _, f := range infrastructureFeatures() {
		c.Features = append(c.Features, analyzer.CheckFeature{
			ID: f.ID, Title: f.Title, Policy: f.Policy, PolicyARN: "arn:aws:iam::aws:policy/service-role/" + f.Policy, Verdict: analyzer.NoUseSeen,
		})
	}
	c.Features[0].LastUsed = fixtureFirst
	return c
}

// doubted adds a reason to the role and to every feature.
func doubted(c *analyzer.Check, doubts ...analyzer.Reason) *analyzer.Check {
	c.Verdict = analyzer.CannotTell
	c.Reasons = append(c.Reasons, doubts...)
	for i := range c.Features {
		c.Features[i].Verdict = analyzer.CannotTell
		c.Features[i].Reasons = append(c.Features[i].Reasons, doubts...)
	}
	return c
}

func cannotTellCheck() *analyzer.Check {
	c := emptyCheck()
	c.LastUse, c.Features[0].LastUsed = nil, time.Time{}
	c.Input.Objects = analyzer.InputObjects{
		Listed: 1_209, Read: 1_204, Failed: map[string]int64{"badGzip": 5},
		Failures: []analyzer.Failure{{Object: event(31, fixtureFirst).Object, Reason: "badGzip", Detail: "unexpected end of file after 1,203 bytes"}},
	}
	c.Coverage = gappyCoverage()
	c.Warnings = []string{"no event in these logs names this role: make sure that its ARN is spelt right"}
	return doubted(c,
		reason(analyzer.ReasonGaps, analyzer.CannotTell, "the idle window has days without any log file of the account: 2026-09-03 to 2026-09-05, 2026-10-01"),
		reason(analyzer.ReasonGaps, analyzer.CannotTell, "no log file of the account is from us-west-2"),
		reason(analyzer.ReasonNoReadEvents, analyzer.CannotTell,
			"there are days without read events, of which AssumeRole is one: us-east-1 2026-08-14 to 2026-11-14"),
		reason(analyzer.ReasonUnread, analyzer.CannotTell, "5 log files of the account could not be read"), olderState)
}

func notSafeCheck() *analyzer.Check {
	c := doubted(emptyCheck(), olderState)
	c.LastUse = &analyzer.LastUse{Time: fixtureLast, Evidence: event(71, fixtureLast)}
	use := reason(analyzer.ReasonUse, analyzer.NotSafe, "it was used in the idle window, last on 2026-11-14 23:58:02Z",
		event(72, fixtureFirst.AddDate(0, 0, 20)), event(73, fixtureFirst.AddDate(0, 0, 40)), event(71, fixtureLast))
	open := reason(analyzer.ReasonOpenVolumes, analyzer.NotSafe,
		"2 EBS volumes that ECS made with it were not seen to be deleted: vol-0a1b2c3d4e5f60001, vol-0a1b2c3d4e5f60002", event(74, fixtureFirst.AddDate(0, 0, 80)))
	stuck := reason(analyzer.ReasonStuckDeletes, analyzer.NotSafe, "2 EBS volumes could not be detached or deleted", event(75, fixtureFirst.AddDate(0, 0, 91)))
	names := reason(analyzer.ReasonStanding, analyzer.NotSafe,
		"2 ECS resources name it for ebs-volumes: service/checkout in prod us-east-1, service/search in prod us-east-1", event(76, fixtureFirst.AddDate(0, 0, 3)))
	against := []analyzer.Reason{use, open, stuck, names}
	c.Verdict, c.Reasons = analyzer.NotSafe, append(against, c.Reasons...)
	f := &c.Features[0]
	f.Verdict, f.LastUsed = analyzer.NotSafe, fixtureLast
	f.Reasons = append([]analyzer.Reason{
		reason(analyzer.ReasonUse, analyzer.NotSafe, "it used the role in the idle window, last on 2026-11-14 23:58:02Z"), open, stuck, names,
	}, f.Reasons...)
	return c
}

// verifiedCheck is of a service-linked role, in logs that digests prove to be complete.
func verifiedCheck() *analyzer.Check {
	c := emptyCheck()
	r := serviceLinkedRole("111122223333")
	c.Role = analyzer.CheckRole{ARN: r.ARN, Name: r.Name, AccountID: r.AccountID, Kind: r.Kind}
	c.Verified = true
	c.Features = nil
	for _, f := range r.Features {
		c.Features = append(c.Features, analyzer.CheckFeature{ID: f.ID, Title: f.Title, Policy: f.Policy, Verdict: analyzer.NoUseSeen})
	}
	for i := range c.Coverage {
		c.Coverage[i].State = analyzer.CoverageComplete
	}
	c.LiveChecks = []analyzer.LiveCheck{{
		Question: "Are there ECS clusters in us-east-1?", Command: "aws ecs list-clusters --region us-east-1 --query 'clusterArns[]' --output text",
	}}
	return c
}

// markdownBait is what could become markup, a link or HTML, or end what it stands in.
const markdownBait = "a|b `c` ```` </code><script>alert(1)</script> [x](https://evil.example/) ![i](//evil.example/i.png) https://evil.example " +
	"www.evil.example root@evil.example @octocat #1 **bold** _it_ ~~s~~ &lt; \\| <!-- - 1. # --- === :smile: $x$ \\"

func hostileCheck() *analyzer.Check {
	c := notSafeCheck()
	c.Role.ARN, c.Role.Name = "arn:aws:iam::111122223333:role/"+markdownBait+hostile, markdownBait+hostile
	c.Reasons[0].Text = markdownBait + hostile
	c.Reasons[0].Evidence[0] = analyzer.Evidence{EventID: markdownBait, EventTime: fixtureFirst, Object: "trail/" + strings.ReplaceAll(markdownBait+hostile, " ", "_")}
	c.Features[0].Title, c.Features[0].Policy = markdownBait, markdownBait+hostile
	c.Warnings = []string{markdownBait, hostile, "1. one", "- two", "    three", "# four", "```"}
	c.Input.Objects.Failed = map[string]int64{"badJSON": 1}
	c.Input.Objects.Listed++
	c.Input.Objects.Failures = []analyzer.Failure{{Object: strings.ReplaceAll(markdownBait+hostile, " ", "_"), Reason: "badJSON", Detail: hostile + markdownBait}}
	c.Coverage = gappyCoverage()
	c.Coverage[0].Region = markdownBait
	c.LiveChecks = append(c.LiveChecks,
		analyzer.LiveCheck{Question: markdownBait, Command: "aws ecs list-clusters --region '```\n````\n" + strings.Repeat("`", 9) + hostile + "'"},
		analyzer.LiveCheck{Question: hostile, Command: "grep -F '" + strings.Repeat("x y", 350) + "' \"$c\" it\\'s \\ done"})
	return c
}
