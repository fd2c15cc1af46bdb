package facts

import (
	"context"
	"errors"
	"sync"
)

// Store collects facts and gives them back in order. Facts come in through batches, one for each worker; once all are
// committed, the store is read.
type Store struct {
	order  Order
	memory int64 // bytes that facts may take in memory, all batches together
	dir    string

	mu       sync.Mutex
	segments []*segment // of the batches
	runs     []run
	spill    spill
}

// NewStore returns a store that sorts facts in that order and keeps about memory bytes of them before it spills to a
// file in dir, which is the system's folder for temporary files if empty. The file is made only when it is needed.
func NewStore(order Order, memory int64, dir string) *Store {
	return &Store{order: order, memory: memory, dir: dir}
}

// Close gives up all facts and removes the temporary file.
func (s *Store) Close() error {
	s.segments, s.runs = nil, nil
	return s.spill.close()
}

// Spilled returns how many bytes of facts have been written to the temporary file.
func (s *Store) Spilled() int64 {
	s.spill.mu.Lock()
	defer s.spill.mu.Unlock()
	return s.spill.size
}

// Batch collects the facts of one object after the other. What was added since the last Commit or Discard is not yet
// part of the store. A batch is used by one goroutine at a time.
type Batch struct {
	store     *Store
	segment   *segment
	most      int64 // bytes of the memory budget for this batch
	share     int64 // bytes of it that are used; more when there are many facts
	committed int   // facts of the segment that are part of the store
	pending   []run // runs of facts that are not yet committed
	written   int   // how often the segment was written out
}

// Batches begin with little memory, so that it stays the same however many facts there are, but for what a trail of a
// hundred thousand facts needs: facts that are never written out take half the time. Only when there are very many do
// they use more, so that the runs do not get too many.
const (
	firstShare = 16 << 20 // of all batches together
	growAfter  = 64       // runs of a batch
)

// NewBatch returns a batch that may take one of parts shares of the store's memory.
func (s *Store) NewBatch(parts int) *Batch {
	most := s.memory / int64(parts)
	b := &Batch{store: s, segment: newSegment(), most: most, share: min(most, firstShare/int64(parts))}
	s.mu.Lock()
	s.segments = append(s.segments, b.segment)
	s.mu.Unlock()
	return b
}

// Add adds a fact, whose strings are copied. An error means that the temporary file could not be written.
func (b *Batch) Add(f *Fact) error {
	if err := b.makeRoom(); err != nil {
		return err
	}
	b.segment.add(f)
	return nil
}

// addRead is Add for the fact of a cursor of a run.
func (b *Batch) addRead(c *cursor) error {
	if err := b.makeRoom(); err != nil {
		return err
	}
	b.segment.addRead(c.fact(), c.run)
	return nil
}

// makeRoom writes the segment out if a fact more may be too much.
func (b *Batch) makeRoom() error {
	if b.segment.bytes+factCost > b.share && b.segment.count > 0 {
		return b.write()
	}
	return nil
}

// Commit makes what was added part of the store.
func (b *Batch) Commit() {
	b.committed = b.segment.count
	if len(b.pending) > 0 {
		b.store.mu.Lock()
		b.store.runs = append(b.store.runs, b.pending...)
		b.store.mu.Unlock()
		b.pending = nil
	}
}

// Discard forgets what was added since the last Commit.
func (b *Batch) Discard() {
	b.segment.truncate(b.committed)
	b.pending = nil
}

// write turns the batch's segment into runs: one of its committed facts, and one of those that are not.
func (b *Batch) write() error {
	committed, err := b.store.writeSegment(b.segment, 0, b.committed)
	if err != nil {
		return err
	}
	pending, err := b.store.writeSegment(b.segment, b.committed, b.segment.count)
	if err != nil {
		return err
	}
	b.store.mu.Lock()
	b.store.runs = append(b.store.runs, committed...)
	b.store.mu.Unlock()
	b.pending = append(b.pending, pending...)
	b.segment.reset()
	b.committed = 0
	if b.written++; b.written%growAfter == 0 {
		b.share = min(b.most, 2*b.share)
	}
	return nil
}

