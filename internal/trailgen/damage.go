package trailgen

import "bytes"

// Damage is what is broken in a log file. Every kind but None must make the file fail.
type Damage int

// Kinds of damage.
const (
	None            Damage = iota
	Empty                  // zero bytes
	EmptyGzip              // gzip of zero bytes
	TruncatedGzip          // the second half of the file is missing
	BadChecksum            // the CRC of the last gzip member is wrong
	BadLength              // the length of the last gzip member is wrong
	TrailingBytes          // something behind the last gzip member that is none
	TruncatedJSON          // the second half of the last document is missing
	ForeignElement         // a number among the events of an array
	GrammarError           // the first event lacks the colon after "eventTime"
	UnreadableEvent        // the first CloudTrailEvent is a string that holds no whole object
)

// packed damages a gzipped file. Its last eight bytes are the checksum and the length (RFC 1952).
func (d Damage) packed(file []byte) []byte {
	switch d {
	case TruncatedGzip:
		return file[:len(file)/2]
	case BadChecksum:
		file[len(file)-8] ^= 1
	case BadLength:
		file[len(file)-4] ^= 1
	case TrailingBytes:
		return append(file, "not a gzip member"...)
	}
	return file
}

// NamedForm is a form with a name for tests and files.
type NamedForm struct {
	Name string
	Form Form
}

// Forms are the shapes of log files that can be read whole. Of newline-delimited ones, a file of one event is the shape
// "one event".
func Forms() []NamedForm {
	return []NamedForm{
		{"records", Form{}},
		{"records-plain", Form{Plain: true}},
		{"records-pretty", Form{Pretty: true, Plain: true, TrailingNewline: true}},
		{"records-bom", Form{ByteOrderMark: true}},
		{"records-bom-plain", Form{ByteOrderMark: true, Plain: true}},
		{"records-newline", Form{TrailingNewline: true}},
		{"records-two-members", Form{Members: 2}},
		{"records-many-members", Form{Members: 17}},
		{"records-alphabetical", Form{Order: Alphabetical}},
		{"records-reversed", Form{Order: Reversed}},
		{"records-shuffled", Form{Order: Shuffled}},
		{"records-escaped-keys", Form{Keys: FirstLetters}},
		{"records-escaped-values", Form{Values: FirstLetters}},
		{"records-all-escaped", Form{Keys: AllLetters, Values: AllLetters}},
		{"records-duplicate-keys", Form{Decoys: true}},
		{"records-duplicate-escaped-keys", Form{Decoys: true, Keys: FirstLetters, Order: Shuffled}},
		{"array", Form{Container: Array}},
		{"array-pretty", Form{Container: Array, Pretty: true, Plain: true, Order: Alphabetical, TrailingNewline: true}},
		{"lines", Form{Container: Lines, TrailingNewline: true}},
		{"lines-plain", Form{Container: Lines, Plain: true}},
		{"lines-pretty", Form{Container: Lines, Pretty: true}},
		{"concatenated", Form{Container: Concatenated}},
		{"eventbridge", Form{Container: EventBridge}},
		{"lookupevents", Form{Container: LookupEvents, Plain: true}},
		{"lookupevents-pretty", Form{Container: LookupEvents, Plain: true, Pretty: true, TrailingNewline: true}},
		{"lookupevents-escaped", Form{Container: LookupEvents, Keys: FirstLetters, Values: AllLetters}},
		{"lookuplines", Form{Container: LookupLines, TrailingNewline: true}},
	}
}

// DamagedForms are log files that must fail.
func DamagedForms() []NamedForm {
	return []NamedForm{
		{"empty", Form{Damage: Empty}},
		{"empty-gzip", Form{Damage: EmptyGzip}},
		{"truncated-gzip", Form{Damage: TruncatedGzip}},
		{"bad-checksum", Form{Damage: BadChecksum}},
		{"bad-length", Form{Damage: BadLength}},
		{"trailing-bytes", Form{Damage: TrailingBytes}},
		{"truncated-json", Form{Damage: TruncatedJSON}},
		{"truncated-lines", Form{Container: Lines, Damage: TruncatedJSON, Plain: true}},
		{"foreign-element", Form{Damage: ForeignElement}},
		{"foreign-element-array", Form{Container: Array, Damage: ForeignElement}},
		{"grammar-error", Form{Damage: GrammarError}},
		{"grammar-error-lines", Form{Container: Lines, Damage: GrammarError, Plain: true}},
		{"unreadable-event", Form{Container: LookupEvents, Damage: UnreadableEvent}},
		{"unreadable-event-lines", Form{Container: LookupLines, Damage: UnreadableEvent}},
	}
}

// OtherFiles are texts of JSON files that are no CloudTrail log, by name. They must be skipped, whatever their top key.
// The list is shared: do not change it.
func OtherFiles() []OtherFile { return otherFiles }

// OtherFile is the text of a file that is no log file.
type OtherFile struct{ Name, Text string }

var otherFiles = []OtherFile{
	{"config-snapshot", `{"fileVersion":"1.0","configSnapshotId":"5f1e6f3a-0000-4000-8000-1f2e3d4c5b6a","configurationItems":[{"resourceType":"AWS::IAM::Role","resourceName":"ecsInfrastructureRole","awsRegion":"us-east-1","configuration":{"eventName":"AssumeRole","eventSource":"sts.amazonaws.com"}}]}`},
	{"s3-notice", `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2026-11-14T11:12:02.000Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:AROAEXAMPLE"},"s3":{"s3SchemaVersion":"1.0","bucket":{"name":"audit-archive","arn":"arn:aws:s3:::audit-archive"},"object":{"key":"AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/14/x.json.gz","size":1024}}}]}`},
	{"sns-notice", `{"s3Bucket":"audit-archive","s3ObjectKey":["AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/14/x.json.gz"]}`},
	{"policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`},
	{"digest", `{"awsAccountId":"111122223333","digestStartTime":"2026-11-14T10:00:00Z","digestEndTime":"2026-11-14T11:00:00Z","logFiles":[]}`},
	{"scalar", `"AssumeRole"`},
	{"numbers", `[1, 2, 3]`},
	{"words", `["eventName", "AssumeRole"]`},
	{"empty-object", `{}`},
	{"records-object", `{"Records":{"eventName":"AssumeRole","eventSource":"sts.amazonaws.com"}}`},
}

// EmptyLogs are texts of log files that hold no event and are read all the same.
func EmptyLogs() []OtherFile {
	return []OtherFile{{"no-records", `{"Records":[]}`}, {"no-events", `{"Events":[]}`}, {"empty-array", "[]\n"}}
}

// deep is an object nested many levels deep, which costs a parser that recurses.
func deep(levels int) Raw {
	return Raw(bytes.Repeat([]byte(`{"a":[`), levels)) + `"bottom"` + Raw(bytes.Repeat([]byte(`]}`), levels))
}
