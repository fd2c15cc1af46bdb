package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
	"roletrail/ingest"
	"roletrail/ingest/local"
	"roletrail/ingest/s3"
)

// scope says why what is read cannot be all logs of an account, as far as what was asked for tells: a line for each
// reason.
func (f *analysisFlags) scope(in *input, sources []string) (reasons []string) {
	var files, parts []string
	for _, name := range sources {
		switch {
		case name == local.StandardInput:
			reasons = append(reasons, "standard input is not all of an account's logs")
		case isFile(name):
			files = append(files, name)
		case isPart(name):
			parts = append(parts, name)
		}
	}
	if len(files) > 0 {
		reasons = append(reasons, enumerate(files, "is a single file", "are single files")+", not all of an account's logs")
	}
	if len(parts) > 0 {
		reasons = append(reasons, enumerate(parts, "holds", "hold")+" some Regions or days of an account's logs, not all")
	}
	if t := in.trail; t != nil && !t.MultiRegion {
		reasons = append(reasons, fmt.Sprintf("the trail %s records the events of %s alone", t.Name, t.HomeRegion))
	}
	if len(f.regions) > 0 {
		reasons = append(reasons, "--region "+strings.Join(f.regions, ", ")+" leaves out other Regions")
	}
	return reasons
}

// isFile reports whether a SOURCE is one file. What does not exist, listing finds out.
func isFile(name string) bool {
	if strings.HasPrefix(name, s3Scheme) {
		return ingest.LogFileName(name)
	}
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// isPart reports whether a SOURCE lies below the account level of the layout: in the folder of a Region or of a date.
func isPart(name string) bool {
	if strings.HasPrefix(name, s3Scheme) {
		location, err := s3.ParseLocation(name)
		return err == nil && belowAccount(location.Prefix)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return false // listing will fail too
	}
	paths := []string{path}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		paths = append(paths, target)
	}
	return slices.ContainsFunc(paths, func(path string) bool { return belowAccount(filepath.ToSlash(path) + "/") })
}

// belowAccount reports whether a path leads into the folder of a Region or of a date. Only a path that ends in a slash
// is sure to be that of a folder; the last part of another may be the beginning of several names, as us-e is.
func belowAccount(path string) bool {
	everyDate := ingest.Deliveries{Until: time.Time{}.Add(1)}
	if ingest.ParseKey(path).Region != "" || everyDate.Outside(path) != "" {
		return true
	}
	slash := strings.LastIndexByte(path, '/')
	folders, last := path[:slash+1], path[slash+1:]
	above := folders[strings.LastIndexByte(strings.TrimSuffix(folders, "/"), '/')+1:]
	return last != "" && ingest.Kind(above) != ""
}

// enumerate writes what is said of one thing, or of several, of which it names the first.
func enumerate(names []string, one, many string) string {
	const most = 3
	if len(names) == 1 {
		return names[0] + " " + one
	}
	if more := len(names) - most; more > 0 {
		names = append(slices.Clip(names[:most]), fmt.Sprintf("%d more", more))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last] + " " + many
}

// limit adds to a check that the logs cannot speak for the whole account, for a reason that shows only when the role's
// account is known.
func limit(c *analyzer.Check, text string) {
	reason := analyzer.Reason{ID: analyzer.ReasonScope, Verdict: analyzer.CannotTell, Text: text, Evidence: []analyzer.Evidence{}}
	add := func(reasons []analyzer.Reason, verdict string) ([]analyzer.Reason, string) {
		at := slices.IndexFunc(reasons, func(r analyzer.Reason) bool { return r.ID == analyzer.ReasonOlderState })
		if at < 0 {
			at = len(reasons)
		}
		if verdict == analyzer.NoUseSeen {
			verdict = analyzer.CannotTell
		}
		return slices.Concat(reasons[:at], []analyzer.Reason{reason}, reasons[at:]), verdict
	}
	c.Reasons, c.Verdict = add(c.Reasons, c.Verdict)
	for i := range c.Features {
		f := &c.Features[i]
		f.Reasons, f.Verdict = add(f.Reasons, f.Verdict)
	}
}
