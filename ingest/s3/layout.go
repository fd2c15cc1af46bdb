package s3

import (
	"regexp"
	"slices"
	"strings"

	"roletrail/ingest"
)

// level is how deep a folder lies in the layout of a trail:
//
//	[<prefix>/] AWSLogs/ [<organization id>/] <account>/ <kind>/ <Region>/ <YYYY>/<MM>/<DD>/ <file>
//
// (AWS CloudTrail User Guide, "Finding your CloudTrail log files".) Other services deliver below AWSLogs too.
type level int

const (
	levelUnknown level = iota // not in the layout, but perhaps above it
	levelLogs                 // AWSLogs, or an organization in it
	levelAccount
	levelKind // CloudTrail or CloudTrail-Digest
	levelRegion
	levelDate  // a year in a Region, or below
	levelOther // something else in a kind, or in a kind that holds no log files
)

// logsFolder is where AWS services deliver logs to.
const logsFolder = "AWSLogs"

// otherKinds begin the names of the folders beside CloudTrail and CloudTrail-Digest.
const otherKinds = ingest.KindLogFile + "-"

// levelOf tells the level of a folder by its own path, key, which ends in a slash unless it is empty. What was moved
// elsewhere together with the folders above counts by the innermost of them.
func levelOf(key string) level {
	folders := strings.Split(strings.TrimSuffix(key, "/"), "/")
	for i, folder := range slices.Backward(folders) {
		below := folders[i+1:]
		switch {
		case folder == logsFolder:
			return levelInLogs(below)
		case folder == ingest.KindLogFile || folder == ingest.KindDigest:
			return levelInKind(below)
		case isOtherKind(folder):
			return levelOther
		}
	}
	return levelUnknown
}

func levelInLogs(below []string) level {
	for len(below) > 0 && isOrganization(below[0]) {
		below = below[1:]
	}
	switch {
	case len(below) == 0:
		return levelLogs
	case len(below) == 1 && isAccount(below[0]):
		return levelAccount
	}
	return levelUnknown
}

func levelInKind(below []string) level {
	switch {
	case len(below) == 0:
		return levelKind
	case regionOf(below[0]) == "":
		return levelOther
	case len(below) == 1:
		return levelRegion
	case isYear(below[1]):
		return levelDate
	}
	return levelOther
}

// regionFolder matches the Region's part of the name of a folder of levelRegion or levelDate.
var regionFolder = regexp.MustCompile(`(?s)^.*/CloudTrail(-Digest)?/[^/]+/`)

// base is the last part of the name of a folder, without the slash at its end.
func base(folder string) string {
	folder = strings.TrimSuffix(folder, "/")
	return folder[strings.LastIndexByte(folder, '/')+1:]
}

// isOtherKind reports whether a folder is named like one of CloudTrail's that hold no log files, whatever is above it.
func isOtherKind(folder string) bool {
	switch folder {
	case ingest.KindInsight, ingest.KindNetworkActivity, ingest.KindAggregated:
		return true
	}
	return false
}

func isOrganization(folder string) bool { return strings.HasPrefix(folder, "o-") }

func isAccount(folder string) bool { return len(folder) == 12 && isDigits(folder) }

func isYear(folder string) bool { return len(folder) == 4 && folder[:2] == "20" && isDigits(folder) }

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// regionOf is the Region that a folder in a kind is named for, "" if it is for none.
func regionOf(folder string) string {
	return ingest.ParseKey(ingest.KindLogFile + "/" + folder + "/").Region
}

// partitionRegions are the Regions of the partition aws (partitions.json of the AWS SDKs). Which Regions there will be is
// not known, so that a list of them would not do.
var partitionRegions = regexp.MustCompile(`^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$`)

// globalRegion records the events of services that have no Region, such as IAM, in the partition aws (AWS CloudTrail
// User Guide, "Global service events").
const globalRegion = "us-east-1"

// mayHoldGlobal reports whether the folder of a Region may hold events that concern all Regions. Which Region does so in
// other partitions is not known, so that any of them may.
func mayHoldGlobal(region string) bool {
	return region == globalRegion || !partitionRegions.MatchString(region)
}
