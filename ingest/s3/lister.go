package s3

import (
	"slices"
	"strings"

	"roletrail/ingest"
)

// lister lists one folder.
type lister struct {
	*run
	point  *point
	folder string
	method func(*lister) error
	judge  judge
	found  chan []told // pieces of a page at most. Closed at the end
}

func newLister(d *discovery, folder string, method func(*lister) error) *lister {
	return &lister{
		run: d.run, point: d.point, folder: folder, method: method,
		judge: judge{point: d.point, deliveries: d.source.options.Deliveries, digests: d.digests}, found: make(chan []told),
	}
}

func (l *lister) list() error {
	defer close(l.found)
	return l.method(l)
}

// all lists everything in the folder.
func (l *lister) all() error { return l.allIn(l.folder) }

func (l *lister) allIn(folder string) error {
	for page, err := range l.point.pages(l.ctx, query{prefix: folder}) {
		if err != nil {
			return err
		}
		if err := l.give(page); err != nil {
			return err
		}
	}
	return nil
}

// keys lists what lies in the folder, but not in folders there.
func (l *lister) keys() error {
	return l.split(func(string) error { return nil })
}

// strays lists the same in a folder that should hold nothing but folders.
func (l *lister) strays() error {
	l.judge.stray = true
	return l.keys()
}

// split lists what lies in the folder, and calls do with the folders there, all in order.
func (l *lister) split(do func(child string) error) error {
	for page, err := range l.point.pages(l.ctx, query{prefix: l.folder, folders: true}) {
		if err != nil {
			return err
		}
		begin := 0
		for i, e := range page {
			if !e.folder {
				continue
			}
			if err := l.give(page[begin:i]); err != nil {
				return err
			}
			begin = i + 1
			if l.point.elsewhere(e.name) {
				continue
			}
			if err := do(e.name); err != nil {
				return err
			}
		}
		if err := l.give(page[begin:]); err != nil {
			return err
		}
	}
	return nil
}

// dated lists a Region, or a folder in one that is dated.
//
// A copy may have lost folders, so that the year folders of a Region are looked for before their order is relied on.
// What lies beside them is listed as it is.
func (l *lister) dated() error {
	region := regionFolder.FindString(l.folder)
	switch {
	case l.judge.deliveries == ingest.Deliveries{}:
		return l.all()
	case region != l.folder:
		return l.days(region, l.folder)
	}
	return l.split(func(child string) error {
		if isYear(base(child)) {
			return l.days(region, child)
		}
		return l.allIn(child)
	})
}

// days lists the days of the window in a year, a month or a day of a Region. There, the order of names is that of time:
// the listing begins with the first day and ends after the last.
func (l *lister) days(region, folder string) error {
	const day = "2006/01/02"
	window := l.judge.deliveries
	if reason := window.Outside(folder); reason != "" {
		return l.prune(folder, reason)
	}
	q, end := query{prefix: folder}, ""
	if first := region + window.From.UTC().Format(day); strings.HasPrefix(first, folder) {
		q.after = first // without a slash, it comes before everything in that day
		if err := l.prune(folder, ingest.PruneBeforeWindow); err != nil {
			return err
		}
		if err := l.undated(folder, first, func(name string) bool { return name <= first }); err != nil {
			return err
		}
	}
	last := region + window.Until.UTC().Format(day)
	if !window.Until.IsZero() && strings.HasPrefix(last, folder) {
		end = last + "0" // which comes after the slash
	}
	for page, err := range l.point.pages(l.ctx, q) {
		if err != nil {
			return err
		}
		after := slices.IndexFunc(page, func(e entry) bool { return end != "" && e.name >= end })
		if after >= 0 {
			page = page[:after]
		}
		if err := l.give(page); err != nil {
			return err
		}
		if after >= 0 {
			if err := l.prune(folder, ingest.PruneAfterWindow); err != nil {
				return err
			}
			return l.undated(folder, last, func(name string) bool { return name >= end })
		}
	}
	return nil
}

// undated lists what days passes over in a folder for its name, although it is of no date outside the window: in a copy
// that lost folders, log files may lie beside the days of a month or the months of a year. Only those that hold the first
// or the last day of the window can have such; the others are listed, or pruned, whole.
func (l *lister) undated(folder, day string, passedOver func(name string) bool) error {
	for strings.HasPrefix(day, folder) {
		for page, err := range l.point.pages(l.ctx, query{prefix: folder, folders: true}) {
			if err != nil {
				return err
			}
			for _, e := range page {
				switch {
				case !passedOver(e.name) || l.point.elsewhere(e.name):
				case !e.folder:
					err = l.give([]entry{e})
				case !strings.HasPrefix(day, e.name) && l.judge.deliveries.Outside(e.name) == "":
					err = l.allIn(e.name)
				}
				if err != nil {
					return err
				}
			}
		}
		below, _, _ := strings.Cut(day[len(folder):], "/")
		folder += below + "/"
	}
	return nil
}

// give judges entries and hands over what is to be told.
func (l *lister) give(page []entry) error {
	batch := make([]told, 0, len(page))
	for _, e := range page {
		batch = l.judge.append(batch, e)
	}
	return l.hand(batch)
}

func (l *lister) prune(folder, reason string) error {
	return l.hand([]told{{object: ingest.Object{Name: folder}, how: pruned, reason: reason}})
}

func (l *lister) hand(batch []told) error {
	if len(batch) == 0 {
		return nil
	}
	return send(l.ctx, l.found, batch)
}
