package main

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"roletrail/internal/trailgen"
)

// entry is what writeLog puts into a log file: the AssumeRole that opens a session and, if it is a service that opens
// it, calls of that session, a minute after each other. Or else, with call, one call by a person.
type entry struct {
	at      time.Time
	account string // that owns the role and the trail
	region  string
	role    string // name
	path    string // of the role
	session string
	by      string            // an IAM user that opens the session, or makes the call; "" is Amazon ECS, or alice
	calls   string            // of the session, names separated by commas
	call    string            // a name: the call of a person instead of a session; see findCall
	feature string            // that a call is for, where several are of one name
	fails   string            // an error code of calls, all of which fail
	names   map[string]string // of what calls speak of, by placeholder
	roles   int               // so many roles instead of one, named role-01 and so on
	repeat  int               // so many times, a second after each other
	days    int               // so many log files, a day after each other, in CloudTrail's layout
	form    string            // name of one of trailgen's forms, damaged ones included
}

func newEntry() entry {
	return entry{
		at: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), account: trailgen.Account, region: "us-east-1",
		role: "ecsInfrastructureRole", path: "/", session: "ECSTaskVolumesForEBS", calls: "DeleteVolume", repeat: 1, days: 1, form: "records",
		names: map[string]string{"cluster": "prod", "service": "checkout"},
	}
}

// set sets a field from key=value. Escapes of Go strings are resolved, so that a script can show what a terminal cannot.
func (e *entry) set(assignment string) error {
	key, value, _ := strings.Cut(assignment, "=")
	value, err := unescape(value)
	if err != nil {
		return fmt.Errorf("%s: %w", assignment, err)
	}
	switch key {
	case "at":
		e.at, err = time.Parse(time.RFC3339, value)
	case "account":
		e.account = value
	case "region":
		e.region = value
	case "role":
		e.role = value
	case "path":
		e.path = value
	case "session":
		e.session = value
	case "by":
		e.by = value
	case "calls":
		e.calls = value
	case "call":
		e.call = value
	case "feature":
		e.feature = value
	case "fails":
		e.fails = value
	case "volume", "task", "cluster", "service", "policyArn":
		e.names[key] = value
	case "days":
		e.days, err = strconv.Atoi(value)
	case "roles":
		e.roles, err = strconv.Atoi(value)
	case "repeat":
		e.repeat, err = strconv.Atoi(value)
	case "form":
		e.form = value
	default:
		err = errors.New("no such field")
	}
	return err
}

func unescape(s string) (string, error) {
	return strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
}

// events makes the events of the entry. The seed, drawn from the name of the file, keeps those of different files apart.
func (e *entry) events(seed string) (events []trailgen.Object, err error) {
	hash := fnv.New64()
	hash.Write([]byte(seed))
	b := trailgen.NewBuilder(hash.Sum64()).In(e.account, e.region)
	names := []string{e.role}
	if e.roles > 0 {
		names = nil
		for i := range e.roles {
			names = append(names, fmt.Sprintf("role-%02d", i+1))
		}
	}
	for i := range e.repeat {
		at := e.at.Add(time.Duration(i) * time.Second)
		for _, name := range names {
			role := trailgen.NewRole(e.account, e.path, name)
			person := trailgen.UserCaller(e.account, cmp.Or(e.by, "alice"), "203.0.113.7")
			e.name(b, role)
			switch {
			case e.call != "":
				events, err = e.add(events, b, at, person, e.call)
			case e.by != "":
				events = append(events, b.AssumeRole(at, person, role, e.session))
			default:
				assume := b.AssumeRole(at, trailgen.ServiceCaller(trailgen.ECS), role, e.session)
				session := trailgen.Opened(assume, role, trailgen.ECS).Caller()
				events, err = e.add(append(events, assume), b, at.Add(time.Minute), session, strings.Split(e.calls, ",")...)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return events, nil
}

// add adds calls, a minute after each other.
func (e *entry) add(events []trailgen.Object, b *trailgen.Builder, at time.Time, by trailgen.Caller, names ...string) ([]trailgen.Object, error) {
	for _, name := range names {
		call, err := findCall(name, e.feature)
		if err != nil {
			return nil, err
		}
		if e.fails != "" {
			call = call.Failed(e.fails, "refused")
		}
		events = append(events, b.Event(at, by, call))
		at = at.Add(time.Minute)
	}
	return events, nil
}

// name says what the next calls speak of.
func (e *entry) name(b *trailgen.Builder, role trailgen.Role) {
	b.Fresh()
	b.Name("roleArn", role.ARN)
	b.Name("roleName", role.Name())
	for placeholder, text := range e.names {
		b.Name(placeholder, text)
	}
}

// findCall returns the call of a name: service:name is any, and a name alone is one to ECS that names a role, if there is
// one for the feature; one to IAM that changes a role; one that changes a trail; or one that ECS makes in a session.
func findCall(name, feature string) (trailgen.Call, error) {
	if service, name, ok := strings.Cut(name, ":"); ok {
		return trailgen.NewCall(service, name, "", ""), nil
	}
	var first, rest []trailgen.Call
	for _, r := range trailgen.References() {
		switch {
		case r.Call.ErrorCode != "":
		case r.Feature == feature:
			first = append(first, r.Call)
		default:
			rest = append(rest, r.Call)
		}
	}
	calls := slices.Concat(first, rest, trailgen.RoleChanges(), trailgen.TrailChanges())
	for _, f := range trailgen.Features() {
		calls = append(calls, f.Calls...)
	}
	at := slices.IndexFunc(calls, func(c trailgen.Call) bool { return c.Name == name })
	if at < 0 {
		return trailgen.Call{}, fmt.Errorf("%s: no such call", name)
	}
	return calls[at], nil
}

// writeLog writes the entry into a log file. A path that ends in a slash is a folder in which the file gets its place and
// name from CloudTrail's layout, delivered five minutes after the events; there several days have a file each.
func writeLog(path string, e entry) error {
	if !strings.HasSuffix(path, "/") {
		return writeFileOfLog(path, &e)
	}
	for range e.days {
		file := trailgen.LogFile{Account: e.account, Region: e.region, Delivered: e.at.Add(5 * time.Minute), Unique: "Aa1Bb2Cc3Dd4Ee5F"}
		if err := writeFileOfLog(filepath.Join(path, file.Key()), &e); err != nil {
			return err
		}
		e.at = e.at.AddDate(0, 0, 1)
	}
	return nil
}

func writeFileOfLog(path string, e *entry) error {
	for _, form := range append(trailgen.Forms(), trailgen.DamagedForms()...) {
		if form.Name == e.form {
			seed := strings.Join([]string{filepath.Base(path), cmp.Or(e.by, trailgen.ECS), e.role}, " ")
			events, err := e.events(seed)
			if err != nil {
				return err
			}
			return trailgen.WriteFile(path, form.Form, events...)
		}
	}
	return fmt.Errorf("%s: no form of log files", e.form)
}
