package s3

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"roletrail/ingest"
)

// Bounds of the search for trails.
const (
	searchDepth   = 3      // folders between the starting point and the one that is searched
	searchFolders = 500    // in all
	searchEntries = 10_000 // of each folder
)

// search lists a folder that may hold trails anywhere. What lies beside them is passed over. Without any, all of it may be
// log files: somebody's copy.
func (d *discovery) search(folder string) error {
	trails, err := d.trails(folder)
	if err != nil {
		return err
	}
	if len(trails) == 0 {
		return d.lister(folder, (*lister).all)
	}
	return d.around(folder, trails)
}

// around discovers the trails below a folder.
func (d *discovery) around(folder string, trails []string) error {
	return d.each(folder, (*lister).strays, func(child string) error {
		switch name := base(child); {
		case name == logsFolder:
			return d.logs(child)
		case name == ingest.KindLogFile || name == ingest.KindDigest:
			if reason := d.source.unwanted(levelKind, child); reason != "" {
				return d.prune(child, reason)
			}
			return d.kind(child)
		case isOtherKind(name):
			return d.prune(child, ingest.PruneOtherKind)
		case leadsTo(trails, child):
			return d.around(child, trails)
		}
		return d.prune(child, ingest.PruneNotTrail)
	})
}

// leadsTo reports whether one of the trails, which are in order, lies below a folder.
func leadsTo(trails []string, folder string) bool {
	i, _ := slices.BinarySearch(trails, folder)
	return i < len(trails) && strings.HasPrefix(trails[i], folder)
}

// trails finds folders named AWSLogs or CloudTrail, in order. It searches breadth first, and not behind its bounds: a
// bucket may hold anything.
func (d *discovery) trails(start string) ([]string, error) {
	var trails []string
	listed := 0
	for depth, level := 0, []string{start}; depth <= searchDepth && len(level) > 0; depth++ {
		listed += len(level)
		room := searchFolders - listed
		looks := make([]look, len(level))
		group, ctx := errgroup.WithContext(d.ctx)
		group.SetLimit(d.source.options.Listers)
		for i, folder := range level {
			group.Go(func() (err error) {
				looks[i], err = d.look(ctx, folder, room)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		level = nil
		for _, l := range looks {
			trails = append(trails, l.trails...)
			level = append(level, l.others...)
		}
		level = level[:min(len(level), room)]
	}
	slices.Sort(trails)
	return trails, nil
}

// look is what was found in a folder.
type look struct {
	trails []string
	others []string // folders that may hold trails
}

func (d *discovery) look(ctx context.Context, folder string, room int) (look, error) {
	var found look
	entries := 0
	for page, err := range d.point.pages(ctx, query{prefix: folder, folders: true}) {
		if err != nil {
			return look{}, err
		}
		for _, e := range page {
			switch name := base(e.name); {
			case !e.folder || d.point.elsewhere(e.name):
			case name == logsFolder || name == ingest.KindLogFile:
				found.trails = append(found.trails, e.name)
			case name != ingest.KindDigest && !isOtherKind(name) && len(found.others) < room:
				found.others = append(found.others, e.name)
			}
			if entries++; entries == searchEntries {
				return found, nil
			}
		}
	}
	return found, nil
}
