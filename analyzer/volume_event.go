package analyzer

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"roletrail/analyzer/facts"
	"roletrail/ingest/record"
)

// createdBy is the tag by which ECS tells for which task it made a volume (ECS Developer Guide, "Use Amazon EBS volumes
// with Amazon ECS").
const createdBy = "AmazonECSCreated"

// ofVolume reports whether a call of a session is one on a volume.
func (rel *relevance) ofVolume(r *record.Record) bool {
	if !r.Is(record.EventSource, "ec2.amazonaws.com") {
		return false
	}
	switch string(r.Bytes(record.EventName)) {
	case "CreateVolume", "AttachVolume", "DetachVolume", "DeleteVolume":
		return true
	}
	return false
}

// volumes tells what an EC2 event says of a volume. The subject is the volume in its Region: a cleanup
// that asks every Region for it is told that it is not found in the others. The detail is empty for an event of
// anyone, and that of a session which makes volumes for tasks is the ARN of its role and, if a volume is created, the task.
func (c *collector) volumes(r *record.Record, tell tell) {
	if isDryRun(c.fact.ErrorCode) {
		return
	}
	ours, creates := c.forVolumes(r), c.fact.Action == "CreateVolume"
	if creates && (!ours || c.fact.ErrorCode != "") {
		return
	}
	request := value(r.Raw).member("requestParameters")
	if !creates {
		if id := request.textAt("volumeId"); id != "" {
			tell(facts.Volume, pack(c.fact.Region, id), c.volumeDetail(r, ours, ""))
		}
		return
	}
	response := value(r.Raw).member("responseElements")
	if id := response.textAt("volumeId"); id != "" {
		tell(facts.Volume, pack(c.fact.Region, id), c.volumeDetail(r, ours, taskOf(request, response)))
	}
}

func (c *collector) volumeDetail(r *record.Record, ours bool, task string) string {
	if !ours {
		return ""
	}
	return pack(c.sessionRole(r), task)
}

// forVolumes reports whether a session that makes volumes for tasks makes the call.
func (c *collector) forVolumes(r *record.Record) bool {
	if !r.Is(c.fields.identityType, assumedRole) {
		return false
	}
	volumes, known := c.catalog.Feature(featureOfVolumes)
	feature, ok := c.catalog.ByName(c.sessionName(r))
	return known && ok && feature == volumes
}

// taskOf returns the ARN of the task for which a volume is created, from the tags asked for or else from those it got.
func taskOf(request, response value) string {
	var task string
	take := func(tag value) {
		if task == "" && tag.textAt("key") == createdBy {
			task = tag.textAt("value")
		}
	}
	request.walk("tagSpecificationSet.items[].tags[]", take)
	response.walk("tagSet.items[]", take)
	return task
}

// value is the JSON text of a value in a record that has passed Check, nil where there is none. Reading it never fails: a
// value of another type than the one asked for is as good as none.
type value []byte

// member returns the member of that name, which is ASCII, and of several the last. It makes no copies.
func (v value) member(name string) (found value) {
	if len(v) == 0 || v[0] != '{' {
		return nil
	}
	for i := v.next(1); v[i] != '}'; i = v.next(i) {
		key := v[i:v.end(i)]
		i = v.next(i + len(key))
		m := v[i:v.end(i)]
		if string(key[1:len(key)-1]) == name || bytes.IndexByte(key, '\\') >= 0 && key.text() == name {
			found = m
		}
		i += len(m)
	}
	return found
}

// isContainer reports whether the value is an object or an array.
func (v value) isContainer() bool { return len(v) > 0 && (v[0] == '{' || v[0] == '[') }

// at returns the value at a path: keys joined by dots.
func (v value) at(path string) value {
	key, rest, deeper := strings.Cut(path, ".")
	if v = v.member(key); deeper {
		return v.at(rest)
	}
	return v
}

func (v value) textAt(path string) string { return v.at(path).text() }

// walk calls yield with each value at a path in which [] stands behind the keys of arrays whose elements are meant. An
// empty path leads nowhere.
func (v value) walk(path string, yield func(value)) {
	if path == "" {
		return
	}
	key, rest, deeper := strings.Cut(path, ".")
	key, isArray := strings.CutSuffix(key, "[]")
	follow := func(v value) {
		if deeper {
			v.walk(rest, yield)
		} else {
			yield(v)
		}
	}
	m := v.member(key)
	if !isArray {
		follow(m)
		return
	}
	record.Array(m, func(element []byte) bool { follow(element); return true })
}

// text returns what a string says.
func (v value) text() string {
	if len(v) == 0 || v[0] != '"' {
		return ""
	}
	if s := v[1 : len(v)-1]; bytes.IndexByte(s, '\\') < 0 && utf8.Valid(s) {
		return string(s)
	}
	return string(record.Member([]byte(`{"text":`+string(v)+`}`), "text"))
}

// next returns where the next string, value or end of the object is, from i on.
func (v value) next(i int) int {
	for {
		switch v[i] {
		case ' ', '\n', '\r', '\t', ',', ':':
			i++
		default:
			return i
		}
	}
}

// end returns the index behind the value that begins at v[i], which something follows.
func (v value) end(i int) int {
	switch v[i] {
	case '"':
		return v.stringEnd(i)
	case '{', '[':
		return v.containerEnd(i)
	}
	for bytes.IndexByte([]byte(" \n\r\t,}]"), v[i]) < 0 {
		i++
	}
	return i
}

// containerEnd returns the index behind the object or array that begins at v[i].
func (v value) containerEnd(i int) int {
	for depth := 0; ; {
		switch v[i] {
		case '"':
			i = v.stringEnd(i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
}

// stringEnd returns the index behind the string that begins at v[i].
func (v value) stringEnd(i int) int {
	for i++; ; i++ {
		i += bytes.IndexByte(v[i:], '"')
		escapes := 0
		for v[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
}
