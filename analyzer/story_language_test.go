package analyzer_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"roletrail/internal/reference"
	"roletrail/internal/trailgen"
)

// Stories are told in lines of words, in the order of time:
//
//	WHEN [in REGION] ecs SESSION [CALL THING...]       Amazon ECS opens a session of the role, and makes a call with it
//	WHEN [in REGION] WHO opens|is refused|tries SESSION      so does a user, or a service that is named by its principal
//	WHEN [in REGION] WHO as SESSION CALL THING...      a call of a session that was not seen to be opened
//	WHEN [in REGION] WHO CALL THING...                 a call of a user
//	WHEN [in REGION] lost|damaged                      the account's files that were delivered on that day are not there, or
//	                                                   one of the Region is cut off
//	reads|writes FROM TO REGION...                     noise: one such event in each Region every day
//
// WHEN counts back from the time that is asked about: -3d, -26h or -1d30m. A call is one of those in storyCalls, or
// service:Name for any other; "fails CODE" at its end makes it fail. Unless a story says otherwise, somebody reads something
// every day from 40 days before until the end. The Region is us-east-1.

// storyEnd is the time that is asked about, in the evening of a day.
var storyEnd = time.Date(2026, 11, 14, 18, 0, 0, 0, time.UTC)

// storyRole is the role of a story that does not name one.
var storyRole = trailgen.NewRole(trailgen.Account, "/ecs/", "infra")

// storyTrail is the trail that a story leaves behind.
type storyTrail struct {
	*trailgen.Builder
	role    trailgen.Role
	lives   int
	noise   bool // was told
	files   map[string]*storyFile
	lost    map[int64]bool // days of delivery
	damaged []trailgen.LogFile
}

// storyFile is what was delivered in a Region on a day.
type storyFile struct {
	name   trailgen.LogFile
	events []trailgen.Object
}

const dayLength = 24 * time.Hour

// storyFiles returns the log files of a story about a role.
func storyFiles(role trailgen.Role, text string) []reference.File {
	t := &storyTrail{Builder: trailgen.NewBuilder(1), role: role, files: map[string]*storyFile{}, lost: map[int64]bool{}}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			t.line(words)
		}
	}
	if !t.noise {
		t.everyDay("reads", "-40d", "-0d", "us-east-1")
	}
	var files []reference.File
	for _, key := range slices.Sorted(maps.Keys(t.files)) {
		f := t.files[key]
		if !t.lost[f.name.Delivered.Unix()/int64(dayLength/time.Second)] {
			files = append(files, reference.File{Name: f.name.Key(), Data: envelopeOf(f.events...)})
		}
	}
	for _, name := range t.damaged {
		files = append(files, reference.File{Name: name.Key(), Data: []byte(`{"Records":[{"eventVersion":`)})
	}
	return files
}

func envelopeOf(events ...trailgen.Object) []byte {
	text := []byte(`{"Records":[`)
	for i, event := range events {
		if i > 0 {
			text = append(text, ',')
		}
		text = event.AppendJSON(text)
	}
	return append(text, "]}"...)
}

func (t *storyTrail) line(words []string) {
	if words[0] == "reads" || words[0] == "writes" {
		t.everyDay(words[0], words[1], words[2], words[3:]...)
		return
	}
	at := ago(words[0])
	words = words[1:]
	t.Region = "us-east-1"
	if words[0] == "in" {
		t.Region, words = words[1], words[2:]
	}
	who, words := words[0], words[1:]
	switch who {
	case "lost":
		t.lost[at.Unix()/int64(dayLength/time.Second)] = true
	case "damaged":
		t.damaged = append(t.damaged, trailgen.LogFile{Account: t.Account, Region: t.Region, Delivered: at, Unique: "damaged000000000"})
	default:
		t.happen(at, who, words)
	}
}

// everyDay makes noise: an event a day and Region, in the morning.
func (t *storyTrail) everyDay(what, from, to string, regions ...string) {
	t.noise = true
	call := trailgen.NewCall("ec2", "DescribeRegions", `{"regionSet":{}}`, "")
	if what == "writes" {
		call = trailgen.NewCall("ec2", "CreateTags", `{"resourcesSet":{}}`, "")
	}
	until := ago(to)
	for at := ago(from).Truncate(dayLength).Add(9 * time.Hour); !at.After(until); at = at.Add(dayLength) {
		for _, region := range regions {
			t.Region = region
			t.log(t.Event(at, user("otto"), call))
		}
	}
}

// happen is what a user or a service does.
func (t *storyTrail) happen(at time.Time, who string, words []string) {
	by := user(who)
	if strings.HasSuffix(who, ".amazonaws.com") {
		by = trailgen.ServiceCaller(who)
	}
	switch verb := words[0]; {
	case who == "ecs":
		session := t.opens(at, trailgen.ServiceCaller(trailgen.ECS), verb, trailgen.ECS)
		if len(words) > 1 {
			t.log(t.Event(at.Add(time.Second), session.Caller(), t.call(words[1:])))
		}
	case verb == "opens":
		t.opens(at, by, words[1], "")
	case verb == "tries":
		t.log(t.AssumeRole(at, by, t.role, words[1]).With("errorCode", "AccessDenied").With("responseElements", nil))
	case verb == "is": // refused
		t.log(t.AssumeRoleDenied(at, by, t.role))
	case verb == "as":
		session := trailgen.Session{Role: t.role, Name: words[1], Created: at.Add(-time.Minute), SourceIPAddress: "203.0.113.7"}
		t.log(t.Event(at, session.Caller(), t.call(words[2:])))
	default:
		t.log(t.Event(at, by, t.call(words)))
	}
}

// opens is a session of the role that somebody opens.
func (t *storyTrail) opens(at time.Time, by trailgen.Caller, session, invokedBy string) trailgen.Session {
	event := t.AssumeRole(at, by, t.role, session)
	t.log(event)
	return trailgen.Opened(event, t.role, invokedBy)
}

// log delivers an event five minutes after it.
func (t *storyTrail) log(event trailgen.Object) {
	at, err := time.Parse(time.RFC3339, event.Text("eventTime"))
	if err != nil {
		panic(err)
	}
	name := trailgen.LogFile{Account: t.Account, Region: event.Text("awsRegion"), Delivered: at.Add(5 * time.Minute), Unique: "story00000000000"}
	key := name.Region + name.Delivered.Format(time.DateOnly)
	f := t.files[key]
	if f == nil {
		f = &storyFile{name: name}
		t.files[key] = f
	}
	f.events = append(f.events, event)
}

func user(name string) trailgen.Caller {
	return trailgen.UserCaller(trailgen.Account, name, "203.0.113.7")
}

// ago returns the time of -3d12h30m.
func ago(text string) time.Time {
	rest, back := strings.TrimPrefix(text, "-"), time.Duration(0)
	if days, hours, ok := strings.Cut(rest, "d"); ok {
		var n int
		if _, err := fmt.Sscan(days, &n); err != nil {
			panic(fmt.Sprintf("%s: %v", text, err))
		}
		back, rest = time.Duration(n)*dayLength, cmp.Or(hours, "0s")
	}
	more, err := time.ParseDuration(rest)
	if err != nil || rest == text {
		panic(fmt.Sprintf("%s: no time before the end: %v", text, err))
	}
	return storyEnd.Add(-back - more)
}
