package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"roletrail/ingest/digest"
	"roletrail/ingest/s3/connect"
	"roletrail/ingest/s3/trail"
)

// keyFlags say where the public keys come from that digests are checked with.
type keyFlags struct{ read, save string }

// check finds what is wrong with the flags.
func (f *keyFlags) check() error {
	if f.save == "" {
		return nil
	}
	if f.read != "" {
		return usage("leave one of them out", "--save-public-keys: --public-keys takes them from a file")
	}
	if err := checkFile(f.save); err != nil {
		return usage("", "--save-public-keys %s: %w", f.save, err)
	}
	return nil
}

// publicKeys is where a run takes public keys from. It has to be closed.
type publicKeys struct {
	source digest.PublicKeys
	asked  *askedKeys // nil if they come from a file
	saved  *digest.Recorder
}

// open reads the file of keys, or prepares to ask CloudTrail.
func (f *keyFlags) open(env environment, a *analysisFlags, in *input) (*publicKeys, error) {
	if f.read != "" {
		file, err := os.Open(f.read)
		if err != nil {
			return nil, usage("", "--public-keys %s: %w", f.read, cause(err))
		}
		defer file.Close()
		keys, err := digest.ReadPublicKeys(file)
		if err != nil {
			return nil, usage("name a file that `roletrail verify --save-public-keys FILE` wrote", "--public-keys %s: %w", f.read, err)
		}
		return &publicKeys{source: keys}, nil
	}
	asked := &askedKeys{log: in.log, told: map[string]bool{}}
	asked.open = func(ctx context.Context) (*connect.Session, bool, error) {
		if in.session != nil {
			return in.session, false, nil
		}
		session, err := connect.Open(ctx, a.connectOptions(env, in))
		return session, true, err
	}
	recorder := &digest.Recorder{Source: asked}
	return &publicKeys{source: recorder, asked: asked, saved: recorder}, nil
}

func (k *publicKeys) close() {
	if k.asked != nil {
		k.asked.close()
	}
}

// save writes what CloudTrail told to a file.
func (k *publicKeys) save(name string, log *slog.Logger) error {
	if name == "" {
		return nil
	}
	keys := k.saved.Keys()
	if len(keys) == 0 {
		log.Warn(fmt.Sprintf("--save-public-keys %s: not written, for there are no public keys to save", name))
		return nil
	}
	if err := writeFile(name, func(w io.Writer) error { return digest.WritePublicKeys(w, keys) }); err != nil {
		return failure("", "--save-public-keys %s: %w", name, err)
	}
	return nil
}

// askedKeys asks CloudTrail for public keys. That they cannot be had leaves digests unchecked, and ends no run: it is told.
type askedKeys struct {
	open func(context.Context) (session *connect.Session, own bool, err error)
	log  *slog.Logger

	mu      sync.Mutex
	session *connect.Session
	own     bool // the session was opened for this alone
	told    map[string]bool
}

// PublicKeys implements [digest.PublicKeys].
func (k *askedKeys) PublicKeys(ctx context.Context, region string, from, until time.Time) ([]digest.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	keys, err := k.ask(ctx, region, from, until)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		text, hint := splitHint(err.Error())
		if !k.told[text] {
			k.told[text] = true
			note := text
			if hint != "" {
				note += "\n" + hint
			}
			k.log.Warn(note + "\nwithout them digests are not checked; --public-keys FILE reads keys that were saved before")
		}
		err = errors.New(text)
	}
	return keys, err
}

func (k *askedKeys) ask(ctx context.Context, region string, from, until time.Time) ([]digest.PublicKey, error) {
	// The name comes from a digest that nobody has verified yet, and becomes part of the name of a host.
	if !regionID.MatchString(region) {
		return nil, fmt.Errorf("public keys in %q: no Region", region)
	}
	if k.session == nil {
		session, own, err := k.open(ctx)
		if err != nil {
			return nil, fmt.Errorf("public keys in %s: %w", region, err)
		}
		k.session, k.own = session, own
	}
	return trail.PublicKeys{Session: k.session}.PublicKeys(ctx, region, from, until)
}

func (k *askedKeys) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.own {
		k.session.Close()
	}
}
