// Package awscli runs the AWS CLI's `cloudtrail validate-logs`, the verifier of digests that AWS ships, and reads what it
// says of each file. It is the peer that this module's own verifier is held against.
//
// # What it does not see
//
// These follow from its source, awscli/customizations/cloudtrail/validation.py, and the tests of package tamper hold them:
//
//   - It walks back from the last digest that it finds by name: a last one that is missing is not missed, nor is one whose
//     successor is missing or invalid, since only a valid digest names the one before it (aws-cli issue 7054).
//   - It looks at what digests list, so a log file that none lists is not seen, and those of an invalid digest are not read.
//   - It does not compare previousDigestHashValue: the signature of each digest is what counts.
//   - It inflates the first gzip member and ignores whatever follows in a digest; in a log file too, before May 2026
//     (aws-cli pull requests 10324 and 10326). It does not miss the end of a log file's last eight bytes, the checksum and
//     the length.
//   - It takes every signature for SHA256withRSA and every hash for SHA-256, whatever the digest and the metadata say.
//   - One run is for one account and one Region.
package awscli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Request says what to validate.
type Request struct {
	Env        []string // endpoints and credentials, such as those of s3server.Server and cloudtrail.Service
	TrailARN   string
	Region     string    // whose digests and logs
	Account    string    // needed for the trail of an organization
	Start, End time.Time // of the digests' ends
}

// Verdict is what the AWS CLI says of a file: "valid", or what stands behind INVALID.
type Verdict string

// Verdicts.
const (
	Valid             Verdict = "valid"
	NotFound          Verdict = "not found"
	HashDiffers       Verdict = "hash value doesn't match"
	InvalidFormat     Verdict = "invalid format"
	SignatureFailed   Verdict = "signature verification failed"
	Moved             Verdict = "has been moved from its original location"
	PublicKeyNotFound Verdict = "public key not found" // which goes on with the Region and the fingerprint
	TrailingData      Verdict = "unexpected data after end of compressed stream"
)

// Gap is a time for which it says that no log files were delivered, as between two chains of digests.
type Gap struct{ From, Until time.Time }

// Validation is what the AWS CLI says of all files. Keys are URLs such as s3://bucket/key.
type Validation struct {
	ExitCode int // 0, or 1 if anything is invalid
	Digests  map[string]Verdict
	Backfill map[string]Verdict // digests too
	Logs     map[string]Verdict
	Gaps     []Gap
	Output   string // all that it wrote
}

// Program returns the path of the AWS CLI, which must be one of 2026: older ones know no backfill digests, and some can't be
// told where S3 is.
func Program(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs the AWS CLI, which -short does without")
	}
	program, err := program()
	if err != nil {
		t.Fatalf("%v\nhint: make bin/aws installs it", err)
	}
	return program
}

// program is asked once for its version, which takes as long as half of a run.
var program = sync.OnceValues(func() (string, error) {
	program, err := installed()
	if err != nil {
		return "", err
	}
	output, err := exec.Command(program, "--version").CombinedOutput()
	found := versionPattern.FindSubmatch(output)
	if err != nil || found == nil {
		return "", fmt.Errorf("%s: no version: %v: %s", program, err, output)
	}
	if minor, _ := strconv.Atoi(string(found[2])); minor < map[string]int{"1": 45, "2": 34}[string(found[1])] {
		return "", fmt.Errorf("%s: %s is too old", program, found[0])
	}
	return program, nil
})

// installed returns bin/aws of the module, whose folder is the working one of a test or one above, or else that in PATH.
func installed() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		program := filepath.Join(folder, "bin", "aws")
		if _, err := os.Stat(program); err == nil {
			return program, nil
		}
		if folder == filepath.Dir(folder) {
			break
		}
		folder = filepath.Dir(folder)
	}
	return exec.LookPath("aws")
}

var versionPattern = regexp.MustCompile(`aws-cli/(\d+)\.(\d+)\.`)

