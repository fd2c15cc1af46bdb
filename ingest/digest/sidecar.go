package digest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"roletrail/ingest"
)

const sidecarSchema = "roletrail/digest-signature/v1"

// maxSidecar bounds what is read of a sidecar, which takes some hundred bytes.
const maxSidecar = 64 << 10

type sidecar struct {
	Schema             string `json:"schema"`
	Signature          string `json:"signature"`
	SignatureAlgorithm string `json:"signatureAlgorithm"`
	BackfillGenerated  string `json:"backfillGenerationTimestamp,omitempty"`
}

// WriteSidecar writes the signature of a digest file, which in S3 is metadata of the object and which a plain copy loses. The
// source of local files reads it from the file beside the digest whose name has [ingest.SidecarEnding] added.
func WriteSidecar(w io.Writer, s ingest.Signature) error {
	text, err := json.Marshal(sidecar{sidecarSchema, s.Value, s.Algorithm, s.BackfillGenerated})
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// ReadSidecar reads what WriteSidecar wrote.
func ReadSidecar(r io.Reader) (ingest.Signature, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSidecar+1))
	if err != nil {
		return ingest.Signature{}, err
	}
	if len(text) > maxSidecar {
		return ingest.Signature{}, fmt.Errorf("no signature of a digest: more than %d bytes", maxSidecar)
	}
	var s sidecar
	if err := json.Unmarshal(text, &s); err != nil {
		return ingest.Signature{}, fmt.Errorf("no signature of a digest: %w", err)
	}
	if s.Schema != sidecarSchema {
		return ingest.Signature{}, fmt.Errorf("no signature of a digest: its schema is %.40q, not %s", s.Schema, sidecarSchema)
	}
	if s.Signature == "" {
		return ingest.Signature{}, errors.New("no signature of a digest: it is empty")
	}
	return ingest.Signature{Value: s.Signature, Algorithm: s.SignatureAlgorithm, BackfillGenerated: s.BackfillGenerated}, nil
}
