package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// awsFlags say whom to ask in AWS, and as whom. They are spelt as the AWS CLI spells them.
type awsFlags struct {
	trail         string
	profile       string
	endpointURL   string
	noSignRequest bool
	requestPayer  payerValue
	roleARN       string
	externalID    string
}

func (f *awsFlags) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&f.trail, "trail", "", "read the trail of this `NAME|ARN`, from where CloudTrail says that it lies, instead of a SOURCE")
	flags.StringVar(&f.profile, "profile", "", "take the credentials and settings of AWS from this `PROFILE`")
	flags.StringVar(&f.endpointURL, "endpoint-url", "", "send requests to this `URL` instead of AWS, with buckets in its path")
	flags.BoolVar(&f.noSignRequest, "no-sign-request", false, "send requests without credentials, for public buckets")
	flags.Var(&f.requestPayer, "request-payer", "accept to be charged for requests and transfer: `requester`")
	flags.StringVar(&f.roleARN, "role-arn", "", "assume the role of this `ARN` for all requests to AWS")
	flags.StringVar(&f.externalID, "external-id", "", "pass this external `ID` when the role of --role-arn is assumed")
}

var iamRoleARN = regexp.MustCompile(`^arn:[a-z-]+:iam::\d{12}:role/.`)

// check finds what is wrong with the flags, and with them beside what sources were named.
func (f *awsFlags) check(sources []string) error {
	switch {
	case f.trail != "" && len(sources) > 0:
		return usage("name a SOURCE or a trail, not both", "--trail %s: there is a SOURCE too, %s", f.trail, sources[0])
	case f.noSignRequest && len(sources) == 0:
		return usage("name the bucket as s3://bucket/prefix", "--no-sign-request: without credentials CloudTrail does not tell where a trail lies")
	case f.noSignRequest && f.roleARN != "":
		return usage("leave one of them out", "--no-sign-request: --role-arn takes credentials")
	case f.externalID != "" && f.roleARN == "":
		return usage("name the role by --role-arn", "--external-id: there is no role to assume")
	case f.roleARN != "" && !iamRoleARN.MatchString(f.roleARN):
		return usage("write it as arn:aws:iam::111122223333:role/name", "--role-arn: %q is no ARN of a role", f.roleARN)
	case f.endpointURL != "" && !strings.HasPrefix(f.endpointURL, "http://") && !strings.HasPrefix(f.endpointURL, "https://"):
		return usage("begin it with https:// or http://", "--endpoint-url: not the URL of an endpoint") // which is not quoted, for it may hold a password
	}
	return nil
}

// requester is the one value of --request-payer that S3 knows.
const requester = "requester"

// payerValue is the value of --request-payer.
type payerValue bool

func (v *payerValue) Set(s string) error {
	if s != requester {
		return errors.New("no choice")
	}
	*v = true
	return nil
}

func (v *payerValue) String() string {
	if *v {
		return requester
	}
	return ""
}

func (v *payerValue) Type() string { return "payer" }

// spellRequestPayer lets --request-payer have its value in the next argument or none, as with the AWS CLI. To pflag a flag
// whose value may be left out never has one in the next argument.
func spellRequestPayer(args []string) []string {
	const flag = "--request-payer"
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	at := slices.Index(args[:end], flag)
	if at < 0 {
		return args
	}
	rest := args[at+1:]
	if at+1 < end && rest[0] == requester {
		rest = rest[1:]
	}
	return slices.Concat(args[:at], []string{flag + "=" + requester}, rest)
}