// ValidateLogs runs the AWS CLI. It fails the test if that ends otherwise than by a verdict.
func ValidateLogs(t testing.TB, request Request) *Validation {
	t.Helper()
	v, err := run(t, request)
	if err != nil {
		t.Fatalf("%v\n%s", err, v.Output)
	}
	return v
}

// Failure runs the AWS CLI where it must end otherwise than by a verdict, and returns what it wrote.
func Failure(t testing.TB, request Request) string {
	t.Helper()
	v, err := run(t, request)
	if err == nil {
		t.Fatalf("the AWS CLI came to a verdict\n%s", v.Output)
	}
	return v.Output
}

func run(t testing.TB, request Request) (*Validation, error) {
	t.Helper()
	arguments := []string{"cloudtrail", "validate-logs", "--verbose", "--trail-arn", request.TrailARN, "--region", request.Region,
		"--start-time", request.Start.UTC().Format(time.RFC3339), "--end-time", request.End.UTC().Format(time.RFC3339)}
	if request.Account != "" {
		arguments = append(arguments, "--account-id", request.Account)
	}
	command := exec.CommandContext(t.Context(), Program(t), arguments...)
	command.Env = append(os.Environ(), request.Env...)
	var valid, invalid strings.Builder // written to one pipe, lines could cut one another
	command.Stdout, command.Stderr = &valid, &invalid
	err := command.Run()
	exit, ended := errors.AsType[*exec.ExitError](err)
	if err != nil && !ended {
		t.Fatal(err)
	}
	v, err := parse(invalid.String() + valid.String())
	if ended {
		v.ExitCode = exit.ExitCode()
	}
	if err == nil && (v.ExitCode == 0) != v.valid() {
		err = errors.New("the exit code is not that of the verdicts")
	}
	if err != nil {
		err = fmt.Errorf("%s: exit code %d: %w", command, v.ExitCode, err)
	}
	return v, err
}

// Files returns what is said of all files, log files and digests.
func (v *Validation) Files() map[string]Verdict {
	all := maps.Clone(v.Logs)
	maps.Copy(all, v.Digests)
	maps.Copy(all, v.Backfill)
	return all
}

func (v *Validation) valid() bool {
	for _, verdict := range v.Files() {
		if verdict != Valid {
			return false
		}
	}
	return true
}

// parse reads the output. Each line but those of the summary speaks of one file, or of a gap.
func parse(output string) (*Validation, error) {
	v := &Validation{Digests: map[string]Verdict{}, Backfill: map[string]Verdict{}, Logs: map[string]Verdict{}, Output: output}
	finished := false
	for line := range strings.Lines(output) {
		line = strings.TrimSuffix(line, "\n")
		kind, rest, file := strings.Cut(line, "\t")
		if !file {
			finished = finished || strings.HasPrefix(line, "Results requested for ")
			if err := v.gap(line); err != nil {
				return v, err
			}
			continue
		}
		verdicts := map[string]map[string]Verdict{"Digest file": v.Digests, "(backfill) Digest file": v.Backfill, "Log file": v.Logs}[kind]
		url, said, ok := strings.Cut(rest, "\t")
		if _, twice := verdicts[url]; verdicts == nil || !ok || twice {
			return v, fmt.Errorf("%q: not understood", line)
		}
		verdict := Verdict(strings.TrimPrefix(said, "INVALID: "))
		if strings.HasPrefix(string(verdict), string(PublicKeyNotFound)) {
			verdict = PublicKeyNotFound
		}
		verdicts[url] = verdict
	}
	if !finished {
		return v, errors.New("it did not come to its summary")
	}
	return v, nil
}

const gapText = "No log files were delivered by CloudTrail between "

func (v *Validation) gap(line string) error {
	text, ok := strings.CutPrefix(strings.TrimPrefix(line, "(backfill) "), gapText)
	if !ok {
		return nil
	}
	from, until, _ := strings.Cut(text, " and ")
	var gap Gap
	var err error
	if gap.From, err = time.Parse(time.RFC3339, from); err == nil {
		gap.Until, err = time.Parse(time.RFC3339, until)
	}
	v.Gaps = append(v.Gaps, gap)
	return err
}
