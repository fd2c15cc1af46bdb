// Package trail asks CloudTrail where a trail delivers its log files.
package trail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"roletrail/ingest"
	"roletrail/ingest/s3"
	"roletrail/ingest/s3/connect"
)

// Trail is what CloudTrail tells of a trail (AWS CloudTrail API Reference, "Trail").
type Trail struct {
	Name         string
	ARN          string
	HomeRegion   string
	Bucket       string
	Prefix       string // of all keys in the bucket, "" for none
	Organization bool   // delivers for all accounts of an organization
	MultiRegion  bool   // delivers for all Regions
}

// Location is where the log files of the trail lie: those of its account, or those of all accounts if it is an
// organization's, whose id CloudTrail does not tell with the trail.
func (t Trail) Location() s3.Location {
	folders := []string{"AWSLogs"}
	if prefix := strings.Trim(t.Prefix, "/"); prefix != "" {
		folders = []string{prefix, "AWSLogs"}
	}
	if parsed, err := arn.Parse(t.ARN); err == nil && !t.Organization {
		folders = append(folders, parsed.AccountID)
	}
	return s3.Location{Bucket: t.Bucket, Prefix: strings.Join(folders, "/") + "/"}
}

// SeveralError is an error of Find that means that more than one trail fits.
type SeveralError struct {
	Name   string  // that was asked for
	Trails []Trail // by ARN
}

func (e *SeveralError) Error() string {
	var text strings.Builder
	if e.Name == "" {
		fmt.Fprintf(&text, "the account has %d trails", len(e.Trails))
	} else {
		fmt.Fprintf(&text, "%s: the account has %d trails of this name", e.Name, len(e.Trails))
	}
	for _, t := range e.Trails {
		fmt.Fprintf(&text, "\n%s: %s", t.ARN, t.Location())
	}
	return text.String()
}

// Find returns the trail of a name or an ARN, or the account's only trail if that is "". It asks the Region of the ARN,
// else that of the session, where CloudTrail knows the trails of this Region, those of all Regions, and those of the
// account's organization. If several fit, the error is a *SeveralError; if the one that was named is not there, an
// *ingest.NoSuchSourceError.
func Find(ctx context.Context, session *connect.Session, nameOrARN string) (Trail, error) {
	config := session.Config()
	if parsed, err := arn.Parse(nameOrARN); err == nil {
		config.Region = parsed.Region
	}
	if config.Region == "" {
		return Trail{}, errors.New("no Region is configured to look for trails in\nhint: set AWS_REGION, or name a trail by its ARN")
	}
	// The list is asked for whole: a list of names would leave out the trails of other Regions and of the organization.
	output, err := cloudtrail.NewFromConfig(config).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if ctx.Err() != nil {
		return Trail{}, ctx.Err()
	}
	if err != nil {
		fault := connect.Judge(err, "cloudtrail:DescribeTrails", "trails in "+config.Region)
		return Trail{}, fmt.Errorf("%s: %s", cmp.Or(nameOrARN, "trails in "+config.Region), fault.Detail)
	}

	var found []Trail
	for _, described := range output.TrailList {
		t := newTrail(described)
		// A trail that replicates into this Region is described once more, under the same ARN.
		known := slices.ContainsFunc(found, func(other Trail) bool { return other.ARN == t.ARN })
		if !known && (nameOrARN == "" || nameOrARN == t.Name || nameOrARN == t.ARN) {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, func(a, b Trail) int { return cmp.Compare(a.ARN, b.ARN) })
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return Trail{}, &SeveralError{Name: nameOrARN, Trails: found}
	case nameOrARN == "":
		return Trail{}, fmt.Errorf("the account has no trail that is seen in %s%s", config.Region, elsewhereHint)
	}
	return Trail{}, &ingest.NoSuchSourceError{Err: fmt.Errorf("%s: no such trail is seen in %s%s", nameOrARN, config.Region, elsewhereHint)}
}

const elsewhereHint = "\nhint: a trail of a single Region is seen in that Region alone: name it by its ARN, or set AWS_REGION"

func newTrail(t types.Trail) Trail {
	return Trail{
		Name:         aws.ToString(t.Name),
		ARN:          aws.ToString(t.TrailARN),
		HomeRegion:   aws.ToString(t.HomeRegion),
		Bucket:       aws.ToString(t.S3BucketName),
		Prefix:       aws.ToString(t.S3KeyPrefix),
		Organization: aws.ToBool(t.IsOrganizationTrail),
		MultiRegion:  aws.ToBool(t.IsMultiRegionTrail),
	}
}
