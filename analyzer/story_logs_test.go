package analyzer_test

import (
	"fmt"
	"testing"

	"roletrail/analyzer"
)

// TestStoriesOfLogs are about what the logs do not show.
func TestStoriesOfLogs(t *testing.T) {
	tell(t, []story{
		{
			name: "idle, but a day is missing",
			events: `
				-39d ana CreateRole
				-10d lost`,
			want: `
CANNOT TELL gaps
ebs-volumes: CANNOT TELL gaps
medium coverage-gap`,
		},
		{
			name: "idle, but the first day of the window is missing, which begins in its evening",
			events: `
				-39d ana CreateRole
				-30d lost`,
			want: `
CANNOT TELL gaps
medium coverage-gap`,
		},
		{
			name: "idle, and a day before the window is missing: a service made on it would not be seen",
			events: `
				-39d ana CreateRole
				-35d lost`,
			want: `
CANNOT TELL olderState
medium coverage-gap`,
		},
		{
			name: "the logs begin within the window",
			events: `
				reads -20d -0d us-east-1
				-19d ana CreateRole`,
			want: `CANNOT TELL gaps`,
		},
		{
			name: "the logs end early",
			events: `
				reads -40d -1d us-east-1
				-39d ana CreateRole`,
			want: `
CANNOT TELL logsEndEarly
medium coverage-gap`,
		},
		{
			name: "the logs end a day before, but not earlier",
			events: `
				reads -40d -1d us-east-1
				-39d ana CreateRole
				-24h ana s3:ListBuckets`,
			want: `
NO USE SEEN
medium coverage-gap`,
		},
		{
			name: "the logs end before a short window begins",
			events: `
				reads -40d -1d us-east-1
				-39d ana CreateRole
				-20h ana s3:ListBuckets`,
			ask: analyzer.CheckOptions{Idle: dayLength / 2},
			want: `
CANNOT TELL logsEndEarly
medium coverage-gap`,
		},
		{
			name:   "only one Region was read",
			events: `-39d ana CreateRole`,
			ask:    analyzer.CheckOptions{Scope: []string{"trail/us-east-1 holds some Regions of an account's logs, not all"}},
			want: `
CANNOT TELL scope
ebs-volumes: CANNOT TELL scope`,
		},
		{
			name:   "a Region that is expected has no log file",
			events: `-39d ana CreateRole`,
			of:     []string{"us-east-1", "eu-west-1"},
			want: `
CANNOT TELL gaps
medium coverage-gap`,
		},
		{
			name: "a Region is quiet on most days",
			events: `
				-39d ana CreateRole
				-25d in eu-west-1 ana s3:ListBuckets`,
			want: `NO USE SEEN`,
		},
		{
			name: "a trail of write events",
			events: `
				writes -40d -0d us-east-1
				-39d ana CreateRole`,
			want: `
CANNOT TELL noReadEvents
medium coverage-gap`,
		},
		{
			name: "a trail of write events in one Region",
			events: `
				reads -40d -0d us-east-1
				writes -40d -0d eu-west-1
				-39d ana CreateRole`,
			want: `
CANNOT TELL noReadEvents
medium coverage-gap`,
		},
		{
			name: "a trail that left out reads before the window begins",
			events: `
				writes -40d -32d us-east-1
				reads -31d -0d us-east-1
				-39d ana CreateRole`,
			want: `
NO USE SEEN
medium coverage-gap`,
		},
		{
			name: "a day of which no event is in the logs: its one file holds the last event of the day before",
			events: `
				reads -40d -9d us-east-1
				-39d ana CreateRole
				-8d18h2m ana s3:ListBuckets
				reads -7d -0d us-east-1`,
			want: `
CANNOT TELL noReadEvents`,
		},
		{
			name: "very many days without reads before the window, and one in it",
			events: "reads -301d -0d us-east-1\n-300d ana CreateRole\n" + everyOtherDay(300, 41, "in eu-west-1 ana ec2:CreateTags") +
				"-5d in eu-west-1 ana ec2:CreateTags",
			want: `
CANNOT TELL noReadEvents
medium coverage-gap`,
		},
		{
			name: "very many days without reads in the window, and a file that cannot be read",
			events: "reads -301d -0d us-east-1\n-300d ana CreateRole\n" + everyOtherDay(299, 41, "in eu-west-1 ana ec2:CreateTags") +
				"-5d in eu-west-1 damaged",
			ask: analyzer.CheckOptions{Idle: 299 * dayLength},
			want: `
CANNOT TELL noReadEvents unreadFiles
medium coverage-gap`,
		},
		{
			name: "logging was stopped for a day",
			events: `
				-39d ana CreateRole
				-10d ana StopLogging
				-9d ana StartLogging`,
			want: `
CANNOT TELL gaps
high trail-changed`,
		},
		{
			name: "logging was stopped for good, and another trail goes on",
			events: `
				-39d ana CreateRole
				-10d ana StopLogging`,
			want: `
NO USE SEEN
high trail-changed
warning: trail "management" was changed on 2026-11-04 18:00:00Z (StopLogging): it may leave out events since then`,
		},
		{
			name: "logging was stopped between the role's creation and the window",
			events: `
				-39d ana CreateRole
				-35d ana StopLogging
				-34d ana StartLogging`,
			want: `
CANNOT TELL olderState
high trail-changed`,
		},
		{
			name: "a trail was deleted in the last hours",
			events: `
				-39d ana CreateRole
				-20h ana DeleteTrail`,
			want: `
CANNOT TELL gaps
high trail-changed`,
		},
		{
			name: "a trail was told what to log",
			events: `
				-39d ana CreateRole
				-10d ana PutEventSelectors`,
			want: `
NO USE SEEN
medium trail-changed
warning: trail "management" was changed on 2026-11-04 18:00:00Z (PutEventSelectors): it may leave out events since then`,
		},
		{
			name: "a log file cannot be read",
			events: `
				-39d ana CreateRole
				-36d damaged`,
			want: `
CANNOT TELL unreadFiles
medium coverage-gap`,
		},
	})
}

// everyOtherDay writes lines of a story.
func everyOtherDay(from, to int, what string) (text string) {
	for back := from; back >= to; back -= 2 {
		text += fmt.Sprintf("-%dd %s\n", back, what)
	}
	return text
}
