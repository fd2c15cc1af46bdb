package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyauth "github.com/aws/smithy-go/auth"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Bucket is a bucket with what is needed to address it. It is safe for use by several goroutines.
type Bucket struct {
	Name   string
	Region string
	Client *s3.Client // in the bucket's Region, with the session's Config

	session       *Session
	gets          *atomic.Int64
	template      *http.Request
	endpoint      *url.URL // the bucket's, to which "/" and a key are added
	signer        *v4.Signer
	signingName   string
	signingRegion string
}

// Bucket finds the Region and the endpoint of a bucket, which may also be the alias or the ARN of an access point. The
// code of the error for a bucket that does not exist is NoSuchBucket: see Fault.
func (s *Session) Bucket(ctx context.Context, name string) (*Bucket, error) {
	b, err := s.bucketIn(ctx, name, cmp.Or(s.config.Region, defaultRegion))
	if err != nil {
		return nil, err
	}
	region, err := b.findRegion(ctx)
	if err == nil && region != b.Region {
		b, err = s.bucketIn(ctx, name, region)
	}
	if err != nil {
		return nil, err
	}
	s.options.Log.DebugContext(ctx, "bucket found", "bucket", name, "region", region, "endpoint", b.endpoint.String())
	return b, nil
}

// client is a client for buckets in a Region.
func (s *Session) client(region string) *s3.Client {
	return s3.NewFromConfig(s.config, func(o *s3.Options) {
		o.Region = region
		o.UsePathStyle = o.BaseEndpoint != nil
		o.UseARNRegion = true
		o.DisableLogOutputChecksumValidationSkipped = true
		if s.options.RequesterPays {
			o.APIOptions = append(o.APIOptions, smithyhttp.SetHeaderValue("X-Amz-Request-Payer", "requester"))
		}
	})
}

// bucketIn is a bucket in a Region, which is asked where and how the SDK's clients ask.
func (s *Session) bucketIn(ctx context.Context, name, region string) (*Bucket, error) {
	b := &Bucket{Name: name, Region: region, Client: s.client(region), session: s, gets: s.counts.of("GetObject")}
	o := b.Client.Options()
	resolved, err := o.EndpointResolverV2.ResolveEndpoint(ctx, s3.EndpointParameters{
		Bucket:                         &b.Name,
		Region:                         &b.Region,
		Endpoint:                       o.BaseEndpoint,
		ForcePathStyle:                 &o.UsePathStyle,
		UseFIPS:                        aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack:                   aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseArnRegion:                   &o.UseARNRegion,
		DisableMultiRegionAccessPoints: &o.DisableMultiRegionAccessPoints,
		DisableS3ExpressSessionAuth:    o.DisableS3ExpressSessionAuth,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.Name, err)
	}
	schemes, _ := smithyauth.GetAuthOptions(&resolved.Properties)
	at := slices.IndexFunc(schemes, func(o *smithyauth.Option) bool { return o.SchemeID == "sigv4" })
	if at < 0 {
		return nil, fmt.Errorf("%s: multi-Region access points and directory buckets cannot be read", b.Name)
	}
	b.signingName, _ = smithyhttp.GetSigV4SigningName(&schemes[at].SignerProperties)
	b.signingRegion, _ = smithyhttp.GetSigV4SigningRegion(&schemes[at].SignerProperties)
	b.signer = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	b.endpoint = &resolved.URI
	b.template = &http.Request{Method: http.MethodGet, Host: resolved.URI.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	return b, nil
}

// findRegion asks for the Region of the bucket. S3 names it in the header of every response, also where access is denied
// or another Region was asked (Amazon S3 API Reference, "HeadBucket"). Servers that name none take any.
func (b *Bucket) findRegion(ctx context.Context) (string, error) {
	if parsed, err := arn.Parse(b.Name); err == nil && parsed.Region != "" {
		return parsed.Region, nil
	}
	output, err := b.Client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.Name})
	if err == nil {
		return cmp.Or(aws.ToString(output.BucketRegion), b.Region), nil
	}
	var response *responseError
	if errors.As(err, new(*credentialsError)) || !errors.As(err, &response) {
		return "", err
	}
	if response.region != "" {
		return response.region, nil
	}
	switch response.status {
	case http.StatusNotFound: // a response to HEAD has no body to hold the code
		return "", &responseError{status: response.status, code: "NoSuchBucket", message: "The specified bucket does not exist"}
	case http.StatusMovedPermanently, http.StatusBadRequest, http.StatusForbidden:
		return b.Region, nil // what is asked next fails with a better explanation, if it does
	}
	return "", err
}
