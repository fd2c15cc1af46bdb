package main

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"roletrail/ingest"
)

// showProgress shows how far a run has come on standard error, if that is wanted, until the returned function is
// called.
func (f *analysisFlags) showProgress(env environment, in *input, text func(*ingest.Progress, time.Duration) string) (stop func()) {
	_, isTerminal := terminal(env.stderr)
	isTerminal = isTerminal && f.level() > slog.LevelDebug // whose lines would tear it to pieces
	if f.quiet || f.progress == "never" || f.progress == "auto" && !isTerminal {
		return func() {}
	}
	// A bar that turns at an interval of its own never stops to be drawn, over the report too.
	bar := progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(in.stderr),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetSpinnerChangeInterval(0),
	)
	start := env.now()
	ended := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				bar.Describe(text(in.progress, env.now().Sub(start)))
			case <-ended:
				return
			}
		}
	})
	return func() {
		close(ended)
		group.Wait()
		bar.Clear()
	}
}

// progressText says how far a run has come that began some time ago. How long it will go on is only known when there is
// nothing left to be listed.
func progressText(p *ingest.Progress, elapsed time.Duration) string {
	done, listed := p.Done.Load(), p.Listed.Load()
	read, stored := float64(p.BytesDone.Load()), float64(p.BytesListed.Load())
	atLeast, left := "at least ", ""
	if p.AllListed.Load() {
		atLeast = ""
		if read > 0 && read < stored {
			left = ", " + time.Duration(float64(elapsed)*(stored-read)/read).Round(time.Second).String() + " left"
		}
	}
	rate := float64(p.Records.Load()) / max(elapsed.Seconds(), 0.001)
	return fmt.Sprintf("%d of %s%s, %.1f MB, %.0f events/s%s%s", done, atLeast, plural(int(listed), "file"), read/1e6, rate, requestsText(p), left)
}

// listingText says how far a run has come that only lists.
func listingText(p *ingest.Progress, _ time.Duration) string {
	return fmt.Sprintf("%s, %.1f MB listed%s", plural(int(p.Listed.Load()), "file"), float64(p.BytesListed.Load())/1e6, requestsText(p))
}

// requestsText tells of what was sent to AWS, if anything was.
func requestsText(p *ingest.Progress) string {
	text := ""
	if sent := p.Requests.Load(); sent > 0 {
		text = ", " + plural(int(sent), "request")
	}
	if throttled := p.Throttled.Load(); throttled > 0 {
		text += fmt.Sprintf(", %d throttled", throttled)
	}
	return text
}
