package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"roletrail/ingest"
)

// showProgress shows how far a run has come on standard error, if that is wanted, until the returned function is
// called.
func showProgress(env environment, when string, quiet bool, p *ingest.Progress) (stop func()) {
	_, isTerminal := terminal(env.stderr)
	if quiet || when == "never" || when == "auto" && !isTerminal {
		return func() {}
	}
	bar := progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(env.stderr),
		progressbar.OptionSetWidth(20),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetDescription("listing"),
	)
	start := env.now()
	update := func() {
		done, records, read := p.Done.Load(), p.Records.Load(), p.BytesDone.Load()
		seconds := max(env.now().Sub(start).Seconds(), 0.001)
		if p.AllListed.Load() && bar.GetMax64() < 0 {
			bar.ChangeMax64(max(p.BytesListed.Load(), 1))
		}
		bar.Describe(fmt.Sprintf("%d of %d files, %.1f MB, %.0fk events/s", done, p.Listed.Load(), float64(read)/1e6, float64(records)/seconds/1e3))
		bar.Set64(read)
	}
	ended := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				update()
			case <-ended:
				return
			}
		}
	})
	return func() {
		close(ended)
		group.Wait()
		bar.Clear()
		bar.Exit()
	}
}
