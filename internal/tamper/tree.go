// Package tamper is the matrix of damages that a verifier of CloudTrail's digests must detect: a small trail whose digests
// are signed, one way to damage it a row, and what must be said of it. The rows are data (Rows); New makes the tree of one,
// which can be written into a folder or put into a bucket.
package tamper

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"roletrail/internal/cloudtrail"
	"roletrail/internal/s3server"
	"roletrail/internal/trailgen"
)

// The trail is one of an account in two Regions over some hours. All damage is done in Region; nothing must be said of
// OtherRegion.
const (
	Account     = trailgen.Account
	Region      = "us-east-1"
	OtherRegion = "eu-west-1"
	Trail       = "management"
	Hours       = 8 // each with a digest
	EmptyHour   = 5 // whose digest lists nothing
)

// Start is where the first digest begins. Digests do not begin on the hour.
var Start = time.Date(2026, 10, 15, 8, 1, 31, 0, time.UTC)

// End is where the last digest ends.
var End = Start.Add(Hours * time.Hour)

// Location is where an object is.
type Location struct{ Bucket, Key string }

// URL is the location as the AWS CLI writes it.
func (l Location) URL() string { return "s3://" + l.Bucket + "/" + l.Key }

// Object is an object with the metadata that S3 keeps with it. Neither is changed in place: trees share them.
type Object struct {
	Content  []byte
	Metadata map[string]string
}

// Tree is a trail in its bucket, and what CloudTrail tells of it.
type Tree struct {
	Bucket   string // that the trail delivers to
	Objects  map[Location]Object
	Keys     []cloudtrail.PublicKey
	Digests  []trailgen.Digest // as they were written, before the damage
	TrailARN string
}

