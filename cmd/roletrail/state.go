package main

import (
	"fmt"

	"roletrail/analyzer"
	"roletrail/ingest"
)

// state is how a run that made a report ends.
type state struct {
	code int
	line string
}

func exitState(u *analyzer.Usage, failOn string) state {
	failed := sum(u.Input.Objects.Failed)
	reached := 0
	for _, finding := range u.Findings {
		if failOn != "" && analyzer.SeverityRank(finding.Severity) <= analyzer.SeverityRank(failOn) {
			reached++
		}
	}
	switch {
	case reached > 0:
		return state{exitFinding, fmt.Sprintf("exit 14: %s of severity %s or above", plural(reached, "finding"), failOn)}
	case failed > 0:
		return state{exitPartial, fmt.Sprintf("exit 3: %s could not be read, so absence proves nothing", plural(int(failed), "file"))}
	}
	if other := u.Input.Objects.Skipped[ingest.SkipNotCloudTrail]; other > 0 {
		return state{exitDone, fmt.Sprintf("exit 0: every log file was read; %s without CloudTrail events", plural(int(other), "file"))}
	}
	return state{exitDone, "exit 0: every log file that was found was read"}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
