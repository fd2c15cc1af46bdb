package tamper

import (
	"strings"
	"time"

	"roletrail/internal/awscli"
)

// Reason is the name of a fault, as in the results of package ingest/digest.
type Reason string

// Reasons.
const (
	SignatureInvalid Reason = "signatureInvalid"
	SignatureMissing Reason = "signatureMissing"
	KeyMissing       Reason = "keyMissing"
	AlgorithmUnknown Reason = "algorithmUnknown"
	DigestUnreadable Reason = "digestUnreadable"
	DigestMisplaced  Reason = "digestMisplaced"
	DigestMissing    Reason = "digestMissing"
	DigestAltered    Reason = "digestAltered"
	ChainRestarted   Reason = "chainRestarted"
	ChainBroken      Reason = "chainBroken"
	LogFileAltered   Reason = "logFileAltered"
	LogFileMissing   Reason = "logFileMissing"
	LogFileMoved     Reason = "logFileMoved"
	LogFileExtra     Reason = "logFileExtra"
	LogFileUnread    Reason = "logFileUnread"
	TrailingBytes    Reason = "trailingBytes"
)

// Row is one kind of damage and what must be said of it. Reading is of the bucket of the trail alone.
type Row struct {
	Name string

	damage damage
	sign   signing

	want finds // must be said
	may  finds // may be said besides, since it is true too. Nothing else may be

	// InMetadata is set where the damage is in the metadata of objects: a copy without it can't show the damage.
	InMetadata bool

	// Of the AWS CLI: what it says of files other than "valid", files it says nothing of besides the log files of digests that
	// it finds invalid, the hour in which it says that nothing was delivered, and why it sees less than is there.
	says    says
	silent  []File
	gap     int    // the hour, 0 for none
	saysNow says   // in releases since May 2026, if they differ
	Blind   string // "" if it sees all that is wrong

	// CLIFails is set where the AWS CLI ends by an error that is no verdict.
	CLIFails bool
}

// find is one fault. The location is that of the file, or for what is missing or moved, the one where it is expected.
type find struct {
	reason Reason
	file   File
	hour   int // if it is not the file's
}

type finds []find

type says map[File]awscli.Verdict

