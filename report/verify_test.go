package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"roletrail/analyzer"
	"roletrail/ingest/digest"
)

var verifiedFrom = time.Date(2026, 10, 15, 8, 1, 31, 0, time.UTC)

func proven(hours int) []ProvenTime {
	return []ProvenTime{{verifiedFrom, verifiedFrom.Add(time.Duration(hours) * time.Hour)}}
}

// validVerification is that of a trail in two Regions.
func validVerification() *Verification {
	v := &Verification{
		Schema: VerificationVersion, Tool: VerificationTool{"roletrail", "1.2.0"},
		Window: VerificationWindow{Since: verifiedFrom, Until: verifiedFrom.Add(8 * time.Hour)},
		Input: VerificationInput{
			Objects: analyzer.InputObjects{Listed: 50, Read: 32, Skipped: map[string]int64{"digest": 18}},
			Pruned:  []analyzer.Pruned{{Prefix: "s3://logs/AWSLogs/111122223333/Config/", Reason: "otherService"}},
			Bytes:   analyzer.InputBytes{Read: 32_200, Inflated: 90_100},
		},
	}
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		v.Chains = append(v.Chains, VerifiedChain{
			AccountID: "111122223333", Region: region, Trail: "management",
			Digests: VerifiedDigests{Valid: 8}, LogFiles: VerifiedLogFiles{Valid: 14}, Proven: proven(8), ProvenHours: 8,
		})
		v.Places = append(v.Places, VerifiedPlace{AccountID: "111122223333", Region: region})
	}
	v.Judge()
	return v
}

// damagedVerification has a problem of every reason, and two accounts.
func damagedVerification() *Verification {
	v := validVerification()
	v.Chains[1].Digests = VerifiedDigests{Valid: 4, Invalid: 2, Missing: 1, NotChecked: 1}
	v.Chains[1].LogFiles = VerifiedLogFiles{Valid: 1240, Altered: 1, Missing: 2, Moved: 3, Unread: 4, NotChecked: 5, Outside: 6}
	v.Chains[1].Proven, v.Chains[1].ProvenHours = proven(5), 5.27
	v.Chains = append(v.Chains, VerifiedChain{AccountID: "222233334444", Region: "us-east-1", Trail: "other", Backfill: true, Digests: VerifiedDigests{Valid: 1}})
	v.Places[1].Extra, v.Places[1].NotCovered = 1, 12
	v.Input.Objects.Failed = map[string]int64{"badGzip": 2}
	v.Input.Objects.Failures = []analyzer.Failure{{Object: "s3://logs/a.json.gz", Reason: "badGzip", Detail: "gzip: checksum mismatch"}, {Object: "s3://logs/object", Reason: "badGzip"}}
	add := func(reason digest.Reason, grade string, p VerificationProblem) {
		p.Reason, p.Grade, p.AccountID, p.Region, p.Trail = string(reason), grade, "111122223333", "us-east-1", "management"
		p.From = verifiedFrom.Add(time.Duration(len(v.Problems)) * time.Hour)
		p.Until = p.From.Add(time.Hour)
		v.Problems = append(v.Problems, p)
		v.ProblemCounts = append(v.ProblemCounts, ProblemCount{p.Reason, grade, 1})
	}
	const key = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/15/111122223333_CloudTrail_us-east-1_20261015T1118Z_0000000000000031.json.gz"
	add(digest.DigestMissing, GradeInvalid, VerificationProblem{Bucket: "logs", Key: key, Detail: "the next digest names it"})
	add(digest.LogFileAltered, GradeInvalid, VerificationProblem{Object: "s3://logs/" + key, Bucket: "logs", Key: key, Detail: "it has another hash than its digest tells"})
	add(digest.LogFileMoved, GradeInvalid, VerificationProblem{Object: "s3://logs/object", Bucket: "logs", Key: key, Detail: "a file with its hash lies elsewhere"})
	v.ProblemCounts[2].Count = 15
	add(digest.KeyMissing, GradeUnchecked, VerificationProblem{Object: "s3://logs/digest", Bucket: "logs", Key: "digest", Detail: `there is no public key in us-east-1 with the fingerprint "f1"`})
	add(digest.DigestUnreadable, GradeUnchecked, VerificationProblem{Object: "copy/digest.json.gz", Key: "copy/digest.json.gz", Detail: "accessDenied"})
	v.Problems[4].From, v.Problems[4].Until = time.Time{}, time.Time{}
	add(digest.SignatureMissing, GradeProven, VerificationProblem{Object: "s3://logs/digest", Bucket: "logs", Key: "digest", Detail: "its signature is not beside it, but in the next digest"})
	v.Judge()
	return v
}

