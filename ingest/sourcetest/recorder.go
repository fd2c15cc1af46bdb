package sourcetest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"roletrail/ingest"
)

// Recorder is an [ingest.Listing] that keeps what it is told. It fails the test if it is told something by two
// goroutines at a time.
type Recorder struct {
	T *testing.T
	// OnObject is called with every object, after it was kept, if it is set. Its error goes back to the source.
	OnObject func(ingest.Object) error

	Objects []ingest.Object
	// Told has a line for everything in the order of telling: what, name and, but for an object, reason.
	Told []string

	busy atomic.Bool
}

func (r *Recorder) tell(line string) {
	r.T.Helper()
	if r.busy.Swap(true) {
		r.T.Errorf("%s: told while another call was under way", line)
	}
	r.Told = append(r.Told, line)
	r.busy.Store(false)
}

// Object implements [ingest.Listing].
func (r *Recorder) Object(object ingest.Object) error {
	r.T.Helper()
	r.tell("object " + object.Name)
	r.Objects = append(r.Objects, object)
	if r.OnObject != nil {
		return r.OnObject(object)
	}
	return nil
}

// Skip implements [ingest.Listing].
func (r *Recorder) Skip(name, reason string) {
	r.T.Helper()
	r.tell(fmt.Sprintf("skip %s: %s", name, reason))
}

// Fail implements [ingest.Listing].
func (r *Recorder) Fail(name, reason string, err error) {
	r.T.Helper()
	if err == nil {
		r.T.Errorf("%s fails as %s without an error", name, reason)
	}
	r.tell(fmt.Sprintf("fail %s: %s", name, reason))
}

// Prune implements [ingest.Listing].
func (r *Recorder) Prune(prefix, reason string) {
	r.T.Helper()
	r.tell(fmt.Sprintf("prune %s: %s", prefix, reason))
}
