package digest

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"roletrail/ingest"
)

// chain is the digests of one account, Region and trail, or those of its backfill, while they are judged.
//
// A digest is genuine if its signature is right. The signature lies beside it in S3, or in a sidecar, and once more in the
// next digest, where it is the only one that a plain copy still has. A digest whose own signature cannot be checked is genuine
// too if a genuine one tells its hash: that one's signature covers it.
type chain struct {
	audit   *Audit
	name    digestName
	keys    regionKeys
	entries []*entry // by time
	states  []state
	genuine []bool
	line    []int // the entries that stand for their own times: no duplicates, no copies elsewhere
	index   int32 // of the chain in the result
}

// claim is what a digest tells of the one before it.
type claim struct {
	hash      string // hexadecimal, "" if it is of an unknown algorithm
	signature string
	genuine   bool // so is the digest that tells it,
	believed  bool // or nothing is known against it
}

// judge judges the digests of a chain, nil for none.
func (a *Audit) judge(c *chain) error {
	if c == nil {
		return nil
	}
	c.index = int32(len(a.chains))
	a.chains = append(a.chains, Chain{AccountID: c.name.accountID, Region: c.name.region, Trail: c.name.trail, Backfill: c.name.backfill})
	slices.SortFunc(c.entries, compareEntries)
	c.states, c.genuine = make([]state, len(c.entries)), make([]bool, len(c.entries))
	c.lineUp()
	c.checkAll()
	c.link()
	counts := &a.chains[c.index].Digests
	for i, e := range c.entries {
		a.infos[e.number] = info{from: e.from, until: e.end, chain: c.index, state: c.states[i]}
		if !a.options.Window.overlaps(e.interval()) {
			continue
		}
		switch c.states[i] {
		case valid:
			counts.Valid++
		case invalid:
			counts.Invalid++
		case notChecked:
			counts.NotChecked++
		}
	}
	return nil
}

// compareEntries orders digests by time. Of several that say the same of themselves, one that lies where it belongs comes
// first, and one with a signature before one without.
func compareEntries(a, b *entry) int {
	return cmp.Or(
		cmp.Compare(a.end, b.end), cmp.Compare(a.from, b.from), cmp.Compare(a.own().Key, b.own().Key), cmp.Compare(a.own().Bucket, b.own().Bucket),
		bytes.Compare(a.hash[:], b.hash[:]), compareBool(agrees(a.at, a.own()), agrees(b.at, b.own())),
		compareBool(a.signature.Value != "", b.signature.Value != ""), cmp.Compare(a.name, b.name), cmp.Compare(a.signature.Value, b.signature.Value),
	)
}

// compareBool puts true first.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func (c *chain) inPlace(e *entry) bool { return e.file == nil || c.audit.agrees(e.at, e.own()) }

// lineUp finds the digests that stand for their times.
func (c *chain) lineUp() {
	type identity struct {
		own  Location
		hash [sha256.Size]byte
	}
	seen := map[identity]bool{}
	occupied := map[Location]bool{}
	for i, e := range c.entries {
		if e.file == nil || !c.inPlace(e) {
			continue
		}
		id := identity{e.own(), e.hash}
		if seen[id] { // copies of the same tree
			c.states[i] = duplicate
		}
		seen[id], occupied[e.own()] = true, true
	}
	for i, e := range c.entries {
		e.copied = e.file != nil && !c.inPlace(e) && occupied[e.own()]
		if e.copied || c.states[i] == duplicate {
			continue
		}
		c.line = append(c.line, i)
	}
}

// checkAll judges the digests themselves, the last first, for each may speak for the one before it.
func (c *chain) checkAll() {
	claims := map[Location][]claim{}
	for i, e := range slices.Backward(c.entries) {
		if c.states[i] == duplicate {
			continue
		}
		if e.file == nil {
			c.states[i] = c.unread(e)
			continue
		}
		c.check(i, claims[e.own()])
		previous := e.file.Previous()
		if previous == (Location{}) {
			continue
		}
		told := claim{signature: e.file.PreviousDigestSignature, genuine: c.genuine[i], believed: c.states[i].believed()}
		if algorithm := e.file.PreviousDigestHashAlgorithm; algorithm == HashAlgorithm {
			told.hash = strings.ToLower(e.file.PreviousDigestHashValue)
		} else if c.states[i].believed() {
			c.problem(e, AlgorithmUnknown, Unchecked, fmt.Sprintf("the hash of the digest before is of the algorithm %q", algorithm))
		}
		claims[previous] = append(claims[previous], told)
	}
}

