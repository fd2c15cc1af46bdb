package s3

import (
	"context"

	"golang.org/x/sync/errgroup"

	"roletrail/ingest"
)

// List tells what the locations hold, one after the other, each in the order of names as far as it is found that way.
// Anything that cannot be listed is an error: what is missing then has no name that could be told.
//
// Three stages run at once. Discovery follows the layout and gives the steps of the listing; accounts are discovered
// beside each other. A few steps ahead of what is told, listers work on their prefixes, each up to a page ahead. What they
// find is told in the order of the steps.
func (s *Source) List(ctx context.Context, listing ingest.Listing) error {
	return s.list(ctx, listing, false)
}

func (s *Source) list(ctx context.Context, listing ingest.Listing, digests bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	points, err := s.points(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	r := &run{
		source: s, ctx: ctx, group: group, digests: digests,
		busy: make(chan struct{}, s.options.Listers), steps: make(chan step, maxSteps),
	}
	outline := make(chan step, s.options.Listers)
	group.Go(func() error {
		defer close(outline)
		for _, p := range points {
			if err := (&discovery{run: r, point: p, out: outline}).start(); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		defer close(r.steps)
		return r.order(outline)
	})
	group.Go(func() error { return r.tell(listing) })
	return group.Wait()
}

// maxSteps is how many steps discovery is ahead of what is told.
const maxSteps = 64

// run is one call of List.
type run struct {
	source  *Source
	ctx     context.Context
	group   *errgroup.Group
	digests bool          // nothing but digests is told
	busy    chan struct{} // has an element for each lister that was started and is not told yet
	steps   chan step     // in the order of telling
}

// step is a part of a listing: one thing to tell, or a lister, or further steps.
type step struct {
	tell   told
	lister *lister
	steps  <-chan step
}

// told is what is told of one name.
type told struct {
	object ingest.Object
	how    how
	reason string // unless it is handed over
}

type how uint8

const (
	handedOver how = iota
	skipped
	pruned
)

// order brings all steps in one order and starts the listers. Started in the order in which they are told, none can wait
// for one that comes later.
func (r *run) order(steps <-chan step) error {
	for {
		next, ok, err := receive(r.ctx, steps)
		if err != nil || !ok {
			return err
		}
		if next.steps != nil {
			if err := r.order(next.steps); err != nil {
				return err
			}
			continue
		}
		if next.lister != nil {
			if err := send(r.ctx, r.busy, struct{}{}); err != nil {
				return err
			}
			r.group.Go(next.lister.list)
		}
		if err := send(r.ctx, r.steps, next); err != nil {
			return err
		}
	}
}

// tell tells all steps.
func (r *run) tell(listing ingest.Listing) error {
	for {
		next, ok, err := receive(r.ctx, r.steps)
		if err != nil || !ok {
			return err
		}
		if next.lister == nil {
			err = r.tellAll(listing, next.tell)
		} else {
			err = r.tellLister(listing, next.lister)
		}
		if err != nil {
			return err
		}
	}
}

func (r *run) tellLister(listing ingest.Listing, l *lister) error {
	for {
		batch, ok, err := receive(r.ctx, l.found)
		if err != nil {
			return err
		}
		if !ok {
			<-r.busy
			return nil
		}
		if err := r.tellAll(listing, batch...); err != nil {
			return err
		}
	}
}

func (r *run) tellAll(listing ingest.Listing, batch ...told) error {
	for _, t := range batch {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		switch t.how {
		case handedOver:
			if err := listing.Object(t.object); err != nil {
				return err
			}
		case skipped:
			listing.Skip(t.object.Name, t.reason)
		case pruned:
			if r.digests {
				break
			}
			listing.Prune(t.object.Name, t.reason)
		}
	}
	return nil
}

// send and receive wait for a channel as long as ctx lasts.
func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func receive[T any](ctx context.Context, from <-chan T) (v T, ok bool, err error) {
	select {
	case v, ok = <-from:
		return v, ok, nil
	case <-ctx.Done():
		return v, false, ctx.Err()
	}
}
