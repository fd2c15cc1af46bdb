// Package cloudtrail is a small CloudTrail for tests, on loopback. It speaks the protocol of the service (AWS JSON 1.1) to
// any SDK, knows trails and public keys, and notes what it was asked. Of AWS Organizations it answers DescribeOrganization,
// which the AWS CLI asks for the trail of an organization.
//
// # Where it differs from CloudTrail
//
//   - Requests need a signature's form, from which the Region is read, but not a right one.
//   - All trails and keys are one account's.
//   - Lists are not cut into pages.
package cloudtrail

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Trail is an element of trailList (AWS CloudTrail API Reference, "Trail").
type Trail struct {
	Name                       string
	S3BucketName               string
	S3KeyPrefix                string `json:",omitempty"`
	IncludeGlobalServiceEvents bool
	IsMultiRegionTrail         bool
	HomeRegion                 string
	TrailARN                   string
	LogFileValidationEnabled   bool
	HasCustomEventSelectors    bool
	HasInsightSelectors        bool
	IsOrganizationTrail        bool
}

// PublicKey is a key that digests of a Region were signed by, valid from one time to another.
type PublicKey struct {
	Region                string
	Fingerprint           string
	Value                 []byte // PKCS #1 RSAPublicKey, DER
	ValidFrom, ValidUntil time.Time
}

// Request is a call that the service was asked for.
type Request struct {
	Operation string // such as ListPublicKeys
	Region    string // of the signature
	Input     map[string]any
}

// Account is what the service knows.
type Account struct {
	Trails       []Trail
	Keys         []PublicKey
	Organization string            // id; "" for none
	Denied       map[string]string // operations that are answered by an error, to its code
}

// Service is a running CloudTrail.
type Service struct {
	URL     string
	account Account

	mutex    sync.Mutex
	requests []Request
}

// Start starts a service that ends with the test. The account must not be changed after that.
func Start(t testing.TB, account Account) *Service {
	t.Helper()
	s := &Service{account: account}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Env returns environment variables by which programs with an AWS SDK, and the AWS CLI, ask the service. They belong
// behind those of s3server.Env.
func (s *Service) Env() []string {
	return []string{"AWS_ENDPOINT_URL_CLOUDTRAIL=" + s.URL, "AWS_ENDPOINT_URL_ORGANIZATIONS=" + s.URL}
}

// Requests returns what was asked so far.
func (s *Service) Requests() []Request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.requests)
}

// problem is an error in the shape of the service: its code and a message.
type problem struct{ code, message string }

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if at := strings.LastIndexByte(operation, '.'); at >= 0 { // com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListTrails
		service, operation = operation[:at], operation[at+1:]
	}
	request := Request{Operation: operation, Region: region(r)}
	decodeError := json.NewDecoder(r.Body).Decode(&request.Input)
	s.mutex.Lock()
	s.requests = append(s.requests, request)
	s.mutex.Unlock()

	var output any
	var failure *problem
	switch {
	case decodeError != nil:
		failure = &problem{"SerializationException", decodeError.Error()}
	case request.Region == "":
		failure = &problem{"MissingAuthenticationTokenException", "Missing Authentication Token"}
	case s.account.Denied[operation] != "":
		failure = &problem{s.account.Denied[operation], "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: cloudtrail:" + operation +
			" because no identity-based policy allows the cloudtrail:" + operation + " action"}
	default:
		output, failure = s.answer(service, request)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-RequestId", "00000000-0000-4000-8000-000000000000")
	if failure != nil {
		w.WriteHeader(http.StatusBadRequest)
		output = map[string]string{"__type": failure.code, "Message": failure.message}
	}
	_ = json.NewEncoder(w).Encode(output) // who asked may have gone away
}

// region returns the Region that a request was signed for.
func region(r *http.Request) string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if parts := strings.Split(credential, "/"); len(parts) > 2 { // key id, day, Region, service
		return parts[2]
	}
	return ""
}