// unread judges a digest that was not read. What S3 did not give away may be whole.
func (c *chain) unread(e *entry) state {
	if !damaged(e.failed) {
		c.problem(e, DigestUnreadable, Unchecked, e.detail)
		return notChecked
	}
	reason := DigestUnreadable
	if e.failed == ingest.FailTrailingBytes {
		reason = TrailingBytes
	}
	c.problem(e, reason, Invalid, e.detail)
	return invalid
}

// damaged reports whether the reason for which an object was not read lies in its bytes.
func damaged(reason string) bool {
	switch reason {
	case ingest.FailEmpty, ingest.FailGzip, ingest.FailTrailingBytes, ingest.FailJSON, ingest.FailRecord, ingest.FailTooLarge:
		return true
	}
	return false
}

// check judges a digest by its signature and by what later ones claim of it.
func (c *chain) check(i int, claims []claim) {
	e := c.entries[i]
	reason, detail := c.verify(e, claims)
	vouched, altered := false, false
	hash := hex.EncodeToString(e.hash[:])
	for _, told := range claims {
		if told.genuine && told.hash != "" {
			vouched = vouched || told.hash == hash
			altered = altered || told.hash != hash
		}
	}
	c.genuine[i] = reason == "" || reason != SignatureInvalid && vouched
	switch {
	case reason == SignatureInvalid:
		c.fault(i, reason, detail)
	case altered && !vouched:
		c.genuine[i] = false
		c.fault(i, DigestAltered, "the next digest tells another hash of it")
	case !c.inPlace(e):
		c.fault(i, DigestMisplaced, fmt.Sprintf("it belongs to s3://%s/%s", e.own().Bucket, e.own().Key))
	case c.genuine[i]:
		c.states[i] = valid
		if reason == "" && e.signature.Value == "" {
			reason, detail = SignatureMissing, "its signature is not beside it, but in the next digest"
		}
		if reason != "" && (reason != SignatureMissing || e.at.Bucket != "") { // a plain copy has lost all signatures
			c.problem(e, reason, Proven, detail)
		}
	default:
		c.states[i] = notChecked
		c.problem(e, reason, Unchecked, detail)
	}
}

func (c *chain) fault(i int, reason Reason, detail string) {
	c.states[i] = invalid
	c.problem(c.entries[i], reason, Invalid, detail)
}

// verify looks for a signature of a digest and verifies it. The reason is "" if it is right.
//
// The signature in a later digest that may be altered itself proves something only if it is right, or if that digest
// disagrees with this one about its hash too.
func (c *chain) verify(e *entry, claims []claim) (Reason, string) {
	for _, algorithm := range []string{e.file.DigestSignatureAlgorithm, e.signature.Algorithm} {
		if algorithm != "" && algorithm != SignatureAlgorithm {
			return AlgorithmUnknown, fmt.Sprintf("its signature is of the algorithm %q", algorithm)
		}
	}
	fingerprint := e.file.DigestPublicKeyFingerprint
	keys := c.keys.keys[fingerprint]
	if len(keys) == 0 {
		if c.keys.err != nil {
			return KeyMissing, c.keys.err.Error()
		}
		return KeyMissing, fmt.Sprintf("there is no public key in %s with the fingerprint %q", c.name.region, fingerprint)
	}
	if e.signature.Value != "" {
		return c.verifyOne(e, keys, e.signature.Value)
	}
	hash := hex.EncodeToString(e.hash[:])
	reason, detail := SignatureMissing, "no signature is there"
	for _, told := range claims {
		found, why := c.verifyOne(e, keys, told.signature)
		if found == "" {
			return "", ""
		}
		if told.genuine || told.believed && told.hash != hash {
			reason, detail = found, why
		}
	}
	return reason, detail
}

func (c *chain) verifyOne(e *entry, keys []*rsa.PublicKey, signature string) (Reason, string) {
	decoded, err := hex.DecodeString(signature)
	if err != nil {
		return SignatureInvalid, "its signature is not hexadecimal"
	}
	for _, key := range keys {
		if e.file.VerifySignature(key, e.own(), e.hash, decoded) == nil {
			return "", ""
		}
	}
	return SignatureInvalid, "its signature is not that of its content, its place and its key"
}

// problem tells of a digest.
func (c *chain) problem(e *entry, reason Reason, grade Grade, detail string) {
	interval := e.interval()
	at := e.own()
	if reason == DigestMisplaced {
		at = e.at
		if found := parseDigestName(e.at.Key); e.copied && !found.end.IsZero() {
			interval = Interval{found.end.Add(-usual), found.end}
		}
	}
	c.tell(Problem{Reason: reason, Grade: grade, Name: e.name, Location: at, Interval: interval, Detail: detail})
}

