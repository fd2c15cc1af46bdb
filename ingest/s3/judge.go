package s3

import (
	"strings"

	"roletrail/ingest"
)

// judge decides what is told of one entry after the other, as the source of local files does.
type judge struct {
	point      *point
	deliveries ingest.Deliveries
	stray      bool // the entries lie where no log files belong
	digests    bool // nothing but digests is told

	folder  string // of the entry before
	outside string // why nothing in folder needs to be read
	skip    string // why nothing in folder is a log file
	pruned  string // what was told last of entries in folder that are dated outside the window
}

func (j *judge) append(batch []told, e entry) []told {
	if strings.HasSuffix(e.name, "/") || j.point.elsewhere(e.name) { // the former stands for a folder
		return batch
	}
	if j.digests {
		return j.appendDigest(batch, e)
	}
	if j.stray {
		return append(batch, told{object: ingest.Object{Name: e.name}, how: skipped, reason: ingest.SkipNotTrail})
	}
	j.enter(e.name[:strings.LastIndexByte(e.name, '/')+1])
	if j.outside != "" {
		return j.prune(batch, j.outside)
	}
	skip := j.skip
	if skip == "" && !ingest.LogFileName(e.name) {
		skip = ingest.SkipNotLogFile
	}
	if skip != "" {
		return append(batch, told{object: ingest.Object{Name: e.name}, how: skipped, reason: skip})
	}
	if outside := j.deliveries.Outside(e.name); outside != "" {
		return j.prune(batch, outside)
	}
	return append(batch, told{object: j.point.found(e)})
}

// appendDigest hands over what is otherwise skipped as a digest.
func (j *judge) appendDigest(batch []told, e entry) []told {
	if j.stray {
		return batch
	}
	j.enter(e.name[:strings.LastIndexByte(e.name, '/')+1])
	switch {
	case j.outside != "" || j.skip != ingest.SkipDigest:
		return batch
	case !ingest.DigestFile(e.name):
		return append(batch, told{object: ingest.Object{Name: e.name}, how: skipped, reason: ingest.SkipDigest})
	}
	return append(batch, told{object: j.point.found(e)})
}

// enter looks at the folder of an entry, which is mostly that of the one before.
func (j *judge) enter(folder string) {
	if folder != j.folder {
		j.folder, j.outside, j.skip, j.pruned = folder, j.deliveries.Outside(folder), ingest.SkipKind(folder), ""
	}
}

// prune tells of the folder, once for all entries that follow each other.
func (j *judge) prune(batch []told, reason string) []told {
	if j.pruned == reason {
		return batch
	}
	j.pruned = reason
	return append(batch, told{object: ingest.Object{Name: j.folder}, how: pruned, reason: reason})
}