// Rows is the matrix. Its first row is the tree without damage.
var Rows = []Row{
	{Name: "untouched"},

	{Name: "log: bit flipped", damage: bytesOf(L(3, 0), flipBit), want: finds{{LogFileUnread, L(3, 0), 0}}, says: says{L(3, 0): awscli.InvalidFormat}},
	{Name: "log: content changed", damage: textOf(L(3, 1), replace("nightly", "knightly")), want: finds{{LogFileAltered, L(3, 1), 0}}, says: says{L(3, 1): awscli.HashDiffers}},
	{Name: "log: replaced by another", damage: put(L(4, 0), L(4, 1)), want: finds{{LogFileAltered, L(4, 1), 0}}, says: says{L(4, 1): awscli.HashDiffers}},
	{Name: "log: cut in half", damage: bytesOf(L(0, 0), half), want: finds{{LogFileUnread, L(0, 0), 0}}, says: says{L(0, 0): awscli.HashDiffers}},
	{Name: "log: cut to nothing", damage: bytesOf(L(7, 1), nothing), want: finds{{LogFileUnread, L(7, 1), 0}}, says: says{L(7, 1): awscli.HashDiffers}},
	{Name: "log: end of the gzip trailer cut off", damage: bytesOf(L(7, 1), cutTrailer), want: finds{{LogFileUnread, L(7, 1), 0}}, Blind: "does not miss the trailer"},
	{Name: "log: second gzip member", damage: bytesOf(L(6, 0), secondMember), want: finds{{TrailingBytes, L(6, 0), 0}}, saysNow: says{L(6, 0): awscli.TrailingData}, Blind: "inflated the first member alone until May 2026"},
	{Name: "log: bytes behind the gzip member", damage: bytesOf(L(6, 0), garbage), want: finds{{TrailingBytes, L(6, 0), 0}}, saysNow: says{L(6, 0): awscli.TrailingData}, Blind: "inflated the first member alone until May 2026"},
	{Name: "log: removed", damage: remove(L(1, 1)), want: finds{{LogFileMissing, L(1, 1), 0}}, says: says{L(1, 1): awscli.NotFound}},
	{Name: "log: all of an hour removed", damage: remove(L(1, 0), L(1, 1)), want: finds{{LogFileMissing, L(1, 0), 0}, {LogFileMissing, L(1, 1), 0}}, says: says{L(1, 0): awscli.NotFound, L(1, 1): awscli.NotFound}},
	{Name: "log: added", damage: put(L(4, 0), added(4)), want: finds{{LogFileExtra, added(4), 0}}, Blind: "looks at what digests list"},
	{Name: "log: added in an empty hour", damage: put(L(4, 0), added(EmptyHour)), want: finds{{LogFileExtra, added(EmptyHour), 0}}, Blind: "looks at what digests list"},
	{Name: "log: renamed", damage: move(L(3, 1), otherName), want: finds{{LogFileMoved, L(3, 1), 0}}, says: says{L(3, 1): awscli.NotFound}},
	{Name: "log: renamed and changed", damage: all(textOf(L(3, 1), replace("nightly", "knightly")), move(L(3, 1), otherName)),
		want: finds{{LogFileMissing, L(3, 1), 0}, {LogFileExtra, L(3, 1).to(otherName), 0}}, says: says{L(3, 1): awscli.NotFound},
		Blind: "looks at what digests list"},
	{Name: "log: moved to another day", damage: move(L(3, 1), otherDay), want: finds{{LogFileMoved, L(3, 1), 0}}, says: says{L(3, 1): awscli.NotFound}},
	{Name: "log: moved to another bucket", damage: move(L(3, 1), otherBucket), want: finds{{LogFileMissing, L(3, 1), 0}}, says: says{L(3, 1): awscli.NotFound}},
	{Name: "log: moved from another bucket", sign: bend(3, fromElsewhere), want: finds{{LogFileMoved, L(3, 0).to(otherBucket), 0}},
		says: says{L(3, 0).to(otherBucket): awscli.NotFound}, silent: []File{L(3, 0)}},
	{Name: "log: late one changed", damage: textOf(L(2, lateLog), replace("nightly", "knightly")), want: finds{{LogFileAltered, L(2, lateLog), 0}}, says: says{L(2, lateLog): awscli.HashDiffers}},
	{Name: "log: late one removed", damage: remove(L(6, lateLog)), want: finds{{LogFileMissing, L(6, lateLog), 0}}, says: says{L(6, lateLog): awscli.NotFound}},
	{Name: "log: hash algorithm unknown", sign: bend(3, set("logFiles.0.hashAlgorithm", "SHA-512")), want: finds{{AlgorithmUnknown, L(3, 0), 0}}, may: finds{{AlgorithmUnknown, D(3), 0}}, Blind: "takes every hash for SHA-256"},

	{Name: "digest: bit flipped", damage: bytesOf(D(3), flipBit), want: finds{{DigestUnreadable, D(3), 0}}, says: says{D(3): awscli.InvalidFormat}},
	{Name: "digest: content changed", damage: textOf(D(3), replace(`"awsAccountId":"1`, `"awsAccountId":"2`)), want: finds{{SignatureInvalid, D(3), 0}}, may: finds{{DigestAltered, D(3), 0}}, says: says{D(3): awscli.SignatureFailed}},
	{Name: "digest: first one changed", damage: textOf(D(0), replace("SHA-256", "SHA-257")), want: finds{{SignatureInvalid, D(0), 0}}, may: finds{{DigestAltered, D(0), 0}}, says: says{D(0): awscli.SignatureFailed}},
	{Name: "digest: last one changed", damage: textOf(D(7), replace("SHA-256", "SHA-257")), want: finds{{SignatureInvalid, D(7), 0}}, says: says{D(7): awscli.SignatureFailed}},
	{Name: "digest: a log taken out of it, and out of the bucket", damage: all(textOf(D(3), hideFirst), remove(L(3, 0))), want: finds{{SignatureInvalid, D(3), 0}}, may: finds{{DigestAltered, D(3), 0}}, says: says{D(3): awscli.SignatureFailed}},
	{Name: "digest: signature of the previous one changed", damage: textOf(D(4), replace(`"previousDigestSignature":"`, `"previousDigestSignature":"0`)), want: finds{{SignatureInvalid, D(4), 0}}, may: finds{{DigestAltered, D(4), 0}}, says: says{D(4): awscli.SignatureFailed}},
	{Name: "digest: cut in half", damage: bytesOf(D(3), half), want: finds{{DigestUnreadable, D(3), 0}}, says: says{D(3): awscli.InvalidFormat}},
	{Name: "digest: no JSON", damage: bytesOf(D(3), func([]byte) []byte { return gzipped("none") }), want: finds{{DigestUnreadable, D(3), 0}}, may: finds{{DigestAltered, D(3), 0}}, says: says{D(3): awscli.InvalidFormat}},
	{Name: "digest: second gzip member", damage: bytesOf(D(3), secondMember), want: finds{{TrailingBytes, D(3), 0}}, Blind: "inflates the first member"},
	{Name: "digest: bytes behind the gzip member", damage: bytesOf(D(3), garbage), want: finds{{TrailingBytes, D(3), 0}}, Blind: "inflates the first member"},
	{Name: "digest: first one removed", damage: remove(D(0)), want: finds{{DigestMissing, D(0), 0}}, may: uncovered(0), says: says{D(0): awscli.NotFound}},
	{Name: "digest: one in the middle removed", damage: remove(D(3)), want: finds{{DigestMissing, D(3), 0}}, may: uncovered(3), says: says{D(3): awscli.NotFound}},
	{Name: "digest: an empty one removed", damage: remove(D(EmptyHour)), want: finds{{DigestMissing, D(EmptyHour), 0}}, says: says{D(EmptyHour): awscli.NotFound}},
	{Name: "digest: last one removed", damage: remove(D(7)), may: uncovered(7), silent: []File{D(7), L(7, 0), L(7, 1)}, Blind: "begins with the last one that is there"},
	{Name: "digest: two in a row removed", damage: remove(D(3), D(4)), want: finds{{DigestMissing, D(3).to(unnamedByAny), 0}, {DigestMissing, D(4), 0}}, may: uncovered(3, 4),
		says: says{D(4): awscli.NotFound}, silent: []File{D(3), L(3, 0), L(3, 1)}, Blind: "goes on with the last one that is there"},
	{Name: "digest: removed with its logs", damage: remove(D(3), L(3, 0), L(3, 1)), want: finds{{DigestMissing, D(3), 0}}, says: says{D(3): awscli.NotFound}},
	{Name: "digest: renamed", damage: move(D(3), otherName), want: finds{{DigestMisplaced, D(3).to(otherName), 0}}, may: append(uncovered(3), find{DigestMissing, D(3), 0}),
		says: says{D(3): awscli.NotFound, D(3).to(otherName): awscli.Moved}},
	{Name: "digest: replaced by an earlier one", damage: put(D(2), D(3)), want: finds{{DigestMisplaced, D(3), 0}}, may: append(uncovered(3), find{DigestMissing, D(3), 0}, find{DigestAltered, D(3), 0}),
		says: says{D(3): awscli.Moved}},
	{Name: "digest: of backfill, bit flipped", damage: bytesOf(B(2), flipBit), want: finds{{DigestUnreadable, B(2), 0}}, says: says{B(2): awscli.InvalidFormat}},
	{Name: "digest: of backfill, changed", damage: textOf(B(6), replace("SHA-256", "SHA-257")), want: finds{{SignatureInvalid, B(6), 0}}, says: says{B(6): awscli.SignatureFailed}},
	{Name: "digest: of backfill, removed", damage: remove(B(2)), want: finds{{DigestMissing, B(2), 0}}, may: finds{{LogFileExtra, L(2, lateLog), 0}}, says: says{B(2): awscli.NotFound}},

	{Name: "signature: bit flipped", damage: metadataOf(D(3), "signature", nextHex), InMetadata: true, want: finds{{SignatureInvalid, D(3), 0}}, says: says{D(3): awscli.SignatureFailed}},
	{Name: "signature: no hexadecimal", damage: metadataOf(D(3), "signature", become("none")), InMetadata: true, want: finds{{SignatureInvalid, D(3), 0}}, says: says{D(3): "Non-hexadecimal digit found"}},
	{Name: "signature: of another digest", damage: func(tree *Tree) {
		metadataOf(D(3), "signature", become(tree.Objects[tree.At(D(2))].Metadata["signature"]))(tree)
	}, InMetadata: true, want: finds{{SignatureInvalid, D(3), 0}}, says: says{D(3): awscli.SignatureFailed}},
	{Name: "signature: not in the metadata", damage: metadataOf(D(3), "signature", gone), InMetadata: true, want: finds{{SignatureMissing, D(3), 0}}, says: says{D(3): awscli.SignatureFailed}},
	{Name: "signature: last one not in the metadata", damage: metadataOf(D(7), "signature", gone), InMetadata: true, want: finds{{SignatureMissing, D(7), 0}}, says: says{D(7): awscli.SignatureFailed}},
	{Name: "signature: algorithm unknown in the metadata", damage: metadataOf(D(3), "signature-algorithm", become("SHA512withRSA")), InMetadata: true, want: finds{{AlgorithmUnknown, D(3), 0}}, Blind: "takes every signature for SHA256withRSA"},
	{Name: "signature: algorithm unknown in the digest", sign: bend(3, set("digestSignatureAlgorithm", "SHA512withRSA")), want: finds{{AlgorithmUnknown, D(3), 0}}, Blind: "takes every signature for SHA256withRSA"},

	{Name: "key: another one under its fingerprint", damage: keysOf(anotherKey), want: each(SignatureInvalid, Digests()), says: allSay(awscli.SignatureFailed, Digests())},
	{Name: "key: one digest with an unknown fingerprint", sign: bend(3, set("digestPublicKeyFingerprint", strings.Repeat("f", 32))), want: finds{{KeyMissing, D(3), 0}}, says: says{D(3): awscli.PublicKeyNotFound}},
	{Name: "key: none", damage: keysOf(noKey), want: each(KeyMissing, Digests()), CLIFails: true, Blind: "ends, since there are no keys at all"},

	{Name: "chain: restarted after an hour without logging", sign: paused(3), want: finds{{ChainRestarted, D(4), 3}}, may: uncovered(3), gap: 3},
	{Name: "chain: a digest is passed over", sign: skip(4), want: finds{{ChainBroken, D(4), 0}}, silent: []File{D(3), L(3, 0), L(3, 1)}, Blind: "goes where the next one leads"},
	{Name: "chain: hash of the previous one differs", sign: bend(4, set("previousDigestHashValue", strings.Repeat("0", 64))), want: finds{{DigestAltered, D(3), 0}}, Blind: "does not compare it"},
	{Name: "chain: hash algorithm unknown", sign: bend(4, set("previousDigestHashAlgorithm", "SHA-512")), want: finds{{AlgorithmUnknown, D(4), 0}}, Blind: "takes every hash for SHA-256"},
}

// uncovered is what may be said of the log files of hours whose digest is not there: no digest lists them.
func uncovered(hours ...int) (may finds) {
	for _, hour := range hours {
		for _, f := range listed(D(hour)) {
			may = append(may, find{LogFileExtra, f, 0})
		}
	}
	return may
}

func each(reason Reason, files []File) (all finds) {
	for _, f := range files {
		all = append(all, find{reason, f, 0})
	}
	return all
}

func allSay(verdict awscli.Verdict, files []File) says {
	all := says{}
	for _, f := range files {
		all[f] = verdict
	}
	return all
}

// Problem is a fault of a tree, with the time of the digest that it is about.
type Problem struct {
	Reason      Reason
	At          Location // zero if nothing in the tree tells it
	From, Until time.Time
}

// Problems returns what must be said of a row's tree, and what may be said besides.
func (row Row) Problems(tree *Tree) (must, may []Problem) {
	resolve := func(all finds) (problems []Problem) {
		for _, f := range all {
			from, until := f.file.span()
			if f.hour > 0 {
				from, until = L(f.hour, 0).span()
			}
			problems = append(problems, Problem{f.reason, tree.At(f.file), from, until})
		}
		return problems
	}
	return resolve(row.want), resolve(row.may)
}
