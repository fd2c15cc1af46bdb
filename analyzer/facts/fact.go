// Package facts keeps what the analysis needs of each relevant event: compact facts, collected by several workers at
// once, sorted, and spilled to a temporary file as sorted runs when they outgrow their memory budget.
package facts

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Fact is what is kept of one relevant event. Its strings must be cloned by who keeps them longer than the fact.
type Fact struct {
	Time    int64  // when it happened, in milliseconds since 1970 in UTC
	Created int64  // when the session of a call was created, in the same unit; only with HasCreated
	Hash    uint64 // xxhash64 of the record's text, to choose among different records of one event
	Index   int    // place of the record in its object
	Kind    Kind
	Flags   Flags

	EventID     EventID
	SharedID    EventID // sharedEventID of an AssumeRole
	Account     string  // whose trail holds it: recipientAccountId or what stands in for it
	Region      string
	Service     string // eventSource
	Action      string // eventName
	ErrorCode   string
	RoleARN     string // the role that was assumed, or that the calling session is of
	SessionName string
	Principal   string // who opened the session, in an AssumeRole
	InvokedBy   string // userIdentity.invokedBy
	SourceIP    string // sourceIPAddress where it is the name of a service, else empty
	Object      string

	// What a fact of a thing, and not of a use, is about, and what else is told of it: texts of the analyzer's own making.
	Subject string
	Detail  string

	// What only evidence needs, and Label, which the analyzer gives when it knows what the fact counts as.
	Resource string // what the event is on
	Raw      string // its text, without credentials
	Label    uint32
}

// Kind says what an event is to the analysis.
type Kind uint8

// The kinds of events. One record may give facts of several.
const (
	Assume    Kind = iota // AssumeRole and its variants
	Call                  // a call made by a role session
	Mark                  // an IAM write by which a role concerns a service of the catalog
	Reference             // an ECS event on something that stands, or that names a role
	Keep                  // a task whose volumes outlive it
	Volume                // an event on an EBS volume
	Trail                 // a change to a trail
	Change                // an IAM write on a role
)

// stage says when the walk meets a kind: things first, then the uses of roles, then changes to roles.
func (k Kind) stage() uint64 {
	switch k {
	case Assume, Call:
		return 1
	case Change:
		return 2
	}
	return 0
}

// Flags are properties of a fact.
type Flags uint16

// The flags of a fact.
const (
	Updated       Flags = 1 << iota // its addendum says that it replaces an earlier record of the event
	ByService                       // userIdentity.type is AWSService
	ByAccount                       // userIdentity.type is AWSAccount: a principal of another account
	FromService                     // it came from an AWS service, by its source address
	HasCreated                      // Created is known
	OutsideWindow                   // it lies outside the report's window
	Filtered                        // it does not pass the report's filters
	OnlyAsked                       // a call that matters only because a --role flag asks for the role
	Further                         // another fact of the same record comes before it, and stands for the record in counts
)

// Shown reports whether the fact lies in the window and passes the filters.
func (f *Fact) Shown() bool { return f.Flags&(OutsideWindow|Filtered) == 0 }

// Opened returns the time that tells the session of an assume or call from others of its name: a session is created
// at the time of the AssumeRole event that opened it. It reports false where that is unknown.
func (f *Fact) Opened() (int64, bool) { return opened(f.Kind, f.Flags, f.Time, f.Created) }

func opened(kind Kind, flags Flags, time, created int64) (int64, bool) {
	if kind == Assume {
		return time, true
	}
	return created, flags&HasCreated != 0
}

// Order is an order to sort facts in. ByEvent and ForWalk begin with hashes, which make comparing cheap and bring together
// what belongs together, each followed by what it is the hash of, for hashes can collide. All are total up to facts that are
// equal in all that matters, so they do not depend on the order of arrival.
type Order uint8

