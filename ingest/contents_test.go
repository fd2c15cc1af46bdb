package ingest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"sync"
	"time"

	"roletrail/ingest"
	"roletrail/internal/trailgen"
)

// Two names, of which the first allows for one gzip member only.
const (
	trailName = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/14/111122223333_CloudTrail_us-east-1_20261114T1112Z_AbCdEfGhIjKlMnOp.json.gz"
	otherName = "copies/log.json"
)

// content is a log file with what must become of it.
type content struct {
	name      string
	data      []byte
	ids       []string // eventID of each event, if it is read
	text      int64    // bytes of its text, if it is read
	want      string   // "read" or a reason
	wantTrail string   // the same under a name of CloudTrail's
}

// reasonOf is the reason why a file that is damaged so fails under a name that is not CloudTrail's.
var reasonOf = map[trailgen.Damage]string{
	trailgen.None:            "read",
	trailgen.Empty:           ingest.FailEmpty,
	trailgen.EmptyGzip:       ingest.FailEmpty,
	trailgen.TruncatedGzip:   ingest.FailGzip,
	trailgen.BadChecksum:     ingest.FailGzip,
	trailgen.BadLength:       ingest.FailGzip,
	trailgen.TrailingBytes:   ingest.FailGzip,
	trailgen.TruncatedJSON:   ingest.FailJSON,
	trailgen.ForeignElement:  ingest.FailRecord,
	trailgen.GrammarError:    ingest.FailJSON,
	trailgen.UnreadableEvent: ingest.FailRecord,
}

// events returns n events of a trail.
func events(n int) []trailgen.Object {
	b := trailgen.NewBuilder(7)
	at := time.Date(2026, 11, 14, 11, 0, 0, 0, time.UTC)
	role := trailgen.NewRole(trailgen.Account, "/", "ecsInfrastructureRole")
	out := make([]trailgen.Object, n)
	for i := range out {
		out[i] = b.AssumeRole(at.Add(time.Duration(i)*time.Second), trailgen.ServiceCaller("ecs.amazonaws.com"), role, "ecs-service-connect-tls")
	}
	return out
}

func newContent(name string, form trailgen.Form, events ...trailgen.Object) content {
	data, err := form.Encode(events...)
	if err != nil {
		panic(name + ": " + err.Error())
	}
	c := content{name: name, data: data, want: reasonOf[form.Damage]}
	c.wantTrail = c.want
	if form.Damage == trailgen.TrailingBytes || form.Members > 1 {
		c.wantTrail = ingest.FailTrailingBytes
	}
	for _, e := range events {
		c.ids = append(c.ids, e.Text("eventID"))
	}
	c.text = lengthOfText(data)
	return c
}

// packed is the content of a text that holds no event.
func packed(name, text, want string, plain bool) content {
	data, err := trailgen.Form{Plain: plain}.Pack([]byte(text))
	if err != nil {
		panic(err)
	}
	return content{name: fmt.Sprintf("%s, plain %t", name, plain), data: data, want: want, wantTrail: want, text: int64(len(text))}
}

func lengthOfText(data []byte) int64 {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return int64(len(data))
	}
	n, _ := io.Copy(io.Discard, z)
	return n
}

// contents are log files of every form and damage, small ones and some too large for small buffers.
var contents = sync.OnceValue(func() []content {
	var all []content
	few, many := events(3), events(60) // of which the latter make more than 64 KiB
	for _, f := range append(trailgen.Forms(), trailgen.DamagedForms()...) {
		all = append(all, newContent(f.Name, f.Form, few...))
	}
	for _, f := range append(trailgen.Forms(), trailgen.DamagedForms()...) {
		all = append(all, newContent("large "+f.Name, f.Form, many...))
	}
	for _, plain := range []bool{false, true} {
		for _, f := range trailgen.OtherFiles() {
			all = append(all, packed(f.Name, f.Text, ingest.SkipNotCloudTrail, plain))
		}
		for _, f := range trailgen.EmptyLogs() {
			all = append(all, packed(f.Name, f.Text, "read", plain))
		}
	}
	return all
})

func gzipped(text string) []byte {
	data, err := trailgen.Form{}.Pack([]byte(text))
	if err != nil {
		panic(err)
	}
	return data
}