func (c *chain) tell(p Problem) {
	p.AccountID, p.Region, p.Trail, p.Backfill = c.name.accountID, c.name.region, c.name.trail, c.name.backfill
	c.audit.problems.add(p)
}

// link compares each digest with those before it.
func (c *chain) link() {
	places := map[Location]int{} // the position in line of the digests that claim a place, -1 if one only lies there
	local := map[string][]*entry{}
	for _, e := range c.entries {
		places[e.at] = -1
		if e.at.Bucket == "" {
			local[plainBase(e.at.Key)] = append(local[plainBase(e.at.Key)], e)
		}
	}
	for position, i := range c.line {
		places[c.entries[i].own()] = position
	}
	taken := func(at Location) bool {
		return slices.ContainsFunc(local[plainBase(at.Key)], func(e *entry) bool { return c.audit.agrees(e.at, at) })
	}
	for position, i := range c.line {
		e := c.entries[i]
		if e.file == nil || !c.genuine[i] && !c.states[i].believed() {
			continue
		}
		var before *entry
		if position > 0 {
			before = c.entries[c.line[position-1]]
		}
		previous := e.file.Previous()
		at, known := places[previous]
		switch {
		case previous == (Location{}):
			c.restarted(before, e)
		case !known && !taken(previous):
			c.missing(before, previous, e)
		case known && at >= 0:
			c.unbroken(at, position)
		}
	}
}

func (c *chain) restarted(before, e *entry) {
	if before == nil || c.name.backfill { // each backfill may begin a chain
		return
	}
	pause := Interval{time.Unix(before.end, 0).UTC(), time.Unix(e.from, 0).UTC()}
	if !pause.From.Before(pause.Until) {
		pause = e.interval()
	}
	c.tell(Problem{
		Reason: ChainRestarted, Grade: Unchecked, Name: e.name, Location: e.own(), Interval: pause,
		Detail: "it follows no other digest: logging was stopped, and started again",
	})
}

// missing tells that the digest before e is missing and, where there is time for more, those before that one.
func (c *chain) missing(before *entry, previous Location, e *entry) {
	if c.audit.options.Deliveries.Outside(previous.Key) != "" {
		return
	}
	end := parseDigestName(previous.Key).end
	if end.IsZero() {
		end = time.Unix(e.from, 0).UTC()
	}
	named := Interval{end.Add(-usual), end}
	if !slices.ContainsFunc(c.entries, func(e *entry) bool { return e.own().Bucket == previous.Bucket }) {
		c.tell(Problem{
			Reason: DigestMissing, Grade: Unchecked, Location: previous, Interval: named,
			Detail: "the next digest names it, in a bucket of which no digest was read: the trail delivered there before",
		})
		return
	}
	if before == nil && c.audit.options.Window.overlaps(named) {
		c.audit.chains[c.index].Cut = true
	}
	if before != nil && before.end > named.From.Unix() && before.end < named.Until.Unix() {
		named.From = time.Unix(before.end, 0).UTC()
	}
	c.absent(named, previous, 1, "the next digest names it")
	if before == nil || c.name.backfill {
		return
	}
	gap := Interval{time.Unix(before.end, 0).UTC(), named.From}
	if length := gap.Until.Sub(gap.From); length > time.Minute {
		count := max(int64(length.Round(usual)/usual), 1)
		c.absent(gap, Location{}, count, fmt.Sprintf("no digest is there between two that are; %d are missing if each was of an hour", count))
	}
}

func (c *chain) absent(when Interval, at Location, count int64, detail string) {
	a := c.audit
	a.absent = append(a.absent, absence{c.index, when})
	if a.options.Window.overlaps(when) {
		a.chains[c.index].Digests.Missing += count
	}
	c.tell(Problem{Reason: DigestMissing, Grade: Invalid, Location: at, Interval: when, Detail: detail})
}

// unbroken tells if there are genuine digests between one and that which it names as the one before it.
func (c *chain) unbroken(at, position int) {
	for between := at + 1; between < position; between++ {
		if c.genuine[c.line[between]] {
			e := c.entries[c.line[position]]
			c.tell(Problem{
				Reason: ChainBroken, Grade: Invalid, Name: e.name, Location: e.own(), Interval: e.interval(),
				Detail: fmt.Sprintf("it names as the one before it s3://%s/%s", e.file.PreviousDigestS3Bucket, e.file.PreviousDigestS3Object),
			})
			return
		}
	}
}