func (s *Service) answer(service string, request Request) (any, *problem) {
	if strings.Contains(service, "Organizations") {
		if request.Operation == "DescribeOrganization" && s.account.Organization != "" {
			return map[string]any{"Organization": map[string]string{"Id": s.account.Organization, "FeatureSet": "ALL"}}, nil
		}
		return nil, &problem{"AWSOrganizationsNotInUseException", "Your account is not a member of an organization."}
	}
	switch request.Operation {
	case "DescribeTrails":
		return s.describeTrails(request)
	case "GetTrail":
		return s.getTrail(request)
	case "ListTrails":
		type listed struct{ TrailARN, Name, HomeRegion string }
		trails := []listed{}
		for _, trail := range s.account.Trails {
			trails = append(trails, listed{trail.TrailARN, trail.Name, trail.HomeRegion})
		}
		return map[string]any{"Trails": trails}, nil
	case "ListPublicKeys":
		return s.listPublicKeys(request)
	}
	return nil, &problem{"UnknownOperationException", request.Operation + " is not known"}
}

// seen returns the trails that are seen in a Region: its own, and unless they are asked for without, the shadows of others.
func (s *Service) seen(region string, shadows bool) (trails []Trail) {
	for _, trail := range s.account.Trails {
		if trail.HomeRegion == region || shadows && trail.IsMultiRegionTrail {
			trails = append(trails, trail)
		}
	}
	return trails
}

func (s *Service) describeTrails(request Request) (any, *problem) {
	shadows, given := request.Input["includeShadowTrails"].(bool)
	names, _ := request.Input["trailNameList"].([]any)
	trails := []Trail{}
	for _, trail := range s.seen(request.Region, shadows || !given) {
		if len(names) == 0 || slices.Contains(names, any(trail.Name)) || slices.Contains(names, any(trail.TrailARN)) {
			trails = append(trails, trail)
		}
	}
	return map[string]any{"trailList": trails}, nil
}

func (s *Service) getTrail(request Request) (any, *problem) {
	name, _ := request.Input["Name"].(string)
	for _, trail := range s.seen(request.Region, true) {
		if name == trail.TrailARN || name == trail.Name {
			return map[string]any{"Trail": trail}, nil
		}
	}
	return nil, &problem{"TrailNotFoundException", "Unknown trail: " + name + " for the user: 111122223333"}
}

// listPublicKeys returns the keys that were valid at some time between two, which is now for one that is not given.
func (s *Service) listPublicKeys(request Request) (any, *problem) {
	now := time.Now()
	from, errFrom := instant(request.Input["StartTime"], now)
	until, errUntil := instant(request.Input["EndTime"], now)
	switch {
	case errFrom != nil || errUntil != nil:
		return nil, &problem{"SerializationException", "StartTime or EndTime is no time"}
	case until.Before(from):
		return nil, &problem{"InvalidTimeRangeException", "The start time is after the end time"}
	}
	type listed struct {
		Value             string
		Fingerprint       string
		ValidityStartTime int64
		ValidityEndTime   int64
	}
	keys := []listed{}
	for _, key := range s.account.Keys {
		if key.Region == request.Region && !key.ValidFrom.After(until) && !key.ValidUntil.Before(from) {
			keys = append(keys, listed{base64.StdEncoding.EncodeToString(key.Value), key.Fingerprint, key.ValidFrom.Unix(), key.ValidUntil.Unix()})
		}
	}
	return map[string]any{"PublicKeyList": keys}, nil
}

// instant reads a time as SDKs send it: seconds since 1970 as a number, or ISO 8601.
func instant(value any, missing time.Time) (time.Time, error) {
	switch value := value.(type) {
	case nil:
		return missing, nil
	case float64:
		return time.UnixMicro(int64(value * 1e6)).UTC(), nil
	case string:
		return time.Parse(time.RFC3339, value)
	}
	return time.Time{}, fmt.Errorf("%v: no time", value)
}
