package reference

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
	"roletrail/ingest"
)

const cloudTrailName = account + "_CloudTrail_us-east-1_20261114T1005Z_abcdefghijklmnop.json.gz"

func gzipped(data []byte) []byte {
	var stored bytes.Buffer
	w := gzip.NewWriter(&stored)
	w.Write(data)
	w.Close()
	return stored.Bytes()
}

func TestForms(t *testing.T) {
	open := assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS")
	create := callBy("create", "10:00:05", infra, "ECSTaskVolumesForEBS", "10:00:00", ecs, "CreateVolume")
	one, two := marshalled(open), marshalled(create)
	pretty, err := json.MarshalIndent(fields{"Records": []fields{open, create}}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(record []byte) fields { return fields{"EventId": "x", "CloudTrailEvent": string(record)} }
	bridge := func(record fields) fields {
		return fields{"detail-type": "AWS API Call via CloudTrail", "source": "aws.sts", "detail": record}
	}

	for form, data := range map[string][]byte{
		"envelope":                    envelope(open, create),
		"pretty, BOM, new line":       []byte("\ufeff" + string(pretty) + "\n"),
		"gzip":                        gzipped(envelope(open, create)),
		"two gzip members":            append(gzipped(one), gzipped(two)...),
		"array":                       marshalled([]fields{open, create}),
		"one event a line":            []byte(string(one) + "\n" + string(two) + "\n"),
		"nothing between":             append(one, two...),
		"envelopes":                   append(envelope(open), envelope(create)...),
		"LookupEvents":                marshalled(fields{"Events": []fields{lookup(one), lookup(two)}}),
		"LookupEvents entries":        append(marshalled(lookup(one)), marshalled(lookup(two))...),
		"EventBridge":                 append(marshalled(bridge(open)), marshalled(bridge(create))...),
		"Records twice, one an array": []byte(`{"Records":1,"Records":[` + string(one) + "," + string(two) + `],"Events":{}}`),
		"Records is no array":         append(marshalled(open.with(fields{"Records": 1})), two...),
		"escaped letters": []byte(strings.NewReplacer("eventName", `\u0065ventName`, "ECSTask", `\u0045CST\u0061sk`, infra, `arn:aws:iam::111122223333:role\/ecs\/infra`).
			Replace(string(envelope(open, create)))),
	} {
		t.Run(form, func(t *testing.T) {
			u := analyze(t, Options{}, File{"log.json", data})
			expect(t, u, `
		infra infrastructure 1/0/1/0
		  ebs-volumes 1/0/1/0 [open create]
		`)
			expectRecords(t, u, analyzer.InputRecords{Total: 2, Relevant: 2})
			if got := u.Input.Bytes.Read; got != int64(len(data)) {
				t.Errorf("%d bytes read, want %d", got, len(data))
			}
		})
	}
}

func TestVerdicts(t *testing.T) {
	record := string(marshalled(assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS")))
	stored := gzipped([]byte(record))
	damaged := bytes.Clone(stored)
	damaged[len(damaged)-8] ^= 1 // the CRC
	failed := func(reason string) Verdict { return Verdict{Failed: reason} }
	skipped := Verdict{Skipped: ingest.SkipNotCloudTrail}
	read := func(records int64) Verdict { return Verdict{Records: records} }

	for name, test := range map[string]struct {
		file string
		data string
		want Verdict
	}{
		"zero bytes":                      {"a.json", "", failed(ingest.FailEmpty)},
		"byte order mark only":            {"a.json", "\ufeff \n", failed(ingest.FailEmpty)},
		"empty when inflated":             {"a.json", string(gzipped(nil)), failed(ingest.FailEmpty)},
		"magic bytes only":                {"a.json", "\x1f\x8b", failed(ingest.FailGzip)},
		"cut off":                         {"a.json", string(stored[:len(stored)-1]), failed(ingest.FailGzip)},
		"wrong CRC":                       {"a.json", string(damaged), failed(ingest.FailGzip)},
		"garbage after the member":        {"a.json", string(stored) + "garbage", failed(ingest.FailGzip)},
		"garbage, CloudTrail name":        {cloudTrailName, string(stored) + "garbage", failed(ingest.FailTrailingBytes)},
		"second member, CloudTrail name":  {cloudTrailName, string(stored) + string(stored), failed(ingest.FailTrailingBytes)},
		"second member":                   {"a.json", string(stored) + string(stored), read(2)},
		"one member, CloudTrail name":     {cloudTrailName, string(stored), read(1)},
		"unbalanced":                      {"a.json", record[:len(record)-1], failed(ingest.FailJSON)},
		"trailing comma":                  {"a.json", "[" + record + ",]", failed(ingest.FailJSON)},
		"garbage after a good document":   {"a.json", record + "x", failed(ingest.FailJSON)},
		"second byte order mark":          {"a.json", record + "\ufeff" + record, failed(ingest.FailJSON)},
		"a number that no float64 holds":  {"a.json", `{"size":1e999,` + record[1:], read(1)},
		"Records and Events":              {"a.json", `{"Events":[],"Records":[` + record + `]}`, failed(ingest.FailJSON)},
		"two arrays of records":           {"a.json", `{"Records":[],"Records":[` + record + `]}`, failed(ingest.FailJSON)},
		"element of Records no object":    {"a.json", `{"Records":[` + record + `,null]}`, failed(ingest.FailRecord)},
		"element of Events no object":     {"a.json", `{"Events":["x"]}`, failed(ingest.FailRecord)},
		"mixed array":                     {"a.json", `[` + record + `,1]`, failed(ingest.FailRecord)},
		"CloudTrailEvent no JSON":         {"a.json", `{"CloudTrailEvent":"{"}`, failed(ingest.FailRecord)},
		"CloudTrailEvent no object":       {"a.json", `{"CloudTrailEvent":"[]"}`, failed(ingest.FailRecord)},
		"too large":                       {"a.json", "1" + strings.Repeat(" ", 1000) + `"` + strings.Repeat("x", 1000) + `"`, failed(ingest.FailTooLarge)},
		"large in all":                    {"a.json", strings.Repeat(record, 3), read(3)},
		"scalars":                         {"a.json", `1 "x" null`, skipped},
		"foreign array":                   {"a.json", `[1,2]`, skipped},
		"S3 notice":                       {"a.json", `{"Records":[{"eventName":"ObjectCreated:Put","eventSource":"aws:s3"}]}`, skipped},
		"Config":                          {"a.json", `{"configurationItems":[{}]}`, skipped},
		"no records":                      {"a.json", `{"Records":[]}`, read(0)},
		"empty array":                     {"a.json", `[]`, read(0)},
		"a record among foreign elements": {"a.json", `7 [8,9] ` + record, read(4)},
		"Records null is an element":      {"a.json", `{"Records":null}`, skipped},
		"detail of a record":              {"a.json", `{"detail":{},"eventName":"x","eventSource":"y"}`, read(1)},
		"detail under a null eventName":   {"a.json", `{"eventName":null,"detail":` + record + `}`, skipped},
		"wrapped once only":               {"a.json", `{"detail":{"detail":` + record + `}}`, skipped},
	} {
		t.Run(name, func(t *testing.T) {
			file := File{test.file, []byte(test.data)}
			got := Judge(file, 1000)
			if (got.Failed == "") != (got.Detail == "") {
				t.Errorf("detail %q", got.Detail)
			}
			got.Detail = ""
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			u := analyze(t, Options{Limit: 1000}, file)
			objects := u.Input.Objects
			if objects.Listed != 1 || objects.Failed[test.want.Failed]+objects.Skipped[test.want.Skipped]+objects.Read != 1 {
				t.Errorf("objects %+v", objects)
			}
			if objects.Read == 0 && (len(u.Roles) > 0 || u.Input.Records.Total > 0 || u.Input.Bytes.Read > 0) {
				t.Errorf("a file that is not read counts: %+v", u.Input)
			}
		})
	}
}

func TestOddShapes(t *testing.T) {
	open := assumeRole("open", "10:00:00", infra, "ECSTaskVolumesForEBS")
	u := tell(t, Options{},
		open.with(fields{"eventTime": nil}),
		open.with(fields{"eventTime": 1794650400}),
		open.with(fields{"eventTime": "14 Nov 2026"}),
		open.with(fields{"eventSource": ""}),
		open.with(fields{"eventName": fields{}}),
		open.with(fields{"eventID": "at", "eventTime": "bad", "@timestamp": "2026-11-14T11:00:00.5009+01:00"}),
		open.with(fields{"eventID": "resources", "requestParameters": "", "userIdentity": fields{"type": "AWSService", "invokedBy": ecs},
			"resources":        []any{1, fields{"ARN": "arn:aws:s3:::b"}, fields{"ARN": infra}},
			"responseElements": fields{"assumedRoleUser": fields{"arn": "arn:aws:sts::1:assumed-role/infra/ECSTaskVolumesForEBS"}}}),
		open.with(fields{"eventID": "insight", "eventCategory": "Insight"}),
		open.with(fields{"eventID": "region", "awsRegion": nil, "requestParameters": fields{"roleArn": infra, "roleSessionName": json.RawMessage(`"lone\ud800"`)}}),
	)
	expect(t, u, `
		infra infrastructure 3/0/0/0
		  ebs-volumes 2/0/0/0 [resources at]
		  other-ecs-session 1/0/0/0 [region]
		info unknown-ecs-session: ecs.amazonaws.com uses infra under unknown session names [region]
		`)
	expectRecords(t, u, analyzer.InputRecords{Total: 9, Relevant: 3, Irrelevant: 1, UnknownShape: 5})
	f := featureOf(t, u, infra, "ebs-volumes")
	if want := day("10:00:00").Add(500e6); !f.LastSeen.Equal(want) {
		t.Errorf("last seen %s, want %s: milliseconds, UTC", f.LastSeen, want)
	}
}
