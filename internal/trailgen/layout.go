package trailgen

import (
	"path"
	"time"
)

// LogFile names a log file in the layout of a CloudTrail bucket (AWS CloudTrail User Guide, "Finding your CloudTrail log
// files").
type LogFile struct {
	Prefix       string // before AWSLogs; may hold "/"; often empty
	Organization string // such as o-exampleorgid; empty for the trail of one account
	Account      string
	Region       string
	Delivered    time.Time // UTC; written by the minute
	Unique       string    // 16 letters and digits
}

// Key is the name of the log file in its bucket, with "/" between its parts.
func (f LogFile) Key() string {
	return path.Join(f.folder("CloudTrail"), f.Account+"_CloudTrail_"+f.Region+"_"+f.Delivered.UTC().Format("20060102T1504Z")+"_"+f.Unique+".json.gz")
}

// folder is the folder of a day's files of a kind: CloudTrail, CloudTrail-Digest, CloudTrail-Insight and so on.
func (f LogFile) folder(kind string) string {
	return path.Join(f.Prefix, "AWSLogs", f.Organization, f.Account, kind, f.Region, f.Delivered.UTC().Format("2006/01/02"))
}
