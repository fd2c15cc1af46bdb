package digest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// PublicKey is a key that CloudTrail signs digests of a Region with, as ListPublicKeys tells it. How a fingerprint is made is
// not documented: it is a name.
type PublicKey struct {
	Region      string    `json:"region"`
	Fingerprint string    `json:"fingerprint"`
	Value       []byte    `json:"value"` // PKCS #1 RSAPublicKey, DER
	ValidFrom   time.Time `json:"validFrom"`
	ValidUntil  time.Time `json:"validUntil"`
}

// PublicKeys is where keys come from.
type PublicKeys interface {
	// PublicKeys returns the keys of a Region that were in use at some time between from and until, and may return others.
	// A zero until stands for now.
	PublicKeys(ctx context.Context, region string, from, until time.Time) ([]PublicKey, error)
}

// KeyFile is the keys of a file. The zero value has none.
type KeyFile struct{ Keys []PublicKey }

// PublicKeys returns all keys of a Region: a file holds what somebody thought fit.
func (f KeyFile) PublicKeys(_ context.Context, region string, _, _ time.Time) ([]PublicKey, error) {
	var keys []PublicKey
	for _, key := range f.Keys {
		if key.Region == region {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

const keysSchema = "roletrail/public-keys/v1"

type keysDocument struct {
	Schema     string      `json:"schema"`
	PublicKeys []PublicKey `json:"publicKeys"`
}

// maxKeyFile bounds what is read of a file of keys. A key takes less than 1 KiB.
const maxKeyFile = 64 << 20

// ReadPublicKeys reads what WritePublicKeys wrote.
func ReadPublicKeys(r io.Reader) (KeyFile, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxKeyFile+1))
	if err != nil {
		return KeyFile{}, err
	}
	if len(text) > maxKeyFile {
		return KeyFile{}, fmt.Errorf("more than %d bytes of public keys", maxKeyFile)
	}
	var document keysDocument
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); err != nil {
		return KeyFile{}, fmt.Errorf("no file of public keys: %w", err)
	}
	if document.Schema != keysSchema {
		return KeyFile{}, fmt.Errorf("no file of public keys: its schema is %.40q, not %s", document.Schema, keysSchema)
	}
	if decoder.More() {
		return KeyFile{}, errors.New("no file of public keys: something follows them")
	}
	for i, key := range document.PublicKeys {
		if key.Region == "" || key.Fingerprint == "" || len(key.Value) == 0 {
			return KeyFile{}, fmt.Errorf("no file of public keys: the one at position %d lacks Region, fingerprint or value", i)
		}
	}
	return KeyFile{document.PublicKeys}, nil
}

// WritePublicKeys writes keys as JSON, each once, by Region and fingerprint.
func WritePublicKeys(w io.Writer, keys []PublicKey) error {
	keys = slices.SortedFunc(slices.Values(keys), func(a, b PublicKey) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Fingerprint, b.Fingerprint), a.ValidFrom.Compare(b.ValidFrom), bytes.Compare(a.Value, b.Value))
	})
	keys = slices.CompactFunc(keys, func(a, b PublicKey) bool {
		return a.Region == b.Region && a.Fingerprint == b.Fingerprint && bytes.Equal(a.Value, b.Value)
	})
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(keysDocument{keysSchema, append([]PublicKey{}, keys...)})
}

// Recorder passes on keys and remembers them, to be written to a file. It is safe for use by several goroutines.
type Recorder struct {
	Source PublicKeys

	mu   sync.Mutex
	keys []PublicKey
}

// PublicKeys asks the source.
func (r *Recorder) PublicKeys(ctx context.Context, region string, from, until time.Time) ([]PublicKey, error) {
	keys, err := r.Source.PublicKeys(ctx, region, from, until)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.keys = append(r.keys, keys...)
	r.mu.Unlock()
	return keys, nil
}

// Keys returns what the source gave so far.
func (r *Recorder) Keys() []PublicKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.keys)
}