const (
	// ByEvent brings the records of one event together, the one that counts first.
	ByEvent Order = iota
	// ForWalk is the order of the walk: by stage of the kinds. Things and changes come by account, kind, subject and time.
	// Uses bring those of one role together, in them those of one session name, and in them those of one session: first
	// what opened it, then its calls, those from outside AWS services first.
	ForWalk
	// ByTime is the order of time. The facts of one record come together, the one that stands for it in counts first.
	ByTime
	// ByAccountAndTime is the same in each account: those whose IDs are of 12 digits, ascending, and then all others as one.
	ByAccountAndTime
)

// prefix holds the hashes that an order begins with, in ForWalk the stage, and of uses the hash of the role before that of
// the session name, of others that of the account. If
// the prefixes of two facts agree in the bits that Order.first keeps, compare decides before the other bits do.
func (o Order) prefix(f *Fact) uint64 {
	switch o {
	case ByEvent:
		return f.EventID.hash()
	case ByTime:
		return timePrefix(f.Time)
	case ByAccountAndTime:
		return accountPrefix(f.Account)
	}
	if f.Kind.stage() != 1 {
		return thingPrefix(f.Kind, hashString(f.Account))
	}
	return usePrefix(hashString(f.RoleARN), hashString(f.SessionName))
}

func usePrefix(role, session uint64) uint64 { return 1<<62 | role<<34>>2 | session&0xffffffff }

func thingPrefix(k Kind, account uint64) uint64 { return k.stage()<<62 | account<<34>>2 }

func timePrefix(milliseconds int64) uint64 { return uint64(milliseconds) ^ 1<<63 }

// accountPrefix is the number that an account's ID is, and beyond all of them where it is none.
func accountPrefix(id string) (n uint64) {
	if !IsAccountID(id) {
		return math.MaxUint64
	}
	for _, digit := range []byte(id) {
		n = 10*n + uint64(digit-'0')
	}
	return n
}

// IsAccountID reports whether a text is the ID of an AWS account: 12 digits.
func IsAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func hashString(s string) uint64 { return xxhash.Sum64String(s) }

// first returns the hash that comes first in a prefix.
func (o Order) first(prefix uint64) uint64 {
	if o == ForWalk {
		return prefix >> 32
	}
	return prefix
}

// compare orders two facts whose first hashes are equal. What comes after a difference that is likely is not compared: merging
// asks very often.
func (o Order) compare(p uint64, a *Fact, q uint64, b *Fact) int {
	switch {
	case o == ByEvent:
		if c := a.EventID.Compare(b.EventID); c != 0 {
			return c
		}
		if c := strings.Compare(a.Account, b.Account); c != 0 {
			return c
		}
		if c := cmp.Compare(b.Flags&Updated, a.Flags&Updated); c != 0 {
			return c
		}
		if c := cmp.Compare(a.Hash, b.Hash); c != 0 {
			return c
		}
		return compareRecord(a, b)
	case o == ByTime || o == ByAccountAndTime:
		if c := cmp.Compare(a.Time, b.Time); c != 0 {
			return c
		}
		if c := strings.Compare(a.Account, b.Account); c != 0 {
			return c
		}
		if c := a.EventID.Compare(b.EventID); c != 0 {
			return c
		}
		return compareRecord(a, b)
	case a.Kind.stage() != 1:
		if c := strings.Compare(a.Account, b.Account); c != 0 {
			return c
		}
		if c := cmp.Compare(a.Kind, b.Kind); c != 0 {
			return c
		}
		if c := strings.Compare(a.Subject, b.Subject); c != 0 {
			return c
		}
		if c := cmp.Compare(a.Time, b.Time); c != 0 {
			return c
		}
		return cmp.Or(
			a.EventID.Compare(b.EventID),
			strings.Compare(a.Object, b.Object),
			cmp.Compare(a.Index, b.Index),
			strings.Compare(a.Detail, b.Detail),
		)
	}
	if c := strings.Compare(a.RoleARN, b.RoleARN); c != 0 {
		return c
	}
	if c := cmp.Compare(p, q); c != 0 {
		return c
	}
	if c := strings.Compare(a.SessionName, b.SessionName); c != 0 {
		return c
	}
	ta, oka := a.Opened()
	tb, okb := b.Opened()
	if c := compareNumbers(oka, okb, ta, tb, a.Kind, b.Kind, a.Flags, b.Flags, a.Time, b.Time); c != 0 {
		return c
	}
	return cmp.Or(
		a.EventID.Compare(b.EventID),
		strings.Compare(a.Account, b.Account),
		strings.Compare(a.Object, b.Object),
		cmp.Compare(a.Index, b.Index),
	)
}

