package tamper

import (
	"path"
	"strings"
	"time"

	"roletrail/internal/trailgen"
)

// File names a file of the damaged Region by what it is, whatever bucket the tree is in. It can be a key of maps.
type File struct {
	kind    kind
	hour    int
	n       int // which log file of the hour
	renamed renaming
}

type kind int

const (
	logKind kind = iota
	digestKind
	backfillKind
)

// renaming is where a damage puts a file.
type renaming int

const (
	notRenamed   renaming = iota
	otherName             // with another unique part in its name, or another minute
	otherDay              // in the next day's folder
	otherBucket           // under its key in another bucket
	unnamedByAny          // it lies where it lay, but nothing in the tree tells its name
)

// L is the nth log file of an hour, D the digest of an hour, B its backfill digest. Hours count from 0.
func L(hour, n int) File { return File{kind: logKind, hour: hour, n: n} }

// D is the digest of an hour.
func D(hour int) File { return File{kind: digestKind, hour: hour} }

// B is the backfill digest of an hour.
func B(hour int) File { return File{kind: backfillKind, hour: hour} }

// added is a log file that CloudTrail did not deliver.
func added(hour int) File { return L(hour, 4) }

func (f File) to(r renaming) File { f.renamed = r; return f }

// span is the time of the digest that lists the file, or is the file.
func (f File) span() (from, until time.Time) {
	from = Start.Add(time.Duration(f.hour) * time.Hour)
	return from, from.Add(time.Hour)
}

// At returns where a file lies, the zero Location if nothing tells that.
func (tree *Tree) At(f File) Location {
	if f.renamed == unnamedByAny {
		return Location{}
	}
	_, until := f.span()
	name := trailgen.DigestFile{LogFile: logFile(Region, f.hour, f.n), Trail: Trail, HomeRegion: Region, Backfill: f.kind == backfillKind}
	if f.kind != logKind {
		name.Delivered = until
	}
	if f.renamed == otherName {
		name.Unique = "RENAMED" + name.Unique[7:]
		if f.kind != logKind {
			name.Delivered = name.Delivered.Add(-time.Minute)
		}
	}
	at := Location{tree.Bucket, name.Key()}
	if f.kind == logKind {
		at.Key = name.LogFile.Key()
	}
	if f.renamed == otherDay {
		folder, file := path.Split(at.Key)
		at.Key = strings.TrimSuffix(folder, "15/") + "16/" + file
	}
	if f.renamed == otherBucket {
		at.Bucket = tree.elsewhere()
	}
	return at
}

// digestOf is the digest that lists a log file.
func digestOf(f File) File {
	if f.n == lateLog {
		return B(f.hour)
	}
	return D(f.hour)
}

// listed are the log files that a digest lists.
func listed(digest File) (files []File) {
	for _, n := range logs(digest.hour) {
		if f := L(digest.hour, n); digestOf(f) == digest {
			files = append(files, f)
		}
	}
	return files
}

// Digests are all digests of the damaged Region.
func Digests() (files []File) {
	for hour := range Hours {
		files = append(files, D(hour))
	}
	return append(files, B(2), B(6))
}
