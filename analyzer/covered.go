package analyzer

import (
	"maps"
	"time"

	"roletrail/ingest"
)

// covered is what the log files that were read tell by being there: of which accounts and Regions they are, and on which
// days an account has any. The names of files are believed before the events in them.
type covered struct {
	places map[ingest.Place]bool
	days   map[string]ingest.Days // by account
	// astray are the accounts of which an event is where CloudTrail does not put it: in a file of another account, or in one
	// that its name says was delivered before; or where digests of the window do not tell of it, for it was delivered after them.
	astray map[string]bool
}

func newCovered() covered {
	return covered{places: map[ingest.Place]bool{}, days: map[string]ingest.Days{}, astray: map[string]bool{}}
}

// addFile takes up a file by its key, and by what was observed of its events. Until is the end of the window, or zero.
func (c *covered) addFile(key *ingest.Key, observed map[[2]string]*observation, until time.Time) {
	after := !until.IsZero() && !key.Delivered.Before(until.Add(delivery))
	if key.AccountID != "" {
		c.addAccount(key.AccountID, key)
	}
	for _, o := range observed {
		early := !key.Delivered.IsZero() && o.last >= key.Delivered.Add(beforeDelivery).UnixMilli()
		late := after && o.first < until.UnixMilli()
		if early || late || key.AccountID != "" && o.accountID != key.AccountID {
			c.astray[o.accountID] = true
		}
		if key.AccountID != "" && o.accountID != key.AccountID || o.accountID == "" {
			continue // an event of another account in a file of a known one does not tell of that account's files
		}
		c.addAccount(o.accountID, key)
		if key.Region == "" && o.region != "" {
			c.places[ingest.Place{AccountID: o.accountID, Region: o.region}] = true
		}
		if key.Delivered.IsZero() {
			c.days[o.accountID].Merge(o.days)
		}
	}
}

// beforeDelivery is how long after the time in its name the events of a log file must be to show that the name is wrong: of
// some copies only the day is known, and clocks differ.
const beforeDelivery = 25 * time.Hour

func (c *covered) addAccount(account string, key *ingest.Key) {
	days := c.days[account]
	if days == nil {
		days = ingest.Days{}
		c.days[account] = days
	}
	if !key.Delivered.IsZero() {
		days.Add(ingest.DayOf(key.Delivered))
	}
	if key.Region != "" {
		c.places[ingest.Place{AccountID: account, Region: key.Region}] = true
	}
}

func (c *covered) merge(o *covered) {
	for place := range o.places {
		c.places[place] = true
	}
	maps.Copy(c.astray, o.astray)
	for account, days := range o.days {
		if c.days[account] == nil {
			c.days[account] = ingest.Days{}
		}
		c.days[account].Merge(days)
	}
}
