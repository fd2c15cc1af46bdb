package trail

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"roletrail/ingest/digest"
	"roletrail/ingest/s3/connect"
)

// PublicKeys asks CloudTrail for the keys that digests are signed with. Its requests are those of a session.
type PublicKeys struct{ Session *connect.Session }

// PublicKeys implements [digest.PublicKeys]. It asks the Region itself, which takes the permission
// cloudtrail:ListPublicKeys.
func (k PublicKeys) PublicKeys(ctx context.Context, region string, from, until time.Time) ([]digest.PublicKey, error) {
	config := k.Session.Config()
	config.Region = region
	client := cloudtrail.NewFromConfig(config)
	input := &cloudtrail.ListPublicKeysInput{StartTime: aws.Time(from)}
	if !until.IsZero() {
		input.EndTime = aws.Time(until)
	}
	var keys []digest.PublicKey
	for {
		output, err := client.ListPublicKeys(ctx, input)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			fault := connect.Judge(err, "cloudtrail:ListPublicKeys", "public keys in "+region)
			return nil, fmt.Errorf("public keys in %s: %s", region, fault.Detail)
		}
		for _, key := range output.PublicKeyList {
			keys = append(keys, digest.PublicKey{
				Region:      region,
				Fingerprint: aws.ToString(key.Fingerprint),
				Value:       key.Value,
				ValidFrom:   aws.ToTime(key.ValidityStartTime).UTC(),
				ValidUntil:  aws.ToTime(key.ValidityEndTime).UTC(),
			})
		}
		next := aws.ToString(output.NextToken)
		if next == "" {
			return keys, nil
		}
		if next == aws.ToString(input.NextToken) {
			return nil, fmt.Errorf("public keys in %s: the list has no end", region)
		}
		input.NextToken = output.NextToken
	}
}
