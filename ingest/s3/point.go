package s3

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"roletrail/ingest"
	"roletrail/ingest/s3/connect"
)

// point is a starting point: what a location leads to.
type point struct {
	bucket *connect.Bucket
	root   string // what the names of everything in the bucket begin with: s3://bucket/
	name   string // of the object, or of the folder, which ends in a slash
	object *ingest.Object

	pageSize int32 // entries; 0 leaves it to S3
	// within are the names of other starting points in this one, which are listed in their own turn.
	within []string
}

// key is the key, or the prefix of keys, that a name in the bucket stands for.
func (p *point) key(name string) string { return strings.TrimPrefix(name, p.root) }

// found is the object of an entry.
func (p *point) found(e entry) ingest.Object {
	return ingest.Object{Name: e.name, Size: e.size, Key: ingest.ParseKey(e.name), Location: location(p.bucket.Name, p.key(e.name))}
}

// elsewhere reports whether name is, or lies in, another starting point within this one.
func (p *point) elsewhere(name string) bool {
	for _, other := range p.within {
		if name == other || strings.HasSuffix(other, "/") && strings.HasPrefix(name, other) {
			return true
		}
	}
	return false
}

// points finds out where all locations lead before anything is listed, so that a mistyped one costs no time.
func (s *Source) points(ctx context.Context) ([]*point, error) {
	var points []*point
	for _, location := range s.locations {
		p, err := s.point(ctx, location)
		if ended := ctx.Err(); ended != nil {
			return nil, ended
		}
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(points, func(other *point) bool { return other.name == p.name }) {
			points = append(points, p)
		}
	}
	for _, p := range points {
		for _, other := range points {
			if other != p && p.object == nil && strings.HasPrefix(other.name, p.name) {
				p.within = append(p.within, other.name)
			}
		}
	}
	return points, nil
}

// point looks at what is there: a prefix may be given with or without a slash at the end, and may be the key of one object.
func (s *Source) point(ctx context.Context, location Location) (*point, error) {
	bucket, err := s.bucket(ctx, location.Bucket)
	if err != nil {
		return nil, listError(location.Bucket, location.String(), err)
	}
	p := &point{bucket: bucket, root: scheme + location.Bucket + "/", pageSize: s.options.PageSize}
	p.name = p.root
	if location.Prefix == "" {
		return p, nil
	}
	trimmed := p.root + strings.TrimSuffix(location.Prefix, "/")
	p.name = trimmed + "/"
	inFolder, err := p.first(ctx, p.name)
	if err != nil || inFolder != nil {
		return p, err
	}
	likely, err := p.first(ctx, trimmed)
	if err != nil {
		return nil, err
	}
	if likely != nil && likely.name == location.String() {
		p.name = likely.name
		object := p.found(*likely)
		p.object = &object
		return p, nil
	}
	hint := "see aws s3 ls " + strings.TrimSuffix(p.root, "/")
	if likely != nil {
		hint = ingest.OneLine(likely.name) + " begins like this"
	}
	return nil, &ingest.NoSuchSourceError{Err: fmt.Errorf("%s: no such object or folder\nhint: %s", location, hint)}
}

// first is the first entry whose name begins with prefix, nil if there is none.
func (p *point) first(ctx context.Context, prefix string) (*entry, error) {
	for page, err := range p.pages(ctx, query{prefix: prefix, first: true}) {
		if err != nil {
			return nil, err
		}
		if len(page) > 0 {
			return &page[0], nil
		}
	}
	return nil, nil
}