func hostileVerification() *Verification {
	v := damagedVerification()
	v.Tool = VerificationTool{hostile, hostile}
	for i := range v.Chains {
		v.Chains[i].AccountID, v.Chains[i].Region, v.Chains[i].Trail = hostile, hostile, hostile
	}
	v.Places[0] = VerifiedPlace{hostile, hostile, 1, 1}
	for i := range v.Problems {
		p := &v.Problems[i]
		p.AccountID, p.Region, p.Trail, p.Object, p.Bucket, p.Key, p.Detail = hostile, hostile, hostile, p.Object+hostile, hostile, "../../"+hostile, hostile
	}
	v.Input.Objects.Failures[0] = analyzer.Failure{Object: hostile, Reason: "badGzip", Detail: hostile}
	return v
}

func nothingVerified() *Verification {
	v := &Verification{Schema: VerificationVersion, Tool: VerificationTool{"roletrail", "1.2.0"}, Input: VerificationInput{Objects: analyzer.InputObjects{Listed: 2, Read: 2}}}
	v.Places = []VerifiedPlace{{AccountID: "111122223333", Region: "us-east-1", NotCovered: 2}}
	v.Judge()
	return v
}

// organizationVerification has more chains than are named, of which one is of note.
func organizationVerification() *Verification {
	v := validVerification()
	chain := v.Chains[0]
	v.Chains = nil
	for i := range 60 {
		chain.AccountID = fmt.Sprintf("1111222233%02d", i)
		v.Chains = append(v.Chains, chain)
	}
	v.Chains[40].LogFiles.Missing = 1
	v.ProblemCounts = []ProblemCount{{string(digest.LogFileMissing), GradeInvalid, 1}}
	v.Judge()
	return v
}

func verifications() map[string]*Verification {
	return map[string]*Verification{
		"valid": validVerification(), "damaged": damagedVerification(), "hostile": hostileVerification(), "nothing": nothingVerified(),
		"organization": organizationVerification(),
	}
}

func TestVerificationText(t *testing.T) {
	for name, options := range map[string]TextOptions{
		"valid": {ExitState: "exit 0: all digests and log files are valid"}, "damaged": {}, "nothing": {}, "hostile": {}, "organization": {},
		"damaged-details": {Details: true}, "damaged-narrow": {Width: 40}, "damaged-wide": {Width: 160}, "damaged-ascii": {ASCII: true}, "valid-color": {Color: true},
	} {
		t.Run(name, func(t *testing.T) {
			of, _, _ := strings.Cut(name, "-")
			var out bytes.Buffer
			if err := VerificationText(&out, verifications()[of], options); err != nil {
				t.Fatal(err)
			}
			golden(t, "verify-"+name+".txt", out.Bytes())
			checkPrintable(t, out.String(), options)
		})
	}
}

