package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/ingest/s3"
)

// estimate is what a run would have to read, roletrail/estimate/v1 as estimate.schema.json describes it. Numbers are
// always there.
type estimate struct {
	Schema   string           `json:"schema"`
	Tool     tool             `json:"tool"`
	Window   analyzer.Window  `json:"window"`
	Objects  estimateObjects  `json:"objects"`
	Pruned   map[string]int64 `json:"pruned"` // prefixes that were not listed, by reason
	Bytes    int64            `json:"bytes"`  // of the log files to read whose size is known, as stored
	Requests estimateRequests `json:"requests"`
	Time     estimateTime     `json:"time"`
}

type tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// estimateObjects holds to the identity listed = toRead + skipped + failed.
type estimateObjects struct {
	Listed  int64            `json:"listed"`
	ToRead  int64            `json:"toRead"`
	Skipped map[string]int64 `json:"skipped"` // by reason
	Failed  map[string]int64 `json:"failed"`  // by reason
}

// estimateRequests counts requests to AWS by the names of their operations.
type estimateRequests struct {
	Listing map[string]int64 `json:"listing"` // sent
	Reading map[string]int64 `json:"reading"` // to be sent
}

// estimateTime is what reading is expected to take, and on what assumptions.
type estimateTime struct {
	Seconds             float64 `json:"seconds"`
	Concurrency         int     `json:"concurrency"`         // requests at once, 0 without S3
	RequestMilliseconds float64 `json:"requestMilliseconds"` // that one takes, 0 without S3
	Processors          int     `json:"processors"`
	BytesPerSecond      int64   `json:"bytesPerSecond"` // as stored, that one processor reads
}

// processorRate is how many bytes of log files, as stored, a processor is taken to fetch, inflate and split in a second.
// The benchmarks get through 40 to 60 MB of local files.
const processorRate = 30e6

// runEstimate lists what a run would read, and writes what that comes to.
func (f *analysisFlags) runEstimate(ctx context.Context, env environment, sources []string, format string) error {
	since, until, err := f.window(env.now(), sources)
	if err != nil {
		return err
	}
	in, err := f.open(ctx, env, sources, since, until)
	if err != nil {
		return err
	}
	defer in.close()

	counts := newCounting(in.progress)
	begin := time.Now()
	stop := f.showProgress(env, in, listingText)
	err = in.source.List(ctx, counts)
	took, latency := time.Since(begin), time.Duration(0)
	if err == nil && counts.inS3.count > 0 {
		latency, err = in.latency(ctx, counts.inS3.name)
	}
	stop()
	if ctx.Err() != nil {
		return &exit{code: exitInterrupted, err: fmt.Errorf("interrupted: %s listed so far; no estimate was written", plural(int(in.progress.Listed.Load()), "file"))}
	}
	if err != nil {
		return in.runError(ctx, err)
	}
	e := counts.estimate(in, took, latency)
	e.Window = analyzer.Window{Since: since, Until: until, LateDays: f.lateDays}
	return writeOut(env.stdout, func(w io.Writer) error {
		if format == "json" {
			return e.writeJSON(w)
		}
		_, err := io.WriteString(w, e.text())
		return err
	})
}

// counting is a listing that reads nothing.
type counting struct {
	objects estimateObjects
	inS3    struct {
		count int64
		name  string // of one of them
	}
	bytes    int64
	pruned   map[string]int64
	progress *ingest.Progress
}

func newCounting(p *ingest.Progress) *counting {
	return &counting{
		objects:  estimateObjects{Skipped: map[string]int64{}, Failed: map[string]int64{}},
		pruned:   map[string]int64{},
		progress: p,
	}
}

func (c *counting) listed(size int64) {
	c.objects.Listed++
	c.progress.Listed.Add(1)
	c.progress.BytesListed.Add(size)
}

func (c *counting) Object(o ingest.Object) error {
	size := max(o.Size, 0)
	c.listed(size)
	c.objects.ToRead++
	c.bytes += size
	if strings.HasPrefix(o.Name, s3Scheme) {
		c.inS3.count++
		c.inS3.name = o.Name
	}
	return nil
}

func (c *counting) Skip(_, reason string) {
	c.listed(0)
	c.objects.Skipped[reason]++
}

func (c *counting) Fail(_, reason string, _ error) {
	c.listed(0)
	c.objects.Failed[reason]++
}

