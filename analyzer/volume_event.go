package analyzer

import (
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
	request := record.Value(r.Value(c.fields.request))
	if !creates {
		if id := request.TextAt("volumeId"); id != "" {
			tell(facts.Volume, pack(c.fact.Region, id), c.volumeDetail(r, ours, ""))
		}
		return
	}
	response := record.Value(r.Value(c.fields.response))
	if id := response.TextAt("volumeId"); id != "" {
		tell(facts.Volume, pack(c.fact.Region, id), c.volumeDetail(r, ours, taskOf(request, response)))
	}
}

func (c *collector) volumeDetail(r *record.Record, ours bool, task string) string {
	if !ours {
		return ""
	}
	return pack(c.texts.of(c.sessionRole(r)), task)
}

// forVolumes reports whether a session that makes volumes for tasks makes the call.
func (c *collector) forVolumes(r *record.Record) bool {
	if !r.Is(c.fields.identityType, assumedRole) {
		return false
	}
	volumes, known := c.catalog.Feature(featureOfVolumes)
	feature, ok := c.catalog.ByName(c.texts.of(c.sessionName(r)))
	return known && ok && feature == volumes
}

// taskOf returns the ARN of the task for which a volume is created, from the tags asked for or else from those it got.
func taskOf(request, response record.Value) string {
	var task string
	take := func(tag record.Value) {
		if task == "" && tag.TextAt("key") == createdBy {
			task = tag.TextAt("value")
		}
	}
	request.Walk("tagSpecificationSet.items[].tags[]", take)
	response.Walk("tagSet.items[]", take)
	return task
}
