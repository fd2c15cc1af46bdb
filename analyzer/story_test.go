package analyzer_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/internal/reference"
	"roletrail/internal/trailgen"
)

// story is a scenario: what happened, what is asked, and the answer.
type story struct {
	name   string
	events string // in the language of stories
	want   string // as answer writes it

	role trailgen.Role // storyRole unless it is given
	ask  analyzer.CheckOptions
	of   []string // Regions that are expected
}

// tell tells stories: each is checked, reported, and held against the reference.
func tell(t *testing.T, stories []story) {
	t.Helper()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.ask.Until, s.ask.Idle = storyEnd, cmp.Or(s.ask.Idle, 30*dayLength)
			s.role.ARN = cmp.Or(s.role.ARN, storyRole.ARN)
			s.ask.Role = cmp.Or(s.ask.Role, s.role.ARN)
			files := storyFiles(s.role, s.events)
			check, err := checkFiles(t, files, s.ask, s.of)
			if err != nil {
				t.Fatal(err)
			}
			holds(t, check, files)
			options := analyzer.Options{Until: storyEnd, ExpectRegions: s.of}
			usage := reportFiles(t, files, options)
			want := strings.TrimSpace(s.want)
			if got := answerOf(check, usage, want); got != want {
				t.Errorf("the answer is\n%s\nnot\n%s\n%s", got, want, texts(check))
			}
			for _, o := range []analyzer.Options{options, {Roles: []string{"infra"}}} {
				ref, err := reference.Analyze(files, reference.Options{Catalog: embedded(t), Until: o.Until, Roles: o.Roles, ExpectRegions: o.ExpectRegions, Limit: ingest.DefaultLimit})
				if err != nil {
					t.Fatal(err)
				}
				if diff := reference.Diff(reportFiles(t, files, o), ref); diff != "" {
					t.Errorf("the reference (-) and the analyzer (+) disagree:\n%s", diff)
				}
			}
		})
	}
}

// answerOf writes an answer in lines as a story does: the verdict with the ids of its reasons, those of the features that
// the story tells of, the findings, and how many warnings there are.
func answerOf(c *analyzer.Check, u *analyzer.Usage, want string) string {
	lines := []string{verdictOf(c.Verdict, c.Reasons)}
	for i := range c.Features {
		if f := &c.Features[i]; strings.Contains(want, f.ID+": ") {
			lines = append(lines, f.ID+": "+verdictOf(f.Verdict, f.Reasons))
		}
	}
	for _, f := range u.Findings {
		lines = append(lines, f.Severity+" "+f.ID)
	}
	for _, warning := range c.Warnings {
		lines = append(lines, "warning: "+warning)
	}
	return strings.Join(lines, "\n")
}

func verdictOf(verdict string, reasons []analyzer.Reason) string {
	for _, r := range reasons {
		verdict += " " + r.ID
	}
	return verdict
}

func texts(c *analyzer.Check) (text string) {
	for _, r := range c.Reasons {
		text += fmt.Sprintf("%s, %s: %s (%d events)\n", r.Verdict, r.ID, r.Text, len(r.Evidence))
	}
	return text
}

// holds asserts what every check must keep to.
func holds(t testing.TB, c *analyzer.Check, files []reference.File) {
	t.Helper()
	order := []string{analyzer.NotSafe, analyzer.CannotTell, analyzer.NoUseSeen}
	sets := [][]analyzer.Reason{c.Reasons}
	verdicts := []string{c.Verdict}
	for i := range c.Features {
		sets, verdicts = append(sets, c.Features[i].Reasons), append(verdicts, c.Features[i].Verdict)
	}
	for i, reasons := range sets {
		strongest := analyzer.NoUseSeen
		for n, r := range reasons {
			if n == 0 {
				strongest = r.Verdict
			}
			if slices.Index(order, r.Verdict) < slices.Index(order, strongest) || n > 0 && slices.Index(order, r.Verdict) < slices.Index(order, reasons[n-1].Verdict) {
				t.Errorf("%s stands behind weaker reasons", r.ID)
			}
			if r.Text == "" || r.Evidence == nil || len(r.Evidence) > 5 {
				t.Errorf("%s says %q with %d events", r.ID, r.Text, len(r.Evidence))
			}
			remaining := strings.HasPrefix(r.Text, "these have to go")
			if r.Verdict == analyzer.NotSafe && len(r.Evidence) == 0 && !remaining {
				t.Errorf("%s has no evidence", r.ID)
			}
			for _, e := range r.Evidence {
				if strings.Contains(r.Text, "used") && r.ID == analyzer.ReasonUse && (e.EventTime.Before(c.Window.Since) || !e.EventTime.Before(c.Window.Until)) {
					t.Errorf("a use on %s is not in the window", e.EventTime)
				}
				if !slices.ContainsFunc(files, func(f reference.File) bool { return f.Name == e.Object && bytes.Contains(f.Data, []byte(e.EventID)) }) {
					t.Errorf("%s: no event %s in %s", r.ID, e.EventID, e.Object)
				}
			}
		}
		if verdicts[i] != strongest {
			t.Errorf("verdict %s, strongest reason %s", verdicts[i], strongest)
		}
	}
	for _, e := range c.Coverage {
		if e.AccountID != c.Role.AccountID || e.State == analyzer.CoverageComplete {
			t.Errorf("coverage of %s %s is %s", e.AccountID, e.Region, e.State)
		}
	}
	if c.Verified || len(c.LiveChecks) < 4 {
		t.Errorf("verified %v, %d live checks", c.Verified, len(c.LiveChecks))
	}
	for _, check := range c.LiveChecks {
		if check.Question == "" || !strings.Contains(check.Command, "aws ") {
			t.Errorf("no live check: %+v", check)
		}
	}
	if _, err := json.Marshal(c); err != nil {
		t.Error(err)
	}
}

func checkFiles(t testing.TB, files []reference.File, ask analyzer.CheckOptions, expectRegions []string) (*analyzer.Check, error) {
	t.Helper()
	a := analyzer.New(analyzer.Options{
		Catalog: embedded(t), Until: ask.Until, Roles: []string{analyzer.SelectorOf(ask.Role)}, ExpectRegions: expectRegions, TempDir: t.TempDir(),
	})
	defer a.Close()
	check, _, err := a.Check(context.Background(), heldFiles(files), ingest.Options{}, 2, ask)
	return check, err
}

func reportFiles(t testing.TB, files []reference.File, o analyzer.Options) *analyzer.Usage {
	t.Helper()
	o.Catalog, o.TempDir = embedded(t), t.TempDir()
	a := analyzer.New(o)
	defer a.Close()
	u, _, err := a.Usage(context.Background(), heldFiles(files), ingest.Options{}, 2)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// heldFiles is a source of files that are held in memory, in their order.
type heldFiles []reference.File

func (h heldFiles) List(_ context.Context, listing ingest.Listing) error {
	for _, f := range h {
		if err := listing.Object(ingest.Object{Name: f.Name, Size: int64(len(f.Data)), Key: ingest.ParseKey(f.Name)}); err != nil {
			return err
		}
	}
	return nil
}

func (h heldFiles) Open(_ context.Context, o ingest.Object) (io.ReadCloser, error) {
	at := slices.IndexFunc(h, func(f reference.File) bool { return f.Name == o.Name })
	return io.NopCloser(bytes.NewReader(h[at].Data)), nil
}
