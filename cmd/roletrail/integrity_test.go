package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"roletrail/analyzer"
	"roletrail/ingest/digest"
	"roletrail/internal/trailgen"
)

// The signed trail is one of an account in three Regions, of which one is quiet, over 14 days. The role "idle" is made on its
// first day and used on the second.
const (
	signedDays  = 14
	quietRegion = "sa-east-1"
	idleUntil   = "2026-11-02T16:30:00Z" // for which its digests are enough
)

var (
	signedStart = time.Date(2026, 10, 20, 0, 1, 31, 0, time.UTC)
	signedEnd   = signedStart.AddDate(0, 0, signedDays).Add(-6 * time.Hour)
	idleRole    = trailgen.NewRole(trailgen.Account, "/", "idle")
	signedKey   = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
)

// signedTrail is a copy of a trail, its bucket.
type signedTrail struct {
	dir, keys string
	digests   []trailgen.Digest
}

// signIdleTrail writes the trail, and the public keys beside it. Of the reads that are its noise, a change may make other events.
func signIdleTrail(t testing.TB, noise trailgen.Call, change func(*trailgen.DigestOptions)) *signedTrail {
	t.Helper()
	dir := t.TempDir()
	s := &signedTrail{dir: filepath.Join(dir, "logs"), keys: filepath.Join(dir, "keys.json")}
	b := trailgen.NewBuilder(1)
	user := trailgen.UserCaller(trailgen.Account, "otto", "203.0.113.7")
	write := func(region string, at time.Time, events ...trailgen.Object) {
		name := trailgen.LogFile{Account: trailgen.Account, Region: region, Delivered: at.Add(5 * time.Minute), Unique: "signed0000000000"}
		if err := trailgen.WriteFile(filepath.Join(s.dir, filepath.FromSlash(name.Key())), trailgen.Form{}, events...); err != nil {
			t.Fatal(err)
		}
	}
	for day := range signedDays {
		morning := signedStart.AddDate(0, 0, day).Truncate(24 * time.Hour).Add(9 * time.Hour)
		for i, region := range []string{"us-east-1", "eu-west-1", quietRegion} {
			if i == 1 && day%2 == 1 || i == 2 && day > 0 {
				continue
			}
			write(region, morning, b.In(trailgen.Account, region).Event(morning, user, noise))
		}
	}
	begin := signedStart.Truncate(24 * time.Hour)
	b.Name("roleName", idleRole.Name())
	write("us-east-1", begin.Add(10*time.Hour), b.Event(begin.Add(10*time.Hour), user, trailgen.RoleChanges()[0]))
	assume := b.AssumeRole(begin.Add(34*time.Hour), trailgen.ServiceCaller(trailgen.ECS), idleRole, "ecs-vpc-lattice")
	write("us-east-1", begin.Add(34*time.Hour), assume)
	s.sign(t, change)
	return s
}