// A valid trail of which less is proven than was asked for is not shown as if all were.
func TestVerificationTextUnproven(t *testing.T) {
	v := validVerification()
	v.Chains[1].Proven, v.Chains[1].ProvenHours = proven(7), 7
	var out bytes.Buffer
	if err := VerificationText(&out, v, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Not all of the time that was asked for is proven", "7 of 8", ", not all of it"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// All reasons are told in words.
func TestVerificationReasons(t *testing.T) {
	for _, reason := range []digest.Reason{
		digest.DigestUnreadable, digest.TrailingBytes, digest.SignatureInvalid, digest.DigestAltered, digest.DigestMisplaced, digest.AlgorithmUnknown,
		digest.KeyMissing, digest.SignatureMissing, digest.DigestMissing, digest.ChainRestarted, digest.ChainBroken, digest.LogFileAltered,
		digest.LogFileMissing, digest.LogFileMoved, digest.LogFileUnread, digest.LogFileExtra,
	} {
		if problemTexts[string(reason)] == "" {
			t.Errorf("%s has no words", reason)
		}
	}
}

func verificationJSON(t *testing.T, v *Verification) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := VerificationJSON(&out, v); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestVerificationJSON(t *testing.T) {
	s := schema(t, VerificationSchema)
	for name, v := range verifications() {
		text := verificationJSON(t, v)
		if err := s.Validate(parsed(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got Verification
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		same := cmp.Comparer(func(a, b string) bool { return replaced(a) == replaced(b) })
		if diff := cmp.Diff(*v, got, cmpopts.EquateEmpty(), same); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if bytes.Contains(text, []byte("null")) {
			t.Errorf("%s: null in %s", name, text)
		}
	}
	golden(t, "verify-damaged.json", verificationJSON(t, damagedVerification()))
}

func TestVerificationSchemaRejects(t *testing.T) {
	s := schema(t, VerificationSchema)
	for _, c := range []change{
		{"no verdict", without("verdict")},
		{"another verdict", set("fine", "verdict")},
		{"no count", without("missing", "chains", 0, "digests")},
		{"an unknown key", set(1, "more", "places", 0)},
		{"an unknown grade", set("bad", "grade", "problems", 0)},
		{"a time with an offset", set("2026-10-15T08:01:31+02:00", "from", "problems", 0)},
		{"an empty trail", set("", "trail", "chains", 0)},
		{"a negative number", set(-1, "provenHours", "chains", 0)},
	} {
		document := parsed(t, verificationJSON(t, damagedVerification())).(map[string]any)
		c.make(document)
		if s.Validate(document) == nil {
			t.Errorf("%s is accepted", c.name)
		}
	}
}

func TestVerificationCSV(t *testing.T) {
	var out bytes.Buffer
	if err := VerificationCSV(&out, damagedVerification()); err != nil {
		t.Fatal(err)
	}
	golden(t, "verify-damaged.csv", out.Bytes())
	out.Reset()
	if err := VerificationCSV(&out, hostileVerification()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 4 || len(rows[0]) != len(chainColumns) {
		t.Errorf("%v %v", rows, err)
	}
}

// Judge: the strongest of what there is.
func TestJudge(t *testing.T) {
	change := func(change func(*Verification)) *Verification {
		v := validVerification()
		change(v)
		v.Judge()
		return v
	}
	count := func(grade string) func(*Verification) {
		return func(v *Verification) {
			v.ProblemCounts = append(v.ProblemCounts, ProblemCount{"logFileMissing", grade, 1})
		}
	}
	for _, test := range []struct {
		why  string
		v    *Verification
		want string
	}{
		{"nothing is wrong", validVerification(), VerificationValid},
		{"no digest", nothingVerified(), VerificationNotAllChecked},
		{"no digest of the window", change(func(v *Verification) { v.Chains[0].Digests, v.Chains[1].Digests = VerifiedDigests{}, VerifiedDigests{} }), VerificationNotAllChecked},
		{"proven otherwise", change(count(GradeProven)), VerificationValid},
		{"unchecked", change(count(GradeUnchecked)), VerificationNotAllChecked},
		{"invalid", change(count(GradeInvalid)), VerificationInvalid},
		{"both", change(func(v *Verification) { count(GradeUnchecked)(v); count(GradeInvalid)(v) }), VerificationInvalid},
		{"a digest", change(func(v *Verification) { v.Chains[0].Digests.NotChecked = 1 }), VerificationNotAllChecked},
		{"a log file", change(func(v *Verification) { v.Chains[0].LogFiles.NotChecked = 1 }), VerificationNotAllChecked},
		{"an unread log file", change(func(v *Verification) { v.Chains[0].LogFiles.Unread = 1 }), VerificationNotAllChecked},
		{"a failed file", change(func(v *Verification) { v.Input.Objects.Failed = map[string]int64{"accessDenied": 1} }), VerificationNotAllChecked},
		{"an extra file", change(func(v *Verification) { v.Places[0].Extra = 1 }), VerificationNotAllChecked},
		{"a file not covered", change(func(v *Verification) { v.Places[0].NotCovered = 1 }), VerificationNotAllChecked},
		{"outside of the window", change(func(v *Verification) { v.Chains[0].LogFiles.Outside = 1 }), VerificationValid},
	} {
		if test.v.Verdict != test.want {
			t.Errorf("%s: %s, want %s", test.why, test.v.Verdict, test.want)
		}
	}
}

func TestVerificationErrorsOfWriting(t *testing.T) {
	v := damagedVerification()
	for name, write := range map[string]func(*failingWriter) error{
		"text": func(w *failingWriter) error { return VerificationText(w, v, TextOptions{}) },
		"JSON": func(w *failingWriter) error { return VerificationJSON(w, v) },
		"CSV":  func(w *failingWriter) error { return VerificationCSV(w, v) },
	} {
		for _, room := range []int{0, 100} {
			if err := write(&failingWriter{room}); err == nil {
				t.Errorf("%s with room for %d bytes: no error", name, room)
			}
		}
	}
}

// Whatever a verification holds, its text is safe to show, and no line is wider than it may be.
func TestVerificationProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v Verification
		drawAll(t, "", reflect.ValueOf(&v).Elem())
		o := TextOptions{Width: rapid.IntRange(0, 200).Draw(t, "width"), ASCII: rapid.Bool().Draw(t, "ASCII"), Color: rapid.Bool().Draw(t, "color"), Details: rapid.Bool().Draw(t, "details")}
		var out bytes.Buffer
		if err := VerificationText(&out, &v, o); err != nil {
			t.Fatal(err)
		}
		checkPrintable(t, out.String(), o)
		if err := VerificationCSV(&out, &v); err != nil {
			t.Fatal(err)
		}
	})
}
