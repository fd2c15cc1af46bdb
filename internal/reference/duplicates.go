package reference

import (
	"cmp"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
)

// withoutDuplicates gives the winners among the events that have one key, and marks the losers. "Key (account,
// eventID); a record without eventID is never a duplicate. Considered over all relevant records, of all sorts, in or
// out of the window, filtered or not. Winner: a record whose addendum.reason is UPDATED_DATA beats one without; then
// the smallest xxhash64 of the raw record bytes; then the smallest object name; then the smallest index in the
// object."
func withoutDuplicates(events []*event) []*event {
	type key struct{ account, id string }
	var winners []*event
	same := map[key][]*event{}
	for _, e := range events {
		if e.id == "" {
			winners = append(winners, e)
			continue
		}
		k := key{e.account, e.id}
		same[k] = append(same[k], e)
	}
	for _, events := range same {
		winner := slices.MinFunc(events, func(a, b *event) int {
			return cmp.Or(-cmp.Compare(a.updated(), b.updated()),
				cmp.Compare(a.hash(), b.hash()), cmp.Compare(a.object, b.object), cmp.Compare(a.index, b.index))
		})
		for _, e := range events {
			e.duplicate = e != winner
			// "Evidence of the winner names the smallest object name among records with the same key and the same raw
			// hash."
			if e.hash() == winner.hash() {
				winner.evidence = min(winner.evidence, e.object)
			}
		}
		winners = append(winners, winner)
	}
	slices.SortFunc(winners, byTime)
	return winners
}

func (e *event) updated() int {
	if e.text("addendum", "reason") == "UPDATED_DATA" {
		return 1
	}
	return 0
}

func (e *event) hash() uint64 { return xxhash.Sum64(e.raw) }

// withoutCallerSides leaves out the records of AssumeRole events between accounts that the role's owner has a record
// of too. "An assume winner with a sharedEventID, whose account is not the role's account, is a caller-side record.
// If another assume winner with the same sharedEventID, role ARN, session name and time has the role's account
// (owner-side), the caller-side record counts nowhere, but if the owner-side record's userIdentity.type is
// AWSAccount, the owner-side record's principal becomes that of the (smallest by eventID) caller-side record.
// Otherwise the caller-side record counts by itself."
func withoutCallerSides(winners []*event) []*event {
	type key struct {
		shared, role, session string
		time                  time.Time
	}
	keyOf := func(e *event) key { return key{e.text("sharedEventID"), e.role, e.session, e.time} }
	callers, owners := map[key][]*event{}, map[key][]*event{}
	for _, e := range winners {
		if e.kind != assume || keyOf(e).shared == "" {
			continue
		}
		if e.account == roleAccount(e.role) {
			owners[keyOf(e)] = append(owners[keyOf(e)], e)
		} else {
			callers[keyOf(e)] = append(callers[keyOf(e)], e)
		}
	}
	outside := map[*event]bool{}
	for k, callers := range callers {
		if len(owners[k]) == 0 {
			continue
		}
		smallest := slices.MinFunc(callers, func(a, b *event) int {
			return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.principal, b.principal))
		})
		for _, owner := range owners[k] {
			if owner.text("userIdentity", "type") == "AWSAccount" {
				owner.principal = smallest.principal
			}
		}
		for _, caller := range callers {
			outside[caller] = true
		}
	}
	return slices.DeleteFunc(winners, func(e *event) bool { return outside[e] })
}

// byTime orders events "by (time, event ID, object)".
func byTime(a, b *event) int {
	return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.id, b.id), cmp.Compare(a.evidence, b.evidence))
}
