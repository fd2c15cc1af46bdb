package digest

import (
	"cmp"
	"context"
	"encoding/binary"
	"io"
	"iter"
	"slices"

	"roletrail/ingest"
)

// Result tells what became of all that was taken up. It is called once, after everything else but Close.
func (a *Audit) Result(ctx context.Context) (*Result, error) {
	if err := a.Settle(ctx); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return nil, a.err
	}
	s := &settlement{Audit: a, places: map[ingest.Place]*Place{}, coverage: map[ingest.Place]*coverage{}}
	s.loose.budget = int(a.options.Memory / 4)
	defer s.loose.close()
	s.cover()
	if err := s.match(ctx); err != nil {
		return nil, err
	}
	if err := s.settleLoose(ctx); err != nil {
		return nil, err
	}
	s.prove()
	return s.result(), nil
}

// settlement lays what digests list beside what was found.
type settlement struct {
	*Audit
	// loose are the listed and the found files that have nothing beside them by their names.
	loose    sorter
	places   map[ingest.Place]*Place
	coverage map[ingest.Place]*coverage
}

// match goes over listed and found files together, in the order of their names.
func (s *settlement) match(ctx context.Context) error {
	nextListed, stopListed := iter.Pull2(s.listed.groups())
	defer stopListed()
	nextFound, stopFound := iter.Pull2(s.found.groups())
	defer stopFound()
	listed, listedErr, moreListed := nextListed()
	found, foundErr, moreFound := nextFound()
	for moreListed || moreFound {
		if err := cmp.Or(ctx.Err(), listedErr, foundErr); err != nil {
			return err
		}
		var l []listedFile
		var f []foundFile
		order := 0
		switch {
		case !moreFound:
			order = -1
		case !moreListed:
			order = 1
		default:
			order = cmp.Compare(prefixOf(listed[0]), prefixOf(found[0]))
		}
		if order <= 0 {
			for _, record := range listed {
				l = append(l, readListed(record))
			}
			listed, listedErr, moreListed = nextListed()
		}
		if order >= 0 {
			for _, record := range found {
				f = append(f, readFound(record))
			}
			found, foundErr, moreFound = nextFound()
		}
		if err := s.matchNames(l, f); err != nil {
			return err
		}
	}
	return cmp.Or(listedErr, foundErr)
}

// groups goes over the records in runs of the same prefix.
func (s *sorter) groups() iter.Seq2[[][]byte, error] {
	return func(yield func([][]byte, error) bool) {
		var group [][]byte
		stopped := false
		err := s.all(func(record []byte) error {
			if len(group) > 0 && prefixOf(group[0]) != prefixOf(record) {
				if !yield(group, nil) {
					stopped = true
					return io.EOF // which nobody sees
				}
				group = group[:0]
			}
			group = append(group, slices.Clone(record))
			return nil
		})
		if !stopped && (err != nil || len(group) > 0) {
			yield(group, err)
		}
	}
}

