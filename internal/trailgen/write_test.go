package trailgen

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// files returns the content of every file below a folder, by its path.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = data
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sums are the hashes of files, for a comparison whose failure can be read.
func sums(files map[string][]byte) map[string]string {
	out := map[string]string{}
	for name, data := range files {
		out[name] = fmt.Sprintf("%x", sha256.Sum256(data))
	}
	return out
}

// differences names the files that two trees do not share.
func differences(a, b map[string][]byte) []string {
	var out []string
	left, right := sums(a), sums(b)
	for name := range left {
		if left[name] != right[name] {
			out = append(out, name)
		}
	}
	for name := range right {
		if _, ok := left[name]; !ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// record is what the tests look at in an event.
type record struct {
	EventID, EventName, EventSource, EventTime, AwsRegion, RecipientAccountID, SharedEventID, EventCategory string
	UserIdentity                                                                                            struct {
		Type, InvokedBy, ARN string
		SessionContext       struct {
			SessionIssuer struct{ ARN string }
			Attributes    struct{ CreationDate string }
		}
	}
	RequestParameters struct{ RoleArn, RoleSessionName string }
	Addendum          *struct{ Reason string }
}

func (r *record) session() string {
	return r.UserIdentity.ARN[strings.LastIndexByte(r.UserIdentity.ARN, '/')+1:]
}

// written writes a trail and reads it again.
func written(t *testing.T, options Options) (Summary, map[string][]record) {
	t.Helper()
	dir := t.TempDir()
	summary, err := Write(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]record{}
	for name, data := range files(t, dir) {
		if !strings.HasSuffix(name, ".json.gz") {
			continue
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var envelope struct{ Records []record }
		if err := json.Unmarshal(text, &envelope); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = envelope.Records
	}
	return summary, out
}

func TestSameSeedSameBytes(t *testing.T) {
	options := Options{Seed: 7, Files: 30, Accounts: []string{Account, otherAccount}, Relevant: 0.3}
	write := func(seed uint64, workers int) map[string][]byte {
		dir := t.TempDir()
		options.Seed, options.Workers = seed, workers
		if _, err := Write(dir, options); err != nil {
			t.Fatal(err)
		}
		return files(t, dir)
	}
	one := write(7, 1)
	if different := differences(one, write(7, 5)); len(different) > 0 {
		t.Errorf("five workers: %d files differ, such as %s", len(different), different[0])
	}
	if len(differences(one, write(8, 1))) < len(one) {
		t.Error("another seed gives some of the same files")
	}
}

// Half of the files of a mixed trail are tiny, a few are large, and events weigh what they do in public samples: 1,353
// bytes on average.
func TestMixedTrailIsLikeARealOne(t *testing.T) {
	summary, trail := written(t, Options{Seed: 1, Files: 120})
	tiny, large, events := 0, 0, 0
	services := map[string]int{}
	for _, records := range trail {
		events += len(records)
		if len(records) <= 5 {
			tiny++
		}
		if len(records) >= 1000 {
			large++
		}
		for _, r := range records {
			services[r.EventSource]++
		}
	}
	if tiny < 45 || tiny > 75 || large < 1 || large > 6 {
		t.Errorf("%d files of 120 hold 5 events or fewer, %d hold 1000 or more", tiny, large)
	}
	if summary.Files != 120 || summary.Events != events {
		t.Errorf("summary says %d files and %d events, there are 120 and %d", summary.Files, summary.Events, events)
	}
	if average := summary.Inflated / int64(events); average < 1200 || average > 1500 {
		t.Errorf("an event has %d bytes on average", average)
	}
	if ratio := float64(summary.Inflated) / float64(summary.Bytes); ratio < 6 || ratio > 11 {
		t.Errorf("gzip shrinks the trail %.1f times", ratio)
	}
	for _, service := range []string{"ec2", "s3", "kms", "sts", "logs", "ssm", "lambda", "iam", "secretsmanager", "ecs"} {
		if services[service+".amazonaws.com"] == 0 {
			t.Errorf("no event of %s", service)
		}
	}
	start := time.Date(2026, 10, 14, 0, 0, 0, 0, time.UTC)
	if summary.FirstEvent.Before(start) || summary.LastEvent.After(start.AddDate(0, 0, 32)) || summary.LastEvent.Sub(summary.FirstEvent) < 28*24*time.Hour {
		t.Errorf("events from %v to %v", summary.FirstEvent, summary.LastEvent)
	}
}

func TestSizesOfPresets(t *testing.T) {
	for name, want := range map[string][2]int{"a": {4, 6}, "b": {48, 72}, "c": {20000, 30000}, "d": {48, 72}, "dense": {120, 180}} {
		p, err := PresetNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		least, most := 1<<30, 0
		for file := range 500 {
			n := p.Options.size(file)
			least, most = min(least, n), max(most, n)
		}
		if least < want[0] || most > want[1] || most-least < (want[1]-want[0])/2 {
			t.Errorf("%s: files hold %d to %d events", name, least, most)
		}
	}
}

// CloudTrail's limit for a log file is 50 MB inflated.
func TestLargeFilesKeepTheLimit(t *testing.T) {
	c, err := PresetNamed("c")
	if err != nil {
		t.Fatal(err)
	}
	if most := c.Options.Sizes[0].Most * 1500; most > 50_000_000 {
		t.Errorf("files of up to %d bytes", most)
	}
}

func TestNumberOfEvents(t *testing.T) {
	for _, options := range []Options{{Events: 1234}, {Events: 1000, Sizes: Of(60)}, {Events: 3, Sizes: Of(100)}, {Events: 500, Files: 7, Sizes: Of(10)}} {
		summary, _ := written(t, options)
		want := options.Events
		if options.Files > 0 {
			want = summary.Events // the files were fewer than the events needed
			if summary.Files != options.Files {
				t.Errorf("%+v: %d files", options, summary.Files)
			}
		}
		if summary.Events != want {
			t.Errorf("%+v: %d events", options, summary.Events)
		}
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, options := range []Options{
		{Sizes: []Size{{1, 5, 4}}}, {Sizes: []Size{{0, 1, 2}}}, {Sizes: []Size{{1, 0, 0}}}, {Relevant: 1.5}, {Files: -1},
		{Start: noon, End: noon}, {Sizes: []Size{{-1, 1, 2}, {5, 1, 2}}},
	} {
		if _, err := Write(t.TempDir(), options); err == nil {
			t.Errorf("%+v: no error", options)
		}
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(filepath.Join(blocked, "dir"), Options{}); err == nil {
		t.Error("a folder that can't be made: no error")
	}
}

func TestKeysAreCloudTrails(t *testing.T) {
	_, trail := written(t, Options{Files: 30, Prefix: "logs/central", Organization: "o-exampleorgid", Accounts: []string{Account, otherAccount}, Sizes: Of(10)})
	shape := regexp.MustCompile(`^logs/central/AWSLogs/o-exampleorgid/(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4})/(\d\d)/(\d\d)/(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{4})(\d\d)(\d\d)T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$`)
	for name, records := range trail {
		m := shape.FindStringSubmatch(name)
		if m == nil || m[1] != m[6] || m[2] != m[7] || !slices.Equal(m[3:6], m[8:11]) {
			t.Errorf("key %s", name)
			continue
		}
		for _, r := range records {
			if r.RecipientAccountID != "" && r.RecipientAccountID != m[1] || r.AwsRegion != "" && r.AwsRegion != m[2] {
				t.Errorf("%s: event of account %s in %s", name, r.RecipientAccountID, r.AwsRegion)
			}
		}
	}
}

// In a plain trail every call of ECS belongs to a session that an AssumeRole opened in that second, in the same file or
// the one before; nobody else opens one, and no event comes twice.
func TestPlainTrailJoins(t *testing.T) {
	_, trail := written(t, Options{Seed: 3, Files: 200, Sizes: Of(30), Relevant: 0.5, Plain: true})
	type session struct{ role, name, created string }
	opened, ids := map[session]bool{}, map[string]bool{}
	calls, elsewhere := 0, 0
	for _, records := range trail {
		for _, r := range records {
			if r.EventName == "AssumeRole" && r.UserIdentity.InvokedBy == ECS {
				opened[session{r.RequestParameters.RoleArn, r.RequestParameters.RoleSessionName, r.EventTime}] = true
			}
			if r.EventID == "" || ids[r.EventID] {
				t.Errorf("event id %q comes twice or not at all", r.EventID)
			}
			ids[r.EventID] = true
		}
	}
	for _, records := range trail {
		here := map[session]bool{}
		for _, r := range records {
			here[session{r.RequestParameters.RoleArn, r.RequestParameters.RoleSessionName, r.EventTime}] = true
		}
		for _, r := range records {
			context := r.UserIdentity.SessionContext
			if r.UserIdentity.Type != "AssumedRole" || !strings.Contains(context.SessionIssuer.ARN, "role/ecs") && !strings.Contains(context.SessionIssuer.ARN, "AWSServiceRoleForECS") {
				continue
			}
			calls++
			s := session{context.SessionIssuer.ARN, r.session(), context.Attributes.CreationDate}
			if !opened[s] {
				t.Errorf("%s %s by a session that was never opened: %v", r.EventTime, r.EventName, s)
			}
			if !here[s] {
				elsewhere++
			}
		}
	}
	if calls < 500 || elsewhere == 0 {
		t.Errorf("%d calls of ECS, %d of them in another file than their AssumeRole", calls, elsewhere)
	}
}

// looksRelevant tells, coarsely, what a report on ECS roles has to look at.
func looksRelevant(r *record) bool {
	context := r.UserIdentity.SessionContext.SessionIssuer.ARN
	switch {
	case strings.HasPrefix(r.EventName, "AssumeRole"), r.EventName == "DeleteVolume", r.EventName == "DetachVolume":
		return true
	case strings.Contains(context, "ecs") && !strings.HasSuffix(context, "-task") || strings.HasSuffix(context, "/deploy-scheduler"):
		return true
	}
	in := func(calls []Call) bool {
		return slices.ContainsFunc(calls, func(c Call) bool { return c.Service == r.EventSource && c.Name == r.EventName })
	}
	return in(roleChanges) || in(trailChanges) || slices.ContainsFunc(references, func(f Reference) bool { return f.Call.Service == r.EventSource && f.Call.Name == r.EventName })
}

func TestShareOfRelevantEvents(t *testing.T) {
	for _, c := range []struct {
		name        string
		least, most float64
	}{{"a", 0.03, 0.09}, {"b", 0.05, 0.08}, {"d", 0.18, 0.22}, {"dense", 0.95, 1}} {
		p, err := PresetNamed(c.name)
		if err != nil {
			t.Fatal(err)
		}
		options := *p.Options
		options.Files, options.Events = 0, 2500
		summary, trail := written(t, options)
		relevant := 0
		for _, records := range trail {
			for i := range records {
				if looksRelevant(&records[i]) {
					relevant++
				}
			}
		}
		if share := float64(relevant) / float64(summary.Events); share < c.least || share > c.most {
			t.Errorf("%s: %.3f of the events are relevant", c.name, share)
		}
	}
}

// Odd things happen in a trail that is not plain: events come twice, also in a later version, and between accounts.
func TestOddities(t *testing.T) {
	_, trail := written(t, Options{Seed: 4, Files: 500, Sizes: Of(20), Relevant: 0.6, Accounts: []string{Account, otherAccount}})
	ids, shared, seen := map[string]int{}, map[string]map[string]bool{}, map[string]int{}
	for _, records := range trail {
		for _, r := range records {
			if r.EventID != "" {
				if ids[r.EventID]++; ids[r.EventID] == 2 {
					seen["twice"]++
				}
			}
			if r.EventID == "" || r.RecipientAccountID == "" || r.EventTime == "" {
				seen["lacking"]++
			}
			if r.Addendum != nil && r.Addendum.Reason == "UPDATED_DATA" {
				seen["updated"]++
			}
			if r.EventCategory != "Management" {
				seen["other category"]++
			}
			if r.EventName == "AssumeRole" && r.UserIdentity.Type == "IAMUser" && r.RequestParameters.RoleSessionName == "ECSTaskVolumesForEBS" {
				seen["impostor"]++
			}
			if r.EventName == "AssumeRole" && slices.Contains(LookAlikes, r.RequestParameters.RoleSessionName) {
				seen["look-alike"]++
			}
			if r.SharedEventID != "" && r.EventName == "AssumeRole" {
				if shared[r.SharedEventID] == nil {
					shared[r.SharedEventID] = map[string]bool{}
				}
				shared[r.SharedEventID][r.RecipientAccountID] = true
			}
		}
	}
	for accounts := range maps.Values(shared) {
		if accounts[Account] && accounts[otherAccount] {
			seen["in both accounts"]++
		}
	}
	for _, oddity := range []string{"twice", "lacking", "updated", "other category", "impostor", "look-alike", "in both accounts"} {
		if seen[oddity] == 0 {
			t.Errorf("nothing %s in 10,000 events", oddity)
		}
	}
}
