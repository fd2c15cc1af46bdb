package digest

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"roletrail/ingest"
)

// keySpan is the time of which the public keys of a Region are asked for.
type keySpan struct {
	from, until time.Time
	open        bool // until now
}

// needKey notes when a digest was signed. One of the backfill is signed when it is made (AWS CLI, validate-logs). The lock is
// held.
func (a *Audit) needKey(region string, f *File, signature ingest.Signature) {
	from, until := f.Start(), f.End().Add(2*time.Hour)
	span := a.spans[region]
	if span == nil {
		span = &keySpan{from: from, until: until}
		a.spans[region] = span
	}
	if strings.HasSuffix(trimEndings(f.DigestS3Object), "_backfill") {
		if made := parseTime(signature.BackfillGenerated); made.IsZero() {
			span.open = true
		} else {
			from, until = made.Add(-time.Hour), made.Add(time.Hour)
		}
	}
	if from.Before(span.from) {
		span.from = from
	}
	if until.After(span.until) {
		span.until = until
	}
}

// regionKeys are the public keys of a Region by fingerprint, or why there are none.
type regionKeys struct {
	keys map[string][]*rsa.PublicKey
	err  error
}

// keysOf asks for the public keys of a Region, once. It fails only if ctx has ended.
func (a *Audit) keysOf(ctx context.Context, region string) (regionKeys, error) {
	if known, ok := a.keys[region]; ok {
		return known, nil
	}
	found := regionKeys{keys: map[string][]*rsa.PublicKey{}}
	if span := a.spans[region]; a.options.Keys == nil {
		found.err = errors.New("there are no public keys to check it with")
	} else if span != nil {
		until := span.until
		if span.open {
			until = time.Time{}
		}
		keys, err := a.options.Keys.PublicKeys(ctx, region, span.from, until)
		if ctx.Err() != nil {
			return found, ctx.Err()
		}
		found.err = err
		for _, key := range keys {
			if parsed, err := x509.ParsePKCS1PublicKey(key.Value); err == nil {
				found.keys[key.Fingerprint] = append(found.keys[key.Fingerprint], parsed)
			}
		}
	}
	a.keys[region] = found
	return found, nil
}
