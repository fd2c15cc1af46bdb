package reference

import (
	"cmp"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
)

// withoutDuplicates gives the events of the winners among the records that have one key, and marks the losers. "Key
// (account, eventID); a record without eventID is never a duplicate. Considered over all relevant records, of all sorts,
// in or out of the window, filtered or not. Winner: a record whose addendum.reason is UPDATED_DATA beats one without;
// then the smallest xxhash64 of the raw record bytes; then the smallest object name; then the smallest index in the
// object."
func withoutDuplicates(records []*record) []*event {
	type key struct{ account, id string }
	var winners []*event
	same := map[key][]*record{}
	for _, r := range records {
		id := r.text("eventID")
		switch {
		case len(r.events) == 0:
		case id == "":
			winners = append(winners, r.events...)
		default:
			same[key{r.account, id}] = append(same[key{r.account, id}], r)
		}
	}
	for _, records := range same {
		winner := slices.MinFunc(records, func(a, b *record) int {
			return cmp.Or(-cmp.Compare(a.updated(), b.updated()),
				cmp.Compare(a.hash(), b.hash()), cmp.Compare(a.object, b.object), cmp.Compare(a.index, b.index))
		})
		for _, r := range records {
			r.duplicate = r != winner
			// "Evidence of the winner names the smallest object name among records with the same key and the same raw
			// hash."
			if r.hash() == winner.hash() {
				winner.evidence = min(winner.evidence, r.object)
			}
		}
		winners = append(winners, winner.events...)
	}
	slices.SortFunc(winners, byTime)
	return winners
}

func (r *record) updated() int {
	if r.text("addendum", "reason") == "UPDATED_DATA" {
		return 1
	}
	return 0
}

func (r *record) hash() uint64 { return xxhash.Sum64(r.raw) }

// withoutCallerSides leaves out the records of AssumeRole events between accounts that the role's owner has a record
// of too. "An assume winner with a sharedEventID, whose account is not the role's account, is a caller-side record.
// If another assume winner with the same sharedEventID, role ARN, session name and time has the role's account
// (owner-side), the caller-side record counts nowhere, but if the owner-side record's userIdentity.type is
// AWSAccount, the owner-side record's principal becomes that of the (smallest by eventID) caller-side record.
// Otherwise the caller-side record counts by itself." What else a caller-side record tells of counts as ever.
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

// byTime orders events "by (time, event ID, object, index)".
func byTime(a, b *event) int { return cmp.Or(a.time.Compare(b.time), byID(a, b)) }

// byID orders events of one time.
func byID(a, b *event) int {
	return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.evidence, b.evidence), cmp.Compare(a.index, b.index), cmp.Compare(a.kind, b.kind))
}