// writeSegment writes a stretch of a segment as a run, or as none if there is nothing in it.
func (s *Store) writeSegment(g *segment, from, to int) ([]run, error) {
	sorted := g.sort(s.order, from, to)
	if len(sorted) == 0 {
		return nil, nil
	}
	r, err := s.spill.writeRun(s.dir, func(w *blockWriter) error {
		for _, e := range sorted {
			if err := w.addCompact(e.prefix, g, g.at(e.at)); err != nil {
				return err
			}
		}
		return nil
	})
	return []run{r}, err
}

// Each calls yield with every fact in the store's order until it returns an error, which Each returns. The fact is
// valid until yield returns. All batches must be committed or discarded.
func (s *Store) Each(ctx context.Context, yield func(*Fact) error) error {
	return s.each(ctx, func(c *cursor) error { return yield(c.fact()) })
}

// Filter goes over all facts in the store's order, gives up those for which keep returns false, and returns the others
// as a store in the order next. The receiver must not be used any more, but for Close.
func (s *Store) Filter(ctx context.Context, next Order, keep func(*Fact) (bool, error)) (*Store, error) {
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	if len(s.runs) == 0 {
		err := s.each(ctx, func(c *cursor) error {
			kept, err := keep(c.fact())
			if !kept {
				c.segment.at(c.at).dropped = true
			}
			return err
		})
		kept := NewStore(next, s.memory, s.dir)
		kept.segments, s.segments = s.segments, nil
		return kept, err
	}
	kept := NewStore(next, s.memory, s.dir)
	batch := kept.NewBatch(2) // the other half is for reading
	err := s.each(ctx, func(c *cursor) error {
		ok, err := keep(c.fact())
		if err == nil && ok {
			err = batch.addRead(c)
		}
		return err
	})
	batch.Commit()
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	return kept, nil
}

// settle brings the store into one of two states: all facts in memory, or all in runs that can be merged at once.
func (s *Store) settle(ctx context.Context) error {
	if len(s.runs) == 0 {
		return nil
	}
	for _, g := range s.segments {
		runs, err := s.writeSegment(g, 0, g.count)
		if err != nil {
			return err
		}
		s.runs = append(s.runs, runs...)
		*g = *newSegment()
	}
	s.segments = nil
	for len(s.runs) > maxMerge {
		merged, err := s.mergeRuns(ctx, s.runs[:maxMerge])
		if err != nil {
			return err
		}
		s.runs = append(s.runs[maxMerge:], merged)
	}
	return nil
}

// maxMerge is how many runs are merged at once; each takes a few blocks of memory.
const maxMerge = 128

func (s *Store) mergeRuns(ctx context.Context, runs []run) (run, error) {
	return s.spill.writeRun(s.dir, func(w *blockWriter) error {
		return s.merge(ctx, nil, runs, func(c *cursor) error { return w.add(c.prefix, c.fact()) })
	})
}

func (s *Store) each(ctx context.Context, yield func(*cursor) error) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	return s.merge(ctx, s.segments, s.runs, yield)
}

// merge calls yield with the facts of segments and runs in the store's order.
func (s *Store) merge(ctx context.Context, segments []*segment, runs []run, yield func(*cursor) error) error {
	m := merge{order: s.order}
	for _, g := range segments {
		if err := m.add(&cursor{segment: g, left: g.sort(s.order, 0, g.count)}); err != nil {
			return err
		}
	}
	var buffer []byte // of all readers
	for _, r := range runs {
		if err := m.add(&cursor{run: &runReader{file: s.spill.file, left: r, buffer: &buffer}}); err != nil {
			return err
		}
	}
	for n := 1; len(m.heap) > 0; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := yield(m.heap[0].cursor); err != nil {
			return err
		}
		if err := m.next(); err != nil {
			return err
		}
	}
	return nil
}
