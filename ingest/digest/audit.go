package digest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"roletrail/ingest"
)

// Options say what an audit judges. The zero value judges all that it is given, without keys.
type Options struct {
	Keys PublicKeys // nil if there are none
	// Deliveries is what the source was asked for. What a digest lists outside of it is not missed.
	Deliveries ingest.Deliveries
	// Window is what is judged: the digests whose times overlap it, and the log files that they list. The others are used to
	// judge these.
	Window Interval
	// Bucket is the one that local copies are of; "" takes it from the digests.
	Bucket string
	// Memory is how many bytes of names and hashes are held in memory, beyond which they go to a temporary file; 64 MiB.
	// Besides, an audit holds 24 bytes for each digest, one byte for each log file that digests list, and the digests of one
	// chain at a time, which take 2 KB each.
	Memory int64
}

// Audit compares what is read of trails with their digests. It is an [ingest.Verifier], safe for use by several goroutines.
// Digests are taken up before Settle is called; log files also before, but then LogFile cannot tell that one was altered, only
// Result can. The order in which things come changes nothing in the result. It has to be closed.
type Audit struct {
	options Options

	mu      sync.Mutex
	err     error // of the temporary files, told by the next call that returns an error
	settled bool
	digests sorter // entries, by chain and time
	listed  sorter // log files that digests list, by name
	found   sorter // log files that were read or failed, by name
	infos   []info // of digests, by their number
	spans   map[string]*keySpan
	keys    map[string]regionKeys
	chains  []Chain
	absent  []absence
	problems
}

// New makes an audit.
func New(o Options) *Audit {
	if o.Memory == 0 {
		o.Memory = 64 << 20
	}
	a := &Audit{options: o, spans: map[string]*keySpan{}, keys: map[string]regionKeys{}}
	a.problems = problems{window: o.Window, counts: map[ProblemKind]int64{}}
	a.digests.budget, a.listed.budget, a.found.budget = int(o.Memory/4), int(o.Memory/4), int(o.Memory/4)
	return a
}

// Close removes the temporary files.
func (a *Audit) Close() {
	a.digests.close()
	a.listed.close()
	a.found.close()
}

// info is what is kept of a digest to judge its log files.
type info struct {
	from, until int64 // seconds since 1970
	chain       int32
	state       state
	flawed      bool // one of its log files is not as listed
}

func (i *info) interval() Interval {
	return Interval{time.Unix(i.from, 0).UTC(), time.Unix(i.until, 0).UTC()}
}

// state is what became of a digest.
type state uint8

const (
	unsettled state = iota
	valid
	invalid
	notChecked
	duplicate // another one of the same place and hash stands for it
)

// believed reports whether the list of log files of a digest is taken for CloudTrail's. One that is not checked may be
// wrong, but then something is.
func (s state) believed() bool { return s == valid || s == notChecked }

// absence is a time without a digest that should be there.
type absence struct {
	chain int32
	Interval
}

// entry is what is kept of a digest until its chain is judged.
type entry struct {
	number    uint32 // of its info
	name      string
	at        Location // where it was found
	file      *File    // without log files; nil if it was not read
	hash      [sha256.Size]byte
	signature ingest.Signature
	from, end int64  // seconds since 1970
	failed    string // why it was not read, one of the ingest.Fail reasons
	detail    string

	copied bool // it lies elsewhere, and another at its place
}

func (e *entry) own() Location {
	if e.file == nil {
		return e.at
	}
	return e.file.Location()
}

func (e *entry) interval() Interval {
	return Interval{time.Unix(e.from, 0).UTC(), time.Unix(e.end, 0).UTC()}
}

// place is where an object is. A local copy has its name for a key.
func place(o *ingest.Object) Location {
	if o.Location == (Location{}) {
		return Location{Key: o.Name}
	}
	return o.Location
}

// agrees is the agreement of places, with the bucket that local copies are of.
func (a *Audit) agrees(found, told Location) bool {
	if found.Bucket == "" && a.options.Bucket != "" && told.Bucket != a.options.Bucket {
		return false
	}
	return agrees(found, told)
}

