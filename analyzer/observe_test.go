package analyzer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"roletrail/analyzer/catalog"
	"roletrail/analyzer/facts"
	"roletrail/ingest"
	"roletrail/ingest/record"
)

// TestObserve holds what a collector observes of files, one after the other, against a plain decoding: accounts and Regions that
// are there, absent, empty, no strings or written with escapes.
func TestObserve(t *testing.T) {
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	rel := newRelevance(c, nil)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		store := facts.NewStore(facts.ByEvent, 1<<20, t.TempDir())
		collector := newCollector(rel, &Options{}, store.NewBatch(1))
		splitter := record.NewSplitter(rel.fields.Fields)
		want := observations{}
		for range 1 + r.IntN(4) {
			object := ingest.Object{Name: "a", Key: ingest.Key{AccountID: []string{"", "111122223333"}[r.IntN(2)]}}
			lines := make([]string, 1+r.IntN(12))
			for i := range lines {
				lines[i] = randomObserved(r)
			}
			discard := r.IntN(4) == 0
			collector.Begin(&object)
			elements, err := splitter.Split([]byte(`{"Records":[`+strings.Join(lines, ",")+`]}`), collector)
			if err != nil {
				t.Fatal(err)
			}
			if discard {
				collector.Discard()
				continue
			}
			collector.Commit(elements)
			for _, line := range lines {
				observePlainly(t, want, line, object.AccountID)
			}
		}
		if got := plain(collector.observed); !reflect.DeepEqual(got, plain(want)) {
			t.Fatalf("seed %d: %v, want %v", seed, got, plain(want))
		}
		store.Close()
	}
}

func randomObserved(r *rand.Rand) string {
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	account := pick(`"111122223333"`, `"222233334444"`, `"\u0031\u003111222233334444"`, `""`, `null`, `7`)
	fields := []string{
		`"eventName":` + pick(`"GetObject"`, `"PutObject"`), `"eventSource":"s3.amazonaws.com"`,
		fmt.Sprintf(`"eventTime":"2026-0%d-%02dT11:12:%02dZ"`, 1+r.IntN(3), 1+r.IntN(28), r.IntN(60)),
		`"userIdentity":{"accountId":` + pick(`"333344445555"`, `"444455556666"`) + `}`,
	}
	if r.IntN(4) > 0 {
		fields = append(fields, `"recipientAccountId":`+account)
	}
	if r.IntN(4) > 0 {
		fields = append(fields, `"awsRegion":`+pick(`"eu-west-1"`, `"us-east-1"`, `"us-east-\u0031"`, `null`))
	}
	if r.IntN(4) > 0 {
		fields = append(fields, `"readOnly":`+pick(`true`, `false`, `"true"`))
	}
	if r.IntN(2) > 0 {
		fields = append(fields, `"eventCategory":`+pick(`"Data"`, `"Management"`))
	}
	r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	return "{" + strings.Join(fields, ",") + "}"
}

// observePlainly takes up a record by decoding all of it.
func observePlainly(t *testing.T, into observations, line, fileAccount string) {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	text := func(v any) string { s, _ := v.(string); return s }
	at, err := time.Parse(time.RFC3339, text(e["eventTime"]))
	if err != nil {
		t.Fatal(err)
	}
	account := cmp.Or(text(e["recipientAccountId"]), fileAccount, text(e["userIdentity"].(map[string]any)["accountId"]))
	o := newObservation()
	o.reset(account, text(e["awsRegion"]), at.UnixMilli())
	o.days.Add(ingest.DayOf(at))
	read := text(e["eventName"]) == "GetObject"
	if said, ok := e["readOnly"]; ok {
		read = said == true || said == "true"
	}
	if read {
		o.reads.Add(ingest.DayOf(at))
		if category := text(e["eventCategory"]); category == "" || category == "Management" {
			o.managed.Add(ingest.DayOf(at))
		}
	}
	into.add(o)
}

// plain shows all that observations come to. Days are reads as well if they have reads of management events: of these, no further
// ones are looked at.
func plain(all observations) []string {
	var list []string
	for place, o := range all {
		o.reads.Merge(o.managed)
		list = append(list, fmt.Sprint(place, o.accountID, o.region, o.first, o.last, slices.Collect(o.days.All()), slices.Collect(o.reads.All()), slices.Collect(o.managed.All())))
	}
	slices.Sort(list)
	return list
}