var (
	signingKey = sync.OnceValue(newKey)
	otherKey   = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// publicKey is what CloudTrail tells of a key.
func publicKey(region string, key *rsa.PrivateKey) cloudtrail.PublicKey {
	return cloudtrail.PublicKey{
		Region: region, Fingerprint: trailgen.Fingerprint(&key.PublicKey), Value: x509.MarshalPKCS1PublicKey(&key.PublicKey),
		ValidFrom: Start.AddDate(0, -1, 0), ValidUntil: Start.AddDate(0, 1, 0),
	}
}

// New makes the tree of a row, in a bucket of a name, which is part of what digests say.
func New(t testing.TB, row Row, bucket string) *Tree {
	t.Helper()
	tree := &Tree{Bucket: bucket, Objects: map[Location]Object{}, TrailARN: "arn:aws:cloudtrail:" + Region + ":" + Account + ":trail/" + Trail}
	dir := t.TempDir()
	if err := writeLogs(dir); err != nil {
		t.Fatal(err)
	}
	options := trailgen.DigestOptions{
		Key: signingKey(), Bucket: bucket, Trail: Trail, HomeRegion: Region, Start: Start, End: End,
		Withhold: func(key string) bool { return strings.HasSuffix(key, lateSuffix) },
	}
	for _, region := range []string{OtherRegion, Region} {
		options.Accounts, options.Regions = []string{Account}, []string{region}
		if region == Region && row.sign != nil {
			row.sign(tree, &options)
		}
		digests, err := trailgen.Sign(dir, options)
		if err != nil {
			t.Fatal(err)
		}
		tree.Digests = append(tree.Digests, digests...)
		tree.Keys = append(tree.Keys, publicKey(region, signingKey()))
	}
	if err := tree.load(dir); err != nil {
		t.Fatal(err)
	}
	if row.damage != nil {
		row.damage(tree)
	}
	return tree
}

// lateSuffix ends the names of log files that no hour's digest lists, but a backfill digest.
const lateSuffix = "late.json.gz"

// logFile names the nth log file of an hour. Those of two hours have a third one, which was late.
func logFile(region string, hour, n int) trailgen.LogFile {
	unique := fmt.Sprintf("%016d", 10*hour+n)
	if n == lateLog {
		unique = unique[:12] + "late"
	}
	return trailgen.LogFile{Account: Account, Region: region, Delivered: Start.Add(time.Duration(hour)*time.Hour + time.Duration(8+9*n)*time.Minute), Unique: unique}
}

const lateLog = 2

// logs are the log files of an hour.
func logs(hour int) []int {
	switch hour {
	case EmptyHour:
		return nil
	case 2, 6:
		return []int{0, 1, lateLog}
	}
	return []int{0, 1}
}

// writeLogs writes the log files. Each holds a session of ECS, and one of them an event of hours before.
func writeLogs(dir string) error {
	builder := trailgen.NewBuilder(1)
	for _, region := range []string{Region, OtherRegion} {
		in := builder.In(Account, region)
		for hour := range Hours {
			for _, n := range logs(hour) {
				file := logFile(region, hour, n)
				at := file.Delivered.Add(-7 * time.Minute)
				if hour == 4 && n == 1 {
					at = at.Add(-3 * time.Hour)
				}
				events := []trailgen.Object{
					in.AssumeRole(at, trailgen.ServiceCaller(trailgen.ECS), trailgen.InfrastructureRole, "ECSTaskVolumesForEBS"),
					in.AssumeRole(at.Add(time.Minute), trailgen.ServiceCaller("lambda.amazonaws.com"), trailgen.InfrastructureRole, "nightly-cleanup"),
				}
				if err := trailgen.WriteFile(filepath.Join(dir, filepath.FromSlash(file.Key())), trailgen.Form{}, events...); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// load takes up the files of a folder as objects.
func (tree *Tree) load(dir string) error {
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(dir, name)
		tree.Objects[Location{tree.Bucket, filepath.ToSlash(key)}] = Object{Content: content}
		return err
	})
	for _, digest := range tree.Digests {
		at := Location{tree.Bucket, digest.Key}
		tree.Objects[at] = Object{tree.Objects[at].Content, digest.Metadata}
	}
	return err
}

// Locations returns where the objects are, in order.
func (tree *Tree) Locations() []Location {
	return slices.SortedFunc(maps.Keys(tree.Objects), func(a, b Location) int { return strings.Compare(a.URL(), b.URL()) })
}

// Write writes the objects into a folder, as copies of the buckets: each bucket in a folder of its name. Metadata is lost,
// as when a bucket is copied, but for sidecars if they are asked for.
func (tree *Tree) Write(t testing.TB, dir string, sidecars bool) {
	t.Helper()
	write := func(name string, content []byte) {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for at, object := range tree.Objects {
		name := filepath.Join(dir, at.Bucket, filepath.FromSlash(at.Key))
		write(name, object.Content)
		if sidecars && object.Metadata["signature"] != "" {
			write(name+".signature.json", trailgen.Sidecar(object.Metadata))
		}
	}
}

// Upload puts the objects into buckets of a server, which must not be there yet. The trail's own bucket is there also when
// it has no object.
func (tree *Tree) Upload(t testing.TB, server *s3server.Server) {
	t.Helper()
	buckets := map[string]bool{tree.Bucket: true, tree.elsewhere(): true}
	for at := range tree.Objects {
		buckets[at.Bucket] = true
	}
	for bucket := range buckets {
		server.Bucket(t, bucket)
	}
	for at, object := range tree.Objects {
		server.PutGzip(t, at.Bucket, at.Key, object.Content, object.Metadata)
	}
}

// elsewhere is another bucket than the trail's.
func (tree *Tree) elsewhere() string { return tree.Bucket + "-elsewhere" }

// Serve starts a CloudTrail that knows the trail and its keys.
func (tree *Tree) Serve(t testing.TB) *cloudtrail.Service {
	t.Helper()
	return cloudtrail.Start(t, cloudtrail.Account{Keys: tree.Keys, Trails: []cloudtrail.Trail{tree.trail()}})
}

// trail is what CloudTrail tells of the trail.
func (tree *Tree) trail() cloudtrail.Trail {
	return cloudtrail.Trail{
		Name: Trail, TrailARN: tree.TrailARN, HomeRegion: Region, S3BucketName: tree.Bucket,
		IncludeGlobalServiceEvents: true, IsMultiRegionTrail: true, LogFileValidationEnabled: true,
	}
}
