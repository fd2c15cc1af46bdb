package analyzer

import "roletrail/ingest"

// covered is what the log files that were read tell by being there: of which accounts and Regions they are, and on which
// days an account has any. The names of files are believed before the events in them.
type covered struct {
	places map[ingest.Place]bool
	days   map[string]ingest.Days // by account
}

func newCovered() covered {
	return covered{places: map[ingest.Place]bool{}, days: map[string]ingest.Days{}}
}

// addFile takes up a file by its key, and by what was observed of its events.
func (c *covered) addFile(key *ingest.Key, observed map[[2]string]*observation) {
	if key.AccountID != "" {
		c.addAccount(key.AccountID, key)
	}
	for _, o := range observed {
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
	for account, days := range o.days {
		if c.days[account] == nil {
			c.days[account] = ingest.Days{}
		}
		c.days[account].Merge(days)
	}
}