// Digest implements [ingest.Verifier].
func (a *Audit) Digest(o *ingest.Object, text []byte, signature ingest.Signature) error {
	f, err := Parse(text)
	if err != nil {
		return a.unreadDigest(o, ingest.FailJSON, err.Error())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	e := &entry{
		name: o.Name, at: place(o), file: f, hash: sha256.Sum256(text), signature: signature,
		from: f.Start().Unix(), end: f.End().Unix(),
	}
	name := nameOf(e)
	if err := a.addDigest(name, e); err != nil {
		return err
	}
	a.needKey(name.region, f, signature)
	var record []byte
	for i := range f.LogFiles {
		record = appendListed(record[:0], &f.LogFiles[i], e.number)
		if err := a.listed.add(record); err != nil {
			return err
		}
	}
	return nil
}

// DigestUnread implements [ingest.Verifier].
func (a *Audit) DigestUnread(o *ingest.Object, reason string) error {
	return a.unreadDigest(o, reason, reason)
}

func (a *Audit) unreadDigest(o *ingest.Object, reason, detail string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := &entry{name: o.Name, at: place(o), failed: reason, detail: detail}
	name := nameOf(e)
	switch day := ingest.ParseKey(o.Name).Delivered; {
	case !name.end.IsZero():
		e.from, e.end = name.end.Add(-usual).Unix(), name.end.Unix()
	case !day.IsZero():
		e.from, e.end = day.Unix(), day.Add(24*time.Hour).Unix()
	default:
		e.from, e.end = time.Time{}.Unix(), time.Time{}.Unix()
	}
	return a.addDigest(name, e)
}

// usual is the time of a digest, where nothing tells it.
const usual = time.Hour

var errSettled = errors.New("a digest comes after all of them were judged")

// addDigest numbers a digest and keeps it. The lock is held.
func (a *Audit) addDigest(name digestName, e *entry) error {
	if a.settled {
		return errSettled
	}
	e.number = uint32(len(a.infos))
	a.infos = append(a.infos, info{})
	record := appendString(nil, name.accountID)
	record = appendString(record, name.region)
	record = appendString(record, name.trail)
	if name.backfill {
		record = append(record, 1)
	} else {
		record = append(record, 0)
	}
	return a.digests.add(appendEntry(record, e))
}

// nameOf is the name that a digest was given by CloudTrail, as far as that is known.
func nameOf(e *entry) digestName {
	if e.file != nil {
		if name := parseDigestName(e.file.DigestS3Object); !name.end.IsZero() {
			return name
		}
	}
	return parseDigestName(e.at.Key)
}

// LogFile implements [ingest.Verifier].
func (a *Audit) LogFile(o *ingest.Object, hash [sha256.Size]byte) error {
	f := foundFile{name: o.Name, at: place(o), hash: hash}
	if settled, err := a.addFound(&f); err != nil || !settled {
		return err
	}
	var proven, told listing
	err := a.listed.find(prefix(f.at.Key), func(record []byte) error {
		l := readListed(record)
		if !l.known || !a.agrees(f.at, l.at) {
			return nil
		}
		switch a.infos[l.number].state {
		case valid:
			proven.add(l.hash == hash)
		case notChecked:
			told.add(l.hash == hash)
		}
		return nil
	})
	if !proven.listed { // or else a digest that nobody signed could excuse what a signed one does not
		proven = told
	}
	if err == nil && proven.listed && !proven.equal {
		err = &ingest.ObjectError{Reason: ingest.FailAltered, Err: fmt.Errorf("%s: it is not what CloudTrail delivered: its digest has another hash", o.Name)}
	}
	return err
}

// listing is what digests tell of a log file.
type listing struct{ listed, equal bool }

func (l *listing) add(equal bool) { l.listed, l.equal = true, l.equal || equal }

// Unread implements [ingest.Verifier].
func (a *Audit) Unread(o *ingest.Object, reason string) {
	if !ingest.LogFileName(o.Name) {
		return
	}
	if _, err := a.addFound(&foundFile{name: o.Name, at: place(o), unread: reason}); err != nil {
		a.mu.Lock()
		a.err = err
		a.mu.Unlock()
	}
}

// addFound keeps a log file, and tells whether the digests were judged before.
func (a *Audit) addFound(f *foundFile) (settled bool, err error) {
	record := appendFound(make([]byte, 0, 256), f)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return a.settled, a.err
	}
	return a.settled, a.found.add(record)
}

// Settle implements [ingest.Verifier]: it judges the digests, chain by chain. The public keys are asked for here.
func (a *Audit) Settle(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.settled {
		return nil
	}
	if err := a.listed.seal(); err != nil {
		return err
	}
	var key []byte
	var c *chain
	err := a.digests.all(func(record []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		text := record
		var name digestName
		name.accountID, text = cutString(text)
		name.region, text = cutString(text)
		name.trail, text = cutString(text)
		name.backfill, text = text[0] == 1, text[1:]
		if own := record[:len(record)-len(text)]; c == nil || string(own) != string(key) {
			if err := a.judge(c); err != nil {
				return err
			}
			keys, err := a.keysOf(ctx, name.region)
			if err != nil {
				return err
			}
			c, key = &chain{audit: a, name: name, keys: keys}, slices.Clone(own)
		}
		c.entries = append(c.entries, readEntry(text))
		return nil
	})
	if err == nil {
		err = a.judge(c)
	}
	if err != nil {
		return err
	}
	a.settled = true
	a.digests.close()
	return nil
}
