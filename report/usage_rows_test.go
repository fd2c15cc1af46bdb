package report

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roletrail/analyzer"
)

// daysUsage is typicalUsage with days by Region, to which the numbers of the roles and features are made to add up.
func daysUsage() *analyzer.Usage {
	u := typicalUsage()
	for i := range u.Roles {
		role := &u.Roles[i]
		role.Assumed, role.Denied, role.Calls, role.FailedCalls = 0, 0, 0, 0
		// The uses of no feature are in Regions too, one of which has no name.
		role.RegionDays = regionDays(i+1, "", "us-east-1")
		add := func(days []analyzer.RegionDay) (assumed, denied, calls, failed int64) {
			for _, d := range days {
				assumed, denied, calls, failed = assumed+d.Assumed, denied+d.Denied, calls+d.Calls, failed+d.FailedCalls
			}
			role.Assumed, role.Denied, role.Calls, role.FailedCalls = role.Assumed+assumed, role.Denied+denied, role.Calls+calls, role.FailedCalls+failed
			return assumed, denied, calls, failed
		}
		add(role.RegionDays)
		for j := range role.Features {
			f := &role.Features[j]
			if f.Assumed > 0 {
				f.RegionDays = regionDays(i+j, "eu-west-1", "us-east-1")
			}
			f.Assumed, f.Denied, f.Calls, f.FailedCalls = add(f.RegionDays)
		}
	}
	return u
}

// regionDays are three days in each Region, with numbers that differ by seed.
func regionDays(seed int, regions ...string) (days []analyzer.RegionDay) {
	for r, region := range regions {
		for n := range 3 {
			day := dayOf(fixtureFirst).AddDate(0, 0, 20*n+seed)
			d := analyzer.RegionDay{
				Region: region, Day: day, Assumed: int64(10*seed + n), Calls: int64(100*seed + 7*n + r), FailedCalls: int64(n),
				FirstSeen: day.Add(time.Duration(seed) * time.Hour), LastSeen: day.Add(23*time.Hour + 59*time.Minute + 58*time.Second + 250*time.Millisecond),
			}
			if n == 2 { // of unknown times
				d = analyzer.RegionDay{Region: region, Day: day, Denied: int64(seed + 1)}
			}
			days = append(days, d)
		}
	}
	return days
}

// hostileDays is daysUsage in whose every string, and in every role, s stands.
func hostileDays(s string) *analyzer.Usage {
	u := daysUsage()
	for i := range u.Roles {
		role := &u.Roles[i]
		role.ARN, role.Name, role.Kind, role.AccountID = s, s, s, s
		for j := range role.RegionDays {
			role.RegionDays[j].Region = s
		}
		for j := range role.Features {
			role.Features[j].ID, role.Features[j].Title = s, s
		}
	}
	return u
}

// anyDays draws days of uses, which need not add up to anything.
func anyDays(t *rapid.T) *analyzer.Usage {
	days := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) analyzer.RegionDay {
		return analyzer.RegionDay{
			Region: anyString.Draw(t, "region"), Day: dayOf(anyTime.Draw(t, "day")),
			Assumed: anyCount.Draw(t, "assumed"), Denied: anyCount.Draw(t, "denied"), Calls: anyCount.Draw(t, "calls"), FailedCalls: anyCount.Draw(t, "failed"),
			FirstSeen: anyTime.Draw(t, "first"), LastSeen: anyTime.Draw(t, "last"),
		}
	}), 0, 4)
	u := emptyUsage()
	for range rapid.IntRange(0, 3).Draw(t, "roles") {
		role := analyzer.Role{
			ARN: anyString.Draw(t, "arn"), Name: anyString.Draw(t, "name"), AccountID: anyString.Draw(t, "account"), Kind: anyKind.Draw(t, "kind"),
			RegionDays: days.Draw(t, "of no feature"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "features") {
			role.Features = append(role.Features, analyzer.FeatureUsage{
				ID: anyString.Draw(t, "id"), Title: anyString.Draw(t, "title"), RegionDays: days.Draw(t, "of the feature"),
			})
		}
		u.Roles = append(u.Roles, role)
	}
	return u
}

func TestUsageRowsOrder(t *testing.T) {
	day := dayOf(fixtureFirst)
	u := emptyUsage()
	u.Roles = []analyzer.Role{
		{ARN: "a", Features: []analyzer.FeatureUsage{{ID: "z", RegionDays: []analyzer.RegionDay{{Region: "r2", Day: day}, {Region: "r1", Day: day}}}, {ID: "none"}, {ID: "b", RegionDays: []analyzer.RegionDay{{Region: "r1", Day: day}}}}},
		{ARN: "b", RegionDays: []analyzer.RegionDay{{Region: "r", Day: day}}, Features: []analyzer.FeatureUsage{{ID: "f", RegionDays: []analyzer.RegionDay{{Region: "", Day: day}}}}},
	}
	var got []string
	for r := range usageRows(u) {
		got = append(got, r.role.ARN+"/"+r.feature+"/"+r.use.Region)
	}
	want := []string{"a/z/r2", "a/z/r1", "a/b/r1", "b//r", "b/f/"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for range usageRows(u) { // ends when told to
		break
	}
}

func TestUsageRowsAreDeterministic(t *testing.T) {
	for _, write := range []func() []byte{
		func() []byte { return usageCSV(t, daysUsage()) },
		func() []byte { return usageParquet(t, daysUsage()) },
	} {
		first := write()
		for range 5 {
			if !bytes.Equal(first, write()) {
				t.Fatal("the same rows gave other bytes")
			}
		}
	}
}

func usageCSV(t rapid.TB, u *analyzer.Usage) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := UsageCSV(&out, u); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func usageParquet(t rapid.TB, u *analyzer.Usage) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := UsageParquet(&out, u); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var usageNames = []string{
	"role_arn", "role_name", "role_kind", "account", "feature", "feature_title", "region", "day", "assumed", "denied", "calls", "failed_calls", "first_seen", "last_seen",
}

// tableDay is a day as a table tells it.
type tableDay string

// usageValues are the rows that a table of u must have: nil for what is unknown, string, int64, time.Time and tableDay.
func usageValues(u *analyzer.Usage) (rows [][]any) {
	for _, role := range u.Roles {
		add := func(id, title string, days []analyzer.RegionDay) {
			for _, d := range days {
				row := []any{
					known(role.ARN), known(role.Name), known(role.Kind), known(role.AccountID), known(id), known(title), known(d.Region), nil,
					d.Assumed, d.Denied, d.Calls, d.FailedCalls, known(d.FirstSeen), known(d.LastSeen),
				}
				if !d.Day.IsZero() {
					row[7] = tableDay(d.Day.UTC().Format("2006-01-02"))
				}
				rows = append(rows, row)
			}
		}
		add("", "", role.RegionDays)
		for _, f := range role.Features {
			add(f.ID, f.Title, f.RegionDays)
		}
	}
	return rows
}

// known is nil for the zero value.
func known(value any) any {
	if value == "" {
		return nil
	}
	if at, ok := value.(time.Time); ok && at.IsZero() {
		return nil
	}
	return value
}
