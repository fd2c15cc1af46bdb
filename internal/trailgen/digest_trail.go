package trailgen

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"os"
	"slices"
	"time"
)

// SignTrail signs a trail that Write wrote with a new key: hourly digests with their signatures beside them, in every Region
// of every account. The public key is written to a file, as roletrail reads it.
func SignTrail(dir, keysFile string, o Options) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	digests, err := Sign(dir, DigestOptions{Key: key, Bucket: "trail-logs", Start: o.Start, End: o.End.Add(24 * time.Hour), Sidecars: true})
	if err != nil {
		return err
	}
	type publicKey struct {
		Region      string `json:"region"`
		Fingerprint string `json:"fingerprint"`
		Value       []byte `json:"value"`
	}
	keys := struct {
		Schema     string      `json:"schema"`
		PublicKeys []publicKey `json:"publicKeys"`
	}{Schema: "roletrail/public-keys/v1"}
	var regions []string
	for _, d := range digests {
		regions = append(regions, d.Region)
	}
	slices.Sort(regions)
	for _, region := range slices.Compact(regions) {
		keys.PublicKeys = append(keys.PublicKeys, publicKey{region, Fingerprint(&key.PublicKey), x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	}
	text, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(keysFile, append(text, '\n'), 0o666)
}