func (c *counting) Prune(_, reason string) { c.pruned[reason]++ }

// latency measures how long S3 takes to answer, when nothing else is asked, by listing an object once more: two or three
// small requests, one after the other.
func (in *input) latency(ctx context.Context, name string) (time.Duration, error) {
	location, err := s3.ParseLocation(name)
	if err != nil {
		return 0, err
	}
	sent, begin := in.progress.Requests.Load(), time.Now()
	err = s3.New(in.session, []s3.Location{location}, s3.Options{}).List(ctx, newCounting(new(ingest.Progress)))
	if err != nil && !errors.As(err, new(*ingest.NoSuchSourceError)) { // which took as long to say, if it has been deleted
		return 0, err
	}
	return time.Since(begin) / time.Duration(max(in.progress.Requests.Load()-sent, 1)), nil
}

// estimate tells what the counts come to, after a listing that took some time.
func (c *counting) estimate(in *input, listing, latency time.Duration) *estimate {
	e := &estimate{
		Schema: "roletrail/estimate/v1", Tool: tool{programName, buildVersion()},
		Objects: c.objects, Pruned: c.pruned, Bytes: c.bytes,
		Requests: estimateRequests{Listing: map[string]int64{}, Reading: map[string]int64{}},
		Time:     estimateTime{Processors: runtime.GOMAXPROCS(0), BytesPerSecond: processorRate},
	}
	waiting := 0.0
	if in.session != nil {
		maps.Copy(e.Requests.Listing, in.session.Requests())
		e.Time.Concurrency = in.fetchers
		e.Time.RequestMilliseconds = float64(latency.Microseconds()) / 1000
		waiting = math.Ceil(float64(c.inS3.count)/float64(in.fetchers)) * latency.Seconds()
	}
	if c.inS3.count > 0 {
		e.Requests.Reading["GetObject"] = c.inS3.count
	}
	working := float64(e.Bytes) / processorRate / float64(e.Time.Processors)
	// All three go on at once: listing, waiting for what was asked for, and working on what has come.
	e.Time.Seconds = math.Round(max(listing.Seconds(), waiting, working)*10) / 10
	return e
}

func (e *estimate) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(e)
}

// text is the estimate for people.
func (e *estimate) text() string {
	var text strings.Builder
	field := func(label, format string, args ...any) {
		fmt.Fprintf(&text, "%-11s%s\n", label, fmt.Sprintf(format, args...))
	}
	field("To read", "%s of %d, %.1f MB as stored", plural(int(e.Objects.ToRead), "file"), e.Objects.Listed, float64(e.Bytes)/1e6)
	if len(e.Objects.Skipped) > 0 {
		field("Skipped", "%s", sums(e.Objects.Skipped))
	}
	if len(e.Objects.Failed) > 0 {
		field("Failed", "%s", sums(e.Objects.Failed))
	}
	if len(e.Pruned) > 0 {
		field("Pruned", "%s, not listed", sums(e.Pruned))
	}
	if len(e.Requests.Listing) > 0 {
		field("Requests", "%s, sent for this", sums(e.Requests.Listing))
	}
	if len(e.Requests.Reading) > 0 {
		field("", "%s, needed to read", sums(e.Requests.Reading))
	}
	field("Time", "about %s, if", roundTime(e.Time.Seconds))
	if e.Time.Concurrency > 0 {
		field("", "a request takes %.0f ms, as it did just now, and %d are sent at once", e.Time.RequestMilliseconds, e.Time.Concurrency)
	}
	field("", "each of %s reads %d MB/s, which is assumed", plural(e.Time.Processors, "processor"), e.Time.BytesPerSecond/1e6)
	return text.String()
}

// roundTime writes a time no more precisely than it is known.
func roundTime(seconds float64) string {
	unit := time.Second
	if seconds >= 600 {
		unit = time.Minute
	}
	d := time.Duration(math.Ceil(seconds*float64(time.Second)/float64(unit))) * unit
	text := max(d, time.Second).String()
	if minutes, whole := strings.CutSuffix(text, "m0s"); whole {
		return minutes + "m"
	}
	return text
}

// sums lists counts by what they are of, the largest first.
func sums(counts map[string]int64) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	items := make([]string, len(keys))
	for i, key := range keys {
		items[i] = fmt.Sprintf("%d %s", counts[key], key)
	}
	return strings.Join(items, ", ")
}