// compareRecord orders the facts of different records of one event, and of one record.
func compareRecord(a, b *Fact) int {
	return cmp.Or(
		strings.Compare(a.Object, b.Object),
		cmp.Compare(a.Index, b.Index),
		cmp.Compare(a.Flags&Further, b.Flags&Further),
		cmp.Compare(a.Kind, b.Kind),
		strings.Compare(a.Subject, b.Subject),
		strings.Compare(a.Detail, b.Detail),
	)
}

// compareNumbers orders the facts of one session name in ForWalk as far as their numbers tell.
func compareNumbers(hasOpenedA, hasOpenedB bool, openedA, openedB int64, kindA, kindB Kind, flagsA, flagsB Flags, timeA, timeB int64) int {
	if c := compareBool(hasOpenedA, hasOpenedB); c != 0 {
		return c
	}
	if c := cmp.Compare(openedA, openedB); c != 0 {
		return c
	}
	if c := cmp.Compare(kindA, kindB); c != 0 {
		return c
	}
	if c := cmp.Compare(flagsA&FromService, flagsB&FromService); c != 0 {
		return c
	}
	return cmp.Compare(timeA, timeB)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// EventID is the ID of an event. Nearly all are UUIDs in lower case, which are kept in 16 bytes; others are kept as
// strings. The zero EventID is that of an event without one.
type EventID struct {
	uuid [16]byte // all zero if text is used
	text string
}

// ParseEventID returns the ID that s writes.
func ParseEventID[T string | []byte](s T) EventID {
	var id EventID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return EventID{text: string(s)}
	}
	wrong := byte(0)
	for i, at := range hexPlaces {
		high, low := hexDigits[s[at]], hexDigits[s[at+1]]
		wrong |= high | low
		id.uuid[i] = high<<4 | low
	}
	if wrong > 15 || !id.isUUID() {
		return EventID{text: string(s)}
	}
	return id
}

// hexPlaces is where the bytes of a UUID begin in its text.
var hexPlaces = [16]byte{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// hexDigits are the values of the digits in lower case, and more than 15 for any other byte.
var hexDigits = func() (values [256]byte) {
	for c := range values {
		values[c] = 0xff
	}
	for i, c := range []byte("0123456789abcdef") {
		values[c] = byte(i)
	}
	return values
}()

func (id EventID) isUUID() bool { return id.uuid != [16]byte{} }

// Clone returns the ID with a string of its own.
func (id EventID) Clone() EventID {
	id.text = strings.Clone(id.text)
	return id
}

// IsZero reports whether there is no ID.
func (id EventID) IsZero() bool { return id.text == "" && !id.isUUID() }

// String returns the ID as the event writes it.
func (id EventID) String() string {
	if !id.isUUID() {
		return id.text
	}
	u := &id.uuid
	var b [36]byte
	hex.Encode(b[:], u[:4])
	hex.Encode(b[9:], u[4:6])
	hex.Encode(b[14:], u[6:8])
	hex.Encode(b[19:], u[8:10])
	hex.Encode(b[24:], u[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// Compare orders IDs as their strings.
func (id EventID) Compare(other EventID) int {
	if id.isUUID() && other.isUUID() {
		return bytes.Compare(id.uuid[:], other.uuid[:])
	}
	return strings.Compare(id.String(), other.String())
}

func (id EventID) hash() uint64 {
	if id.isUUID() {
		return binary.LittleEndian.Uint64(id.uuid[:]) ^ binary.LittleEndian.Uint64(id.uuid[8:])
	}
	return hashString(id.text)
}
