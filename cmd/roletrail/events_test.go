package main

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"roletrail/internal/trailgen"
)

// entry is what writeLog puts into a log file: the AssumeRole that opens a session and, if it is a service that opens
// it, one call of that session a minute later.
type entry struct {
	at      time.Time
	account string // that owns the role and the trail
	region  string
	role    string // name
	session string
	by      string // an IAM user that opens the session; "" is Amazon ECS
	roles   int    // so many roles instead of one, named role-01 and so on
	repeat  int    // so many sessions, a second after each other
	form    string // name of one of trailgen's forms, damaged ones included
}

func newEntry() entry {
	return entry{
		at: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), account: trailgen.Account, region: "us-east-1",
		role: "ecsInfrastructureRole", session: "ECSTaskVolumesForEBS", repeat: 1, form: "records",
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
	case "session":
		e.session = value
	case "by":
		e.by = value
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
func (e *entry) events(seed string) []trailgen.Object {
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
	var events []trailgen.Object
	for i := range e.repeat {
		at := e.at.Add(time.Duration(i) * time.Second)
		for _, name := range names {
			role := trailgen.NewRole(e.account, "/", name)
			if e.by != "" {
				events = append(events, b.AssumeRole(at, trailgen.UserCaller(e.account, e.by, "203.0.113.7"), role, e.session))
				continue
			}
			b.Fresh()
			assume := b.AssumeRole(at, trailgen.ServiceCaller(trailgen.ECS), role, e.session)
			call := trailgen.NewCall("ec2", "DeleteVolume", `{"volumeId":"<volume>"}`, `{"_return":true}`)
			events = append(events, assume, b.Event(at.Add(time.Minute), trailgen.Opened(assume, role, trailgen.ECS).Caller(), call))
		}
	}
	return events
}

// writeLog writes the entry into a log file. A path that ends in a slash is a folder in which the file gets its place and
// name from CloudTrail's layout, delivered five minutes after the events.
func writeLog(path string, e entry) error {
	if strings.HasSuffix(path, "/") {
		path = filepath.Join(path, trailgen.LogFile{
			Account: e.account, Region: e.region, Delivered: e.at.Add(5 * time.Minute), Unique: "Aa1Bb2Cc3Dd4Ee5F",
		}.Key())
	}
	for _, form := range append(trailgen.Forms(), trailgen.DamagedForms()...) {
		if form.Name == e.form {
			seed := strings.Join([]string{filepath.Base(path), cmp.Or(e.by, trailgen.ECS), e.role}, " ")
			return trailgen.WriteFile(path, form.Form, e.events(seed)...)
		}
	}
	return fmt.Errorf("%s: no form of log files", e.form)
}