func (s *signedTrail) sign(t testing.TB, change func(*trailgen.DigestOptions)) {
	t.Helper()
	key, err := signedKey()
	if err != nil {
		t.Fatal(err)
	}
	regions := []string{"us-east-1", "eu-west-1", quietRegion}
	options := trailgen.DigestOptions{
		Key: key, Bucket: treeBucket, Accounts: []string{trailgen.Account}, Regions: regions, Start: signedStart, End: signedEnd, Sidecars: true,
	}
	if change != nil {
		change(&options)
	}
	digests, err := trailgen.Sign(s.dir, options)
	if err != nil {
		t.Fatal(err)
	}
	s.digests = append(s.digests, digests...)
	var keys []digest.PublicKey
	for _, region := range regions {
		keys = append(keys, digest.PublicKey{Region: region, Fingerprint: trailgen.Fingerprint(&key.PublicKey), Value: x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	}
	if err := writeFile(s.keys, func(w io.Writer) error { return digest.WritePublicKeys(w, keys) }); err != nil {
		t.Fatal(err)
	}
}

// check runs check --verify about the idle role, as it is asked in most tests.
func (s *signedTrail) check(t testing.TB, more ...string) result {
	t.Helper()
	args := append([]string{"check", idleRole.ARN, "--verify", "--public-keys", s.keys, "--idle", "10d", "--until", idleUntil, s.dir}, more...)
	got := runPlainly(args...)
	for _, complaint := range checkResult(got, args) {
		t.Error(complaint)
	}
	return got
}

// without runs check --verify while some files are not there. A digest goes with its signature.
func (s *signedTrail) without(t testing.TB, keys []string, more ...string) (got result) {
	t.Helper()
	var gone []string
	for _, key := range keys {
		name := filepath.Join(s.dir, filepath.FromSlash(key))
		gone = append(gone, name)
		if _, err := os.Stat(name + ".signature.json"); err == nil {
			gone = append(gone, name+".signature.json")
		}
	}
	aside := t.TempDir()
	for i, name := range gone {
		if err := os.Rename(name, filepath.Join(aside, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		for i, name := range gone {
			if err := os.Rename(filepath.Join(aside, fmt.Sprint(i)), name); err != nil {
				t.Fatal(err)
			}
		}
	}()
	return s.check(t, more...)
}

// logFiles are the log files that digests list.
func (s *signedTrail) logFiles() (keys []string) {
	for _, d := range s.digests {
		keys = append(keys, d.LogFiles...)
	}
	return keys
}

// of are the digests of a Region that end after a time.
func (s *signedTrail) of(region string, after time.Time) (keys []string) {
	for _, d := range s.digests {
		if d.Region == region && d.End.After(after) {
			keys = append(keys, d.Key)
		}
	}
	return keys
}

var reads = trailgen.NewCall("ec2", "DescribeRegions", `{"regionSet":{}}`, "")

// words leaves out how a text is laid out.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func mustExit(t testing.TB, got result, code int, texts ...string) {
	t.Helper()
	if got.code != code {
		t.Errorf("exit code %d, want %d, messages %q\n%s", got.code, code, got.stderr, got.stdout)
	}
	for _, text := range texts {
		if !strings.Contains(words(got.stdout+got.stderr), text) {
			t.Errorf("%q is not told:\n%s%s", text, got.stdout, got.stderr)
		}
	}
}

// TestCheckVerify: digests make of a verdict that nothing proves one that is proven, if they are all there.
func TestCheckVerify(t *testing.T) {
	s := signIdleTrail(t, reads, nil)
	ask := []string{"check", "idle", "--idle", "10d", "--until", idleUntil, s.dir}
	mustExit(t, s.check(t), exitDone, "NO USE SEEN of idle", "exit 0: NO USE SEEN, in logs that are proven to be complete")
	mustExit(t, s.check(t, "--feature", "vpc-lattice"), exitDone, "exit 0: vpc-lattice: NO USE SEEN")
	mustExit(t, s.check(t, "--idle", "13d"), exitNotSafe)
	mustExit(t, runPlainly(ask...), exitUnverified, "in logs that nothing proves to be complete")

	last := signedEnd.Add(-time.Hour).Format(time.RFC3339)
	mustExit(t, s.check(t, "--until", last), exitDone)
	mustExit(t, s.check(t, "--until", signedEnd.Add(-time.Hour+time.Second).Format(time.RFC3339)), exitUnverified, "give --until "+last+" or earlier")
	mustExit(t, s.check(t, "--until", "2026-11-02T23:00:00Z"), exitUnverified, "give --until "+last+" or earlier")

	// Without keys nothing is proven: neither with none, nor with those of other Regions, nor with the wrong ones.
	empty := filepath.Join(t.TempDir(), "empty.json")
	write := func(keys ...digest.PublicKey) {
		if err := writeFile(empty, func(w io.Writer) error { return digest.WritePublicKeys(w, keys) }); err != nil {
			t.Fatal(err)
		}
	}
	write()
	mustExit(t, s.check(t, "--public-keys", empty), exitUnverified)
	key, err := signedKey()
	if err != nil {
		t.Fatal(err)
	}
	public := digest.PublicKey{Region: "us-east-1", Fingerprint: trailgen.Fingerprint(&key.PublicKey), Value: x509.MarshalPKCS1PublicKey(&key.PublicKey)}
	write(public)
	mustExit(t, s.check(t, "--public-keys", empty), exitUnverified)
	mustExit(t, runPlainly(append(ask, "--verify")...), exitUnverified, "--public-keys FILE reads keys that were saved before")

	// A part of the trail is not all of it, whatever is proven of it.
	mustExit(t, s.check(t, "--expect-regions", "ap-south-1"), exitCannotTell)
	mustExit(t, s.check(t, "--bucket", "other-logs"), exitCannotTell)
	mustExit(t, s.check(t, "--late-days", "0"), exitUnverified) // what came in the hour after the end was not read
}

// The property of the issue: whichever log file is removed that a digest lists, the answer is not NO USE SEEN.
func TestCheckVerifyRemovedLogFiles(t *testing.T) {
	s := signIdleTrail(t, reads, nil)
	for _, key := range s.logFiles() {
		if got := s.without(t, []string{key}); got.code != exitCannotTell || !strings.Contains(words(got.stdout), "1 digest or log file is missing") {
			t.Errorf("without %s: exit code %d, messages %q", key, got.code, got.stderr)
		}
	}
}

// An altered log file adds nothing, and leaves nobody to believe the rest.
func TestCheckVerifyAlteredLogFiles(t *testing.T) {
	s := signIdleTrail(t, reads, nil)
	for n, key := range s.logFiles() {
		name := filepath.Join(s.dir, filepath.FromSlash(key))
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, altered(t, whole), 0o666); err != nil {
			t.Fatal(err)
		}
		if got := s.check(t); got.code != exitCannotTell || !strings.Contains(words(got.stdout), "1 digest or log file is not what was delivered") {
			t.Errorf("%s is altered: exit code %d, messages %q", key, got.code, got.stderr)
		}
		if n%10 == 0 {
			u := usageOf(t, runPlainly("report", "--format", "json", "--verify", "--public-keys", s.keys, s.dir))
			if u.Input.Objects.Failed["altered"] != 1 || !slices.ContainsFunc(u.Findings, func(f analyzer.Finding) bool { return f.ID == analyzer.FindingIntegrityFailure }) {
				t.Errorf("%s is altered: failed %v", key, u.Input.Objects.Failed)
			}
		}
		if err := os.WriteFile(name, whole, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// altered is a gzipped log file with another byte in its text: it is whole, and JSON.
func altered(t testing.TB, packed []byte) []byte {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(text, []byte(`"eventVersion":"1.11"`), []byte(`"eventVersion":"1.10"`), 1)
	if bytes.Equal(changed, text) {
		t.Fatal("nothing was changed")
	}
	packed, err = trailgen.Form{}.Pack(changed)
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// TestCheckVerifyRemovedDigests: whichever digests are removed, nothing is proven that they were needed for.
func TestCheckVerifyRemovedDigests(t *testing.T) {
	s := signIdleTrail(t, reads, nil)
	until, err := time.Parse(time.RFC3339, idleUntil)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range s.digests {
		if i%61 != 0 && !(d.Start.Before(until) && d.End.After(until)) && !d.Start.Equal(signedStart) {
			continue
		}
		got := s.without(t, append(slices.Clone(d.LogFiles), d.Key))
		want := got.code == exitCannotTell || got.code == exitUnverified
		if d.End.After(until.Add(2*time.Hour)) || !d.End.After(signedStart.Add(10*time.Hour)) && d.Start.Equal(signedStart) {
			want = want || got.code == exitDone // nothing rests on them: they are after what is asked, or before the role was made
		}
		if !want {
			t.Errorf("without %s: exit code %d, messages %q\n%s", d.Key, got.code, got.stderr, got.stdout)
		}
	}
	for _, region := range []string{"us-east-1", "eu-west-1", quietRegion} {
		mustExit(t, s.without(t, s.of(region, until)), exitUnverified, "to ask about a time that they prove")
	}
	// A quiet Region without any digest: of the first day there is a log file.
	mustExit(t, s.without(t, s.of(quietRegion, signedStart)), exitUnverified)
	// Without any digest of before the window: what was made with the role before it is not proven.
	var early []string
	for _, d := range s.digests {
		if !d.End.After(until.AddDate(0, 0, -12).Add(-12 * time.Hour)) {
			early = append(early, d.Key)
		}
	}
	mustExit(t, s.without(t, early), exitUnverified, "digests do not prove all logs since the role was made")
}

// Digests that are all there do not prove that all was recorded.
func TestCheckVerifyRecording(t *testing.T) {
	writes := trailgen.NewCall("ec2", "CreateTags", `{"resourcesSet":{}}`, "")
	t.Run("a trail of writes", func(t *testing.T) {
		mustExit(t, signIdleTrail(t, writes, nil).check(t), exitCannotTell, "read events")
	})
	for name, pause := range map[string]time.Time{
		"a pause in the window": signedStart.AddDate(0, 0, 10), "a pause since the role was made": signedStart.AddDate(0, 0, 2),
	} {
		t.Run(name, func(t *testing.T) {
			s := signIdleTrail(t, reads, func(o *trailgen.DigestOptions) {
				o.Pauses = []trailgen.Pause{{Stopped: pause, Started: pause.Add(time.Hour)}}
			})
			mustExit(t, s.check(t), exitUnverified)
		})
	}
	t.Run("log files that no digest lists", func(t *testing.T) {
		s := signIdleTrail(t, reads, nil)
		b := trailgen.NewBuilder(2)
		at := signedStart.AddDate(0, 0, 9)
		event := b.Event(at, trailgen.UserCaller(trailgen.Account, "otto", "203.0.113.7"), reads)
		for _, name := range []string{
			trailgen.LogFile{Account: trailgen.Account, Region: "us-east-1", Delivered: at, Unique: "extra00000000000"}.Key(),
			trailgen.LogFile{Account: trailgen.Account, Region: "us-east-1", Delivered: at.AddDate(-1, 0, 0), Unique: "extra00000000000"}.Key(),
			trailgen.LogFile{Account: "444455556666", Region: "us-east-1", Delivered: at, Unique: "extra00000000000"}.Key(),
			trailgen.LogFile{Account: trailgen.Account, Region: "us-east-1", Delivered: signedEnd.AddDate(0, 0, 1), Unique: "extra00000000000"}.Key(),
			"extra.json.gz", "AWSLogs/111122223333/CloudTrail/extra.json.gz",
		} {
			path := filepath.Join(s.dir, filepath.FromSlash(name))
			if err := trailgen.WriteFile(path, trailgen.Form{}, event); err != nil {
				t.Fatal(err)
			}
			if got := s.check(t); got.code != exitUnverified {
				t.Errorf("with %s: exit code %d, messages %q\n%s", name, got.code, got.stderr, got.stdout)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		mustExit(t, s.check(t), exitDone)
	})
}

// Two trails deliver to one bucket. What the one proves does not make up for what is missing of the other.
func TestCheckVerifyTwoTrails(t *testing.T) {
	s := signIdleTrail(t, reads, nil)
	first := s.digests
	s.sign(t, func(o *trailgen.DigestOptions) { // which records nothing: its digests are empty
		o.Trail, o.Bucket = "data", treeBucket
		o.Start, o.End = signedStart.Add(7*time.Minute), signedEnd.Add(7*time.Minute)
		o.Withhold = func(string) bool { return true }
	})
	for _, d := range s.digests[len(first):] { // of the backfill, which lists what was withheld
		if d.Backfill {
			for _, name := range []string{d.Key, d.Key + ".signature.json"} {
				if err := os.Remove(filepath.Join(s.dir, filepath.FromSlash(name))); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	mustExit(t, s.check(t), exitDone)
	for name, gone := range map[string]func(trailgen.Digest) bool{
		"from the beginning":            func(d trailgen.Digest) bool { return d.Start.Before(signedStart.AddDate(0, 0, 9)) },
		"from the middle of the window": func(d trailgen.Digest) bool { return d.Start.After(signedStart.AddDate(0, 0, 9)) },
		"an hour":                       func(d trailgen.Digest) bool { return d.Start.Equal(signedStart.AddDate(0, 0, 9)) },
	} {
		t.Run(name, func(t *testing.T) {
			var keys []string
			for _, d := range first {
				if gone(d) {
					keys = append(append(keys, d.Key), d.LogFiles...)
				}
			}
			if got := s.without(t, keys, "--older-state-checked"); got.code != exitUnverified && got.code != exitCannotTell || strings.Contains(got.stdout, "exit 0") {
				t.Errorf("exit code %d, messages %q\n%s", got.code, got.stderr, got.stdout)
			}
		})
	}
}
