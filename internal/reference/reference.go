// Package reference is the naive analyzer that the real one is judged by. It decodes every record with encoding/json
// into maps, keeps all of them in memory, takes no shortcut, and uses one goroutine. It shares nothing with the real
// analyzer but the types of the report, the catalog's data and the layout of keys, so that an error in one of
// them is not an error in both. It is written to be read: its files follow the rules of the report in their order.
//
//	documents.go   from a file to its records: compression, forms, what fails and what is skipped
//	records.go     the fields every record has; the counters of records; what was observed
//	relevance.go   which records matter, and what an AssumeRole and a call of a role session tell
//	filters.go     the window and the display filters
//	duplicates.go  records that tell of one event
//	sessions.go    whose session a call belongs to
//	rolekeys.go    what is told of roles otherwise than by their uses, and by which ARN they go
//	ecs.go         which ECS resource an event is about
//	standing.go    the resources that name a role
//	remaining.go   what stands that needs the service-linked role
//	volumes.go     the ledger of EBS volumes
//	changes.go     what IAM events did to a role, and its lives
//	trust.go       whom a trust policy trusts
//	features.go    what the service used the session for
//	uses.go        the numbers of a set of uses
//	roles.go       which roles are reported, and which of their features
//	permissions.go what a role's policies grant and its sessions used
//	findings.go    what a person should act on, by the uses of roles
//	endangered.go  the same, by changes, volumes and policies
//	trails.go      the same, by changes to trails
//	coverage.go    what the log files can speak of
package reference

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
	"roletrail/ingest"
)

// File is a log file as it is stored: compressed or not.
type File struct {
	Name string
	Data []byte
}

// Options are what the report is asked for. The zero value of each but Catalog leaves everything in.
type Options struct {
	Catalog  *catalog.Catalog // nil for the embedded one
	Since    time.Time        // inclusive
	Until    time.Time        // exclusive
	LateDays int              // chooses files, not events: of no effect on files that are already here
	Accounts []string
	Regions  []string
	Roles    []string // ARNs, names, or patterns of either in which * stands for any text
	Limit    int64    // bytes of one inflated JSON document; 0 for no limit

	ExpectRegions []string // of which every account should have log files
	Digests       []string // names of the digest files beside the log files, which are not read
}

// maxFailures is how many failed files a report names.
const maxFailures = 100

// Analyze reports on the files. It fills the roles, the findings, the coverage, what was observed and the counters of the
// input; Tool, Window and Input.Pruned stay zero, and so do the detail, advice and link of findings. An error means that
// the catalog is broken or that the counters do not add up.
func Analyze(files []File, o Options) (*analyzer.Usage, error) {
	if o.Catalog == nil {
		embedded, err := catalog.Embedded()
		if err != nil {
			return nil, err
		}
		o.Catalog = embedded
	}
	if err := complete(o.Catalog); err != nil {
		return nil, err
	}
	usage := &analyzer.Usage{Schema: analyzer.Schema}
	log := readAll(files, o.Limit, &usage.Input)
	records := log.records()
	usage.Observed = observed(records)

	for _, r := range records {
		r.events = eventsOf(r, o)
	}
	winners := withoutDuplicates(records)
	usage.Input.Records = countRecords(records, o)
	if err := addUp(usage.Input); err != nil {
		return nil, err
	}

	winners = withoutCallerSides(winners)
	told := whatIsTold(winners, usage.Observed.LastEvent, o)
	sessions := decideOwners(winners, o.Catalog)
	uses := usesOf(winners, sessions, told, o.Catalog)
	found := findings(winners, filtered(uses, (*use).isCounted), sessions, logSpans(records, o.Since), o.Catalog)
	usage.Roles = roles(winners, uses, found, told, accountsWithReads(log), o)
	usage.Coverage = coverage(log, o)

	for _, r := range usage.Roles {
		key := keyOf(r.ARN)
		ofRole := filtered(uses, func(u *use) bool { return keyOf(u.role) == key && u.counts() })
		found = append(found, judged{told: told, arn: r.ARN, key: key, uses: ofRole, c: o.Catalog}.findings()...)
	}
	found = slices.Concat(found, trailChanges(winners, o), coverageGaps(usage.Coverage, o))
	slices.SortFunc(found, byImportance)
	usage.Findings = rendered(found)
	return usage, nil
}

