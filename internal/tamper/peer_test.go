package tamper

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/internal/awscli"
	"roletrail/internal/cloudtrail"
	"roletrail/internal/s3server"
	"roletrail/internal/trailgen"
)

// The AWS CLI says of every row's tree what the row tells, and sees all that is wrong unless the row tells why not.
func TestAWSCLI(t *testing.T) {
	server := s3server.Start(t)
	for i, row := range Rows {
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			tree := New(t, row, fmt.Sprintf("trail-logs-%d", i))
			tree.Upload(t, server)
			service := tree.Serve(t)
			request := awscli.Request{Env: append(server.Env(), service.Env()...), TrailARN: tree.TrailARN, Region: Region, Start: Start, End: End}
			if row.CLIFails {
				if err := awscli.Failure(t, request); !strings.Contains(err, "No public keys found") {
					t.Errorf("ended by %s", err)
				}
				return
			}
			got := awscli.ValidateLogs(t, request)
			want := row.awsCLI(tree, row.says)
			blind := row.Blind != ""
			if row.saysNow != nil {
				if now := row.awsCLI(tree, row.saysNow); cmp.Equal(now, got.Files()) {
					want, blind = now, false
				}
			}
			if difference := cmp.Diff(want, got.Files()); difference != "" {
				t.Errorf("- want, + got:\n%s\n%s", difference, got.Output)
			}
			var gaps []awscli.Gap
			if row.gap > 0 {
				from, until := L(row.gap, 0).span()
				gaps = append(gaps, awscli.Gap{From: from, Until: until})
			}
			if difference := cmp.Diff(gaps, got.Gaps); difference != "" {
				t.Errorf("gaps, - want, + got:\n%s", difference)
			}
			unseen := 0
			must, _ := row.Problems(tree)
			for _, p := range must {
				if verdict, told := want[p.At.URL()]; (!told || verdict == awscli.Valid) && p.Reason != ChainRestarted {
					unseen++
				}
			}
			if (unseen > 0 || row.Name == "digest: last one removed") != blind {
				t.Errorf("it does not see %d of %d problems, and why is said to be: %q", unseen, len(must), row.Blind)
			}
		})
	}
}

// awsCLI is what the AWS CLI says of each file of the damaged Region, by its URL.
func (row Row) awsCLI(tree *Tree, said says) map[string]awscli.Verdict {
	want := map[string]awscli.Verdict{}
	for _, digest := range tree.Digests {
		if digest.Region != Region {
			continue
		}
		for _, key := range append([]string{digest.Key}, digest.LogFiles...) {
			want[Location{tree.Bucket, key}.URL()] = awscli.Valid
		}
	}
	for f, verdict := range said {
		want[tree.At(f).URL()] = verdict
		if f.kind != logKind { // it reads no log files of a digest that is not valid
			for _, log := range listed(f) {
				delete(want, tree.At(log).URL())
			}
		}
	}
	for _, f := range row.silent {
		delete(want, tree.At(f).URL())
	}
	return want
}

// Of the other Region it finds nothing wrong, whatever the damage, and of a trail without damage neither in any.
func TestAWSCLIOtherRegion(t *testing.T) {
	server := s3server.Start(t)
	for i, row := range []Row{Rows[0], row(t, "key: another one under its fingerprint"), row(t, "chain: restarted after an hour without logging")} {
		tree := New(t, row, fmt.Sprintf("trail-logs-%d", i))
		tree.Upload(t, server)
		got := awscli.ValidateLogs(t, awscli.Request{
			Env: append(server.Env(), tree.Serve(t).Env()...), TrailARN: tree.TrailARN, Region: OtherRegion, Start: Start, End: End,
		})
		if files := got.Files(); len(files) != 26 || got.ExitCode != 0 || len(got.Gaps) > 0 {
			t.Errorf("%s: %d files, want %d valid\n%s", row.Name, len(files), 26, got.Output)
		}
	}
}

// The trail of an organization, below a prefix, has digests of each member account in each Region, with one home Region.
func TestAWSCLIOrganization(t *testing.T) {
	const management, member = Account, "444455556666"
	server := s3server.Start(t)
	dir := t.TempDir()
	options := trailgen.Options{
		Accounts: []string{management, member}, Regions: []string{Region, OtherRegion}, Organization: "o-exampleorgid", Prefix: "audit/2026",
		Files: 24, Sizes: trailgen.Of(3), Start: Start, End: End,
	}
	if _, err := trailgen.Write(dir, options); err != nil {
		t.Fatal(err)
	}
	tree := &Tree{Bucket: "organization-logs", Objects: map[Location]Object{}, TrailARN: "arn:aws:cloudtrail:" + Region + ":" + management + ":trail/" + Trail}
	var err error
	tree.Digests, err = trailgen.Sign(dir, trailgen.DigestOptions{
		Key: signingKey(), Bucket: tree.Bucket, Trail: Trail, HomeRegion: Region, Start: Start, End: End,
		Accounts: options.Accounts, Regions: options.Regions, Organization: options.Organization, Prefix: options.Prefix,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.load(dir); err != nil {
		t.Fatal(err)
	}
	tree.Keys = append(tree.Keys, publicKey(OtherRegion, signingKey()))
	var lost string
	for _, digest := range tree.Digests {
		if digest.Account == member && digest.Region == OtherRegion && len(digest.LogFiles) > 0 {
			lost = digest.LogFiles[0]
		}
	}
	delete(tree.Objects, Location{tree.Bucket, lost})
	tree.Upload(t, server)

	described := tree.trail()
	described.IsOrganizationTrail, described.S3KeyPrefix = true, options.Prefix
	service := cloudtrail.Start(t, cloudtrail.Account{Keys: tree.Keys, Trails: []cloudtrail.Trail{described}, Organization: options.Organization})
	got := awscli.ValidateLogs(t, awscli.Request{
		Env: append(server.Env(), service.Env()...), TrailARN: tree.TrailARN, Region: OtherRegion, Account: member, Start: Start, End: End,
	})
	want := map[string]awscli.Verdict{}
	for _, digest := range tree.Digests {
		for _, key := range append([]string{digest.Key}, digest.LogFiles...) {
			if digest.Account == member && digest.Region == OtherRegion {
				want[Location{tree.Bucket, key}.URL()] = awscli.Valid
			}
		}
	}
	want[Location{tree.Bucket, lost}.URL()] = awscli.NotFound
	if difference := cmp.Diff(want, got.Files()); difference != "" || len(want) != Hours+6 {
		t.Errorf("- want, + got:\n%s", difference)
	}
}

func row(t *testing.T, name string) Row {
	t.Helper()
	for _, row := range Rows {
		if row.Name == name {
			return row
		}
	}
	t.Fatalf("%s: no such row", name)
	return Row{}
}
