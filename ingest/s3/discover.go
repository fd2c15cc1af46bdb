package s3

import (
	"slices"
	"strings"

	"roletrail/ingest"
)

// discovery follows the layout from a starting point down to the prefixes that listers work on. It lists folders, and
// only remembers those that it is in.
type discovery struct {
	*run
	point *point
	out   chan<- step
}

func (d *discovery) start() error {
	if d.point.object != nil {
		if d.digests {
			return nil
		}
		return d.emit(step{tell: told{object: *d.point.object}})
	}
	folder := d.point.name
	level := levelOf(d.point.key(folder))
	if reason := d.source.unwanted(level, folder); reason != "" {
		return d.prune(folder, reason)
	}
	switch level {
	case levelLogs:
		return d.logs(folder)
	case levelAccount:
		return d.account(folder)
	case levelKind:
		return d.kind(folder)
	case levelRegion, levelDate:
		if d.passesOver(folder) {
			return nil
		}
		return d.lister(folder, (*lister).dated)
	case levelOther:
		return d.lister(folder, (*lister).all)
	}
	return d.search(folder)
}

// logs discovers AWSLogs, or an organization in it.
func (d *discovery) logs(folder string) error {
	return d.each(folder, (*lister).strays, func(child string) error {
		name := base(child)
		if isOrganization(name) {
			return d.logs(child)
		}
		if !isAccount(name) {
			return d.prune(child, ingest.PruneOtherService)
		}
		if reason := d.source.unwanted(levelAccount, child); reason != "" {
			return d.prune(child, reason)
		}
		return d.accountAhead(child)
	})
}

// accountAhead discovers an account beside those before it, so that an organization of many accounts is not waited for
// request by request.
func (d *discovery) accountAhead(folder string) error {
	steps := make(chan step, maxSteps)
	ahead := &discovery{run: d.run, point: d.point, out: steps}
	d.group.Go(func() error {
		defer close(steps)
		return ahead.account(folder)
	})
	return d.emit(step{steps: steps})
}

func (d *discovery) account(folder string) error {
	return d.each(folder, (*lister).strays, func(child string) error {
		switch name := base(child); {
		case name == ingest.KindLogFile || name == ingest.KindDigest:
			return d.kind(child)
		case strings.HasPrefix(name, otherKinds):
			return d.prune(child, ingest.PruneOtherKind)
		}
		return d.prune(child, ingest.PruneOtherService)
	})
}

// kind discovers CloudTrail or CloudTrail-Digest. The keys of digest files tell where and when was trailed, even if
// nothing happened there.
func (d *discovery) kind(folder string) error {
	return d.each(folder, (*lister).keys, func(child string) error {
		switch name := base(child); {
		case name == logsFolder: // CloudTrail is the prefix of a trail
			return d.logs(child)
		case regionOf(name) == "":
			return d.lister(child, (*lister).all)
		}
		if reason := d.source.unwanted(levelRegion, child); reason != "" {
			return d.prune(child, reason)
		}
		if d.passesOver(child) {
			return nil
		}
		return d.lister(child, (*lister).dated)
	})
}

// passesOver reports whether a Region holds no digests, where nothing else is asked for.
func (d *discovery) passesOver(region string) bool {
	return d.digests && ingest.Kind(region) == ingest.KindLogFile
}

// each calls do with each folder in a folder. The keys beside them may be many: they are left to a lister.
func (d *discovery) each(folder string, keys func(*lister) error, do func(child string) error) error {
	foundKeys := false
	for page, err := range d.point.pages(d.ctx, query{prefix: folder, folders: true}) {
		if err != nil {
			return err
		}
		for _, e := range page {
			switch {
			case d.point.elsewhere(e.name):
			case e.folder:
				err = do(e.name)
			case !foundKeys && !strings.HasSuffix(e.name, "/"):
				foundKeys = true
				err = d.lister(folder, keys)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// unwanted is the reason why nothing in a folder needs to be read, "" if something may.
func (s *Source) unwanted(level level, folder string) (reason string) {
	parts := ingest.ParseKey(folder)
	switch {
	case level == levelAccount:
		parts.AccountID = base(folder)
	case level < levelKind:
		parts.AccountID = "" // it would be that of another trail further up
	}
	if len(s.options.Accounts) > 0 && parts.AccountID != "" && !slices.Contains(s.options.Accounts, parts.AccountID) {
		return ingest.PruneAccount
	}
	isOther := level >= levelKind && parts.Region != "" && !slices.Contains(s.options.Regions, parts.Region)
	if len(s.options.Regions) > 0 && isOther && !mayHoldGlobal(parts.Region) {
		return ingest.PruneRegion
	}
	return s.options.Deliveries.Outside(folder)
}

func (d *discovery) lister(folder string, method func(*lister) error) error {
	return d.emit(step{lister: newLister(d, folder, method)})
}

func (d *discovery) prune(folder, reason string) error {
	return d.emit(step{tell: told{object: ingest.Object{Name: folder}, how: pruned, reason: reason}})
}

func (d *discovery) emit(s step) error { return send(d.ctx, d.out, s) }