// Verdict says what becomes of one file. One that is neither skipped nor failed is read.
type Verdict struct {
	Skipped string // the reason, or ""
	Failed  string // the reason, or ""; ingest.FailJSON means that encoding/json rejects the text
	Detail  string // of a failure
	Records int64  // of a file that is read
}

// Judge tells what becomes of a file by itself.
func Judge(file File, limit int64) Verdict {
	elements, _, err := read(file, limit)
	switch {
	case err != nil:
		return Verdict{Failed: err.reason, Detail: err.detail}
	case notCloudTrail(elements):
		return Verdict{Skipped: ingest.SkipNotCloudTrail}
	}
	return Verdict{Records: int64(len(elements))}
}

// log is what became of the files.
type log struct {
	read   []logFile
	failed []string // names
}

// logFile is a file that was read.
type logFile struct {
	name    string
	records []*record
}

// events gives the well-shaped records.
func (f logFile) events() []*record {
	return slices.DeleteFunc(slices.Clone(f.records), func(r *record) bool { return !r.wellShaped })
}

func (l log) records() (records []*record) {
	for _, file := range l.read {
		records = append(records, file.records...)
	}
	return records
}

func (l log) events() []*record { return logFile{records: l.records()}.events() }

// readAll reads the files and counts what became of each. Failed and skipped files contribute nothing to anything but
// their counters, and the gaps that failed ones leave.
func readAll(files []File, limit int64, input *analyzer.Input) log {
	objects := &input.Objects
	objects.Skipped, objects.Failed = map[string]int64{}, map[string]int64{}
	var l log
	for _, file := range files {
		objects.Listed++
		elements, inflated, err := read(file, limit)
		switch {
		case err != nil:
			l.failed = append(l.failed, file.Name)
			objects.Failed[err.reason]++
			objects.Failures = append(objects.Failures,
				analyzer.Failure{Object: file.Name, Reason: err.reason, Detail: err.detail})
		case notCloudTrail(elements):
			objects.Skipped[ingest.SkipNotCloudTrail]++
			if ingest.ParseKey(file.Name).CloudTrailName { // whatever it held, it should have held events
				l.failed = append(l.failed, file.Name)
			}
		default:
			objects.Read++
			input.Bytes.Read += int64(len(file.Data))
			input.Bytes.Inflated += inflated
			read := logFile{name: file.Name}
			for index, element := range elements {
				read.records = append(read.records, newRecord(element, file.Name, index))
			}
			l.read = append(l.read, read)
		}
	}
	slices.SortFunc(objects.Failures, func(a, b analyzer.Failure) int { return cmp.Compare(a.Object, b.Object) })
	if len(objects.Failures) > maxFailures {
		objects.Failures = objects.Failures[:maxFailures]
	}
	return l
}

// addUp checks that every object and every record is in exactly one counter.
func addUp(input analyzer.Input) error {
	objects := input.Objects.Read
	for _, reasons := range []map[string]int64{input.Objects.Skipped, input.Objects.Failed} {
		for _, n := range reasons {
			objects += n
		}
	}
	if objects != input.Objects.Listed {
		return fmt.Errorf("objects: %d listed, %d accounted for", input.Objects.Listed, objects)
	}
	r := input.Records
	records := r.Relevant + r.Irrelevant + r.Duplicate + r.OutsideWindow + r.Filtered + r.UnknownShape
	if records != r.Total {
		return fmt.Errorf("records: %d in all, %d accounted for", r.Total, records)
	}
	return nil
}
