package tamper

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"roletrail/internal/cloudtrail"
	"roletrail/internal/trailgen"
)

// damage is what is done to a tree that is whole.
type damage func(*Tree)

// signing changes how the digests are signed: what is wrong then bears a right signature.
type signing func(*Tree, *trailgen.DigestOptions)

// all does several damages, one after the other.
func all(damages ...damage) damage {
	return func(tree *Tree) {
		for _, d := range damages {
			d(tree)
		}
	}
}

func remove(files ...File) damage {
	return func(tree *Tree) {
		for _, f := range files {
			tree.mustHold(f)
			delete(tree.Objects, tree.At(f))
		}
	}
}

// move renames an object, with its metadata.
func move(f File, to renaming) damage {
	return func(tree *Tree) {
		tree.mustHold(f)
		tree.Objects[tree.At(f.to(to))] = tree.Objects[tree.At(f)]
		delete(tree.Objects, tree.At(f))
	}
}

// put puts a copy of an object at the place of another one, or where none was.
func put(f, at File) damage {
	return func(tree *Tree) {
		tree.mustHold(f)
		tree.Objects[tree.At(at)] = tree.Objects[tree.At(f)]
	}
}

// bytesOf changes the bytes of an object. The change gets a copy.
func bytesOf(f File, change func([]byte) []byte) damage {
	return func(tree *Tree) {
		tree.mustHold(f)
		at := tree.At(f)
		object := tree.Objects[at]
		object.Content = change(slices.Clone(object.Content))
		tree.Objects[at] = object
	}
}

// textOf changes the text of an object and packs it again.
func textOf(f File, change func(string) string) damage {
	return bytesOf(f, func(packed []byte) []byte {
		reader, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			panic(err) // the tree was whole
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			panic(err)
		}
		changed := change(string(text))
		if changed == string(text) {
			panic("tamper: the text was not changed")
		}
		return gzipped(changed)
	})
}

// metadataOf changes one value of the metadata of an object, or removes it.
func metadataOf(f File, name string, change func(string) string) damage {
	return func(tree *Tree) {
		tree.mustHold(f)
		at := tree.At(f)
		object := tree.Objects[at]
		object.Metadata = maps.Clone(object.Metadata)
		if value := change(object.Metadata[name]); value != "" {
			object.Metadata[name] = value
		} else {
			delete(object.Metadata, name)
		}
		tree.Objects[at] = object
	}
}

func (tree *Tree) mustHold(f File) {
	if _, found := tree.Objects[tree.At(f)]; !found {
		panic("tamper: " + tree.At(f).URL() + ": not there to be damaged")
	}
}

// keysOf changes the public keys that CloudTrail tells of in the damaged Region, or removes them.
func keysOf(change func(*cloudtrail.PublicKey) (keep bool)) damage {
	return func(tree *Tree) {
		tree.Keys = slices.DeleteFunc(tree.Keys, func(key cloudtrail.PublicKey) bool { return key.Region == Region })
		key := publicKey(Region, signingKey())
		if change(&key) {
			tree.Keys = append(tree.Keys, key)
		}
	}
}

func anotherKey(key *cloudtrail.PublicKey) bool {
	key.Value = x509.MarshalPKCS1PublicKey(&otherKey().PublicKey)
	return true
}

func noKey(*cloudtrail.PublicKey) bool { return false }

// Changes of bytes.
func flipBit(content []byte) []byte      { content[len(content)/2] ^= 1; return content }
func half(content []byte) []byte         { return content[:len(content)/2] }
func cutTrailer(content []byte) []byte   { return content[:len(content)-4] }
func nothing([]byte) []byte              { return nil }
func secondMember(content []byte) []byte { return append(content, gzipped(`{"Records":[]}`)...) }
func garbage(content []byte) []byte      { return append(content, "garbage"...) }

func gzipped(text string) []byte {
	packed, err := trailgen.Form{}.Pack([]byte(text))
	if err != nil {
		panic(err)
	}
	return packed
}

// Changes of texts and metadata.
func replace(before, after string) func(string) string {
	return func(text string) string { return strings.Replace(text, before, after, 1) }
}

// hideFirst takes the first log file out of a digest.
func hideFirst(text string) string {
	parsed, err := trailgen.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	digest := parsed.(trailgen.Object)
	return string(digest.With("logFiles", digest.Get("logFiles").(trailgen.List)[1:]).JSON())
}

// nextHex changes a hexadecimal text in one digit.
func nextHex(text string) string {
	digit := byte('0')
	if text[0] == '0' {
		digit = '1'
	}
	return string(digit) + text[1:]
}

func gone(string) string { return "" }

func become(text string) func(string) string { return func(string) string { return text } }

// bend changes the digest of an hour before it is signed.
func bend(hour int, change func(*Tree, trailgen.Object) trailgen.Object) signing {
	return func(tree *Tree, options *trailgen.DigestOptions) {
		options.Bend = func(digest trailgen.Digest, text trailgen.Object) trailgen.Object {
			if digest.Key == tree.At(D(hour)).Key {
				return change(tree, text)
			}
			return text
		}
	}
}

func set(path string, value any) func(*Tree, trailgen.Object) trailgen.Object {
	return func(_ *Tree, text trailgen.Object) trailgen.Object { return text.With(path, value) }
}

// fromElsewhere has the first log file listed in another bucket than the one where it lies.
func fromElsewhere(tree *Tree, text trailgen.Object) trailgen.Object {
	return text.With("logFiles.0.s3Bucket", tree.elsewhere())
}

// skip has the digest of an hour name as the previous one that before its previous one.
func skip(hour int) signing {
	return func(tree *Tree, options *trailgen.DigestOptions) {
		var earlier trailgen.Object
		options.Bend = func(digest trailgen.Digest, text trailgen.Object) trailgen.Object {
			switch digest.Key {
			case tree.At(D(hour - 1)).Key:
				earlier = text
			case tree.At(D(hour)).Key:
				for _, name := range []string{"S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"} {
					text = text.With("previousDigest"+name, earlier.Get("previousDigest"+name))
				}
			}
			return text
		}
	}
}

// paused leaves an hour without logging.
func paused(hour int) signing {
	return func(_ *Tree, options *trailgen.DigestOptions) {
		stopped := Start.Add(time.Duration(hour) * time.Hour)
		options.Pauses = []trailgen.Pause{{Stopped: stopped, Started: stopped.Add(time.Hour)}}
	}
}