// matchNames lays files of the same base name beside each other.
func (s *settlement) matchNames(listed []listedFile, found []foundFile) error {
	listed = slices.DeleteFunc(listed, func(l listedFile) bool { return !s.infos[l.number].state.believed() })
	matched := make([]bool, len(found))
	for _, l := range listed {
		here := false
		var worst outcome
		for i := range found {
			if f := &found[i]; s.agrees(f.at, l.at) {
				if o := compareFiles(&l, f); !here || o.worse(worst) {
					worst = o
				}
				here, matched[i] = true, true
			}
		}
		switch {
		case here:
			s.count(&l, worst)
		case s.options.Deliveries.Outside(l.at.Key) != "":
			s.count(&l, outcome{kind: outside})
		case !l.known:
			s.count(&l, outcome{kind: missing})
		default:
			if err := s.addLooseListed(&l); err != nil {
				return err
			}
		}
	}
	for i := range found {
		if !matched[i] {
			if err := s.addLooseFound(&found[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// outcome is what became of a listed file.
type outcome struct {
	kind outcomeKind
	file *foundFile // nil if there is none
}

type outcomeKind uint8

const (
	intact outcomeKind = iota
	unknownHash
	unread
	altered
	moved
	missing
	outside
)

func (o outcome) worse(than outcome) bool {
	return cmp.Or(cmp.Compare(o.kind, than.kind), cmp.Compare(than.file.name, o.file.name)) > 0
}

func compareFiles(l *listedFile, f *foundFile) outcome {
	switch {
	case f.unread != "":
		return outcome{unread, f}
	case !l.known:
		return outcome{unknownHash, f}
	case l.hash != f.hash:
		return outcome{altered, f}
	}
	return outcome{intact, f}
}

// count counts a listed file, and tells what is wrong with it.
func (s *settlement) count(l *listedFile, o outcome) {
	digest := &s.infos[l.number]
	if o.kind != intact {
		digest.flawed = true
	}
	when := digest.interval()
	if !s.options.Window.overlaps(when) {
		return
	}
	chain := &s.chains[digest.chain]
	counts := &chain.LogFiles
	p := Problem{
		AccountID: chain.AccountID, Region: chain.Region, Trail: chain.Trail, Backfill: chain.Backfill, Location: l.at, Interval: when,
	}
	if o.file != nil {
		p.Name = o.file.name
	}
	switch o.kind {
	case intact:
		if digest.state == valid {
			counts.Valid++
		} else {
			counts.NotChecked++
		}
		return
	case outside:
		counts.Outside++
		return
	case unknownHash:
		counts.NotChecked++
		p.Reason, p.Grade, p.Detail = AlgorithmUnknown, Unchecked, "its hash in the digest is of an unknown algorithm"
	case unread:
		counts.Unread++
		p.Reason, p.Grade, p.Detail = LogFileUnread, Unchecked, o.file.unread
		if damaged(o.file.unread) {
			p.Grade = Invalid
		}
		if o.file.unread == ingest.FailTrailingBytes {
			p.Reason = TrailingBytes
		}
	case altered:
		counts.Altered++
		p.Reason, p.Detail = LogFileAltered, "it has another hash than its digest tells"
	case moved:
		counts.Moved++
		p.Reason, p.Detail = LogFileMoved, "a file with its hash lies elsewhere"
	case missing:
		counts.Missing++
		p.Reason, p.Detail = LogFileMissing, "a digest lists it, but it is not there"
	}
	s.problems.add(p)
}

// A loose file is kept as: the hash, 0 for listed or 1 for found, and the record that it had.
func (s *settlement) addLooseListed(l *listedFile) error {
	b := append(l.hash[:], 0)
	b = binary.BigEndian.AppendUint64(b, 0)
	b = appendString(b, l.at.Bucket)
	b = appendString(b, l.at.Key)
	b = append(b, 1)
	b = append(b, l.hash[:]...)
	return s.loose.add(binary.BigEndian.AppendUint32(b, l.number))
}

// addLooseFound keeps a found file that no digest lists by its name. One that was not read has no hash to be found by.
func (s *settlement) addLooseFound(f *foundFile) error {
	if f.unread != "" {
		s.unlisted(f)
		return nil
	}
	return s.loose.add(appendFound(append(f.hash[:], 1), f))
}

// settleLoose finds files that were moved by their hashes.
func (s *settlement) settleLoose(ctx context.Context) error {
	var listed []listedFile
	var hash [32]byte
	settle := func() {
		for i := range listed {
			s.count(&listed[i], outcome{kind: missing})
		}
		listed = listed[:0]
	}
	err := s.loose.all(func(record []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if string(record[:len(hash)]) != string(hash[:]) {
			settle()
			copy(hash[:], record)
		}
		kind, rest := record[len(hash)], record[len(hash)+1:]
		if kind == 0 {
			listed = append(listed, readListed(rest))
			return nil
		}
		f := readFound(rest)
		if len(listed) == 0 {
			s.unlisted(&f)
			return nil
		}
		s.count(&listed[0], outcome{moved, &f})
		listed = listed[1:]
		return nil
	})
	settle()
	return err
}

// prove finds the times that are proven.
func (s *settlement) prove() {
	proven := make([][]Interval, len(s.chains))
	asked := Interval{s.options.Deliveries.From, s.options.Deliveries.Until}
	for i := range s.infos {
		d := &s.infos[i]
		if d.state != valid || d.flawed {
			continue
		}
		if when := asked.clip(s.options.Window.clip(d.interval())); when.From.Before(when.Until) {
			proven[d.chain] = append(proven[d.chain], when)
		}
	}
	for i, intervals := range proven {
		slices.SortFunc(intervals, compareIntervals)
		s.chains[i].Proven = mergeIntervals(intervals)
	}
}

func (s *settlement) result() *Result {
	for _, c := range s.chains {
		at := ingest.Place{AccountID: c.AccountID, Region: c.Region}
		if s.places[at] == nil {
			s.places[at] = &Place{AccountID: at.AccountID, Region: at.Region, Days: ingest.Days{}}
		}
	}
	r := &Result{Chains: slices.Clone(s.chains), Problems: s.problems.first, Counts: s.problems.counts}
	for _, place := range s.places {
		r.Places = append(r.Places, *place)
	}
	slices.SortFunc(r.Places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Region, b.Region))
	})
	slices.SortFunc(r.Chains, func(a, b Chain) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Trail, b.Trail), compareBool(b.Backfill, a.Backfill))
	})
	return r
}
