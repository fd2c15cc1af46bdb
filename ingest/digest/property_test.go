package digest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"roletrail/ingest"
	"roletrail/ingest/digest"
)

// damagedChain is what can be given to an audit, one thing a function: a chain with everything wrong with it that can be.
func damagedChain(t *testing.T) []func(*digest.Audit) error {
	chain, logs := hours(t, 20)
	var things []func(*digest.Audit) error
	add := func(thing func(*digest.Audit) error) { things = append(things, thing) }
	giveDigest := func(m *made, at *ingest.Object, signature string) {
		add(func(a *digest.Audit) error { return a.Digest(at, m.text, ingest.Signature{Value: signature}) })
	}
	for hour, m := range chain {
		switch hour {
		case 3, 4: // missing
		case 6:
			altered := *m
			altered.text = []byte(strings.Replace(string(m.text), "awsAccountId", "awsaccountID", 1) + " ")
			giveDigest(&altered, m.object(), m.signature)
		case 8:
			add(func(a *digest.Audit) error { return a.DigestUnread(m.object(), ingest.FailGzip) })
		case 9:
			giveDigest(m, m.object(), "")
		case 11:
			moved := m.object()
			moved.Name, moved.Location.Key = moved.Name+"x", moved.Location.Key+"x"
			giveDigest(m, moved, m.signature)
		case 12:
			giveDigest(m, m.object(), m.signature)
			giveDigest(m, m.copied(), "")
			again := m.copied()
			again.Name = "second/" + again.Name
			giveDigest(m, again, m.signature)
		case 19:
			giveDigest(m, m.copied(), "")
		default:
			giveDigest(m, m.object(), m.signature)
		}
	}
	giveLog := func(key string, text string) {
		add(func(a *digest.Audit) error { return a.LogFile(logObject(key), textOf(text)) })
	}
	for hour, key := range logs {
		switch hour {
		case 0:
		case 1:
			giveLog(key, "other")
		case 2:
			giveLog(strings.Replace(key, "0000000", "1111111", 1), key)
			giveLog(strings.Replace(key, "0000000", "2222222", 1), key)
		case 5:
			add(func(a *digest.Audit) error { a.Unread(logObject(key), ingest.FailTrailingBytes); return nil })
		case 7:
			giveLog(key, key)
			add(func(a *digest.Audit) error {
				return a.LogFile(&ingest.Object{Name: "copy/" + key}, textOf("other"))
			})
		default:
			giveLog(key, key)
		}
	}
	for i := range 5 {
		giveLog(logKey(begin.Add(14*time.Hour+20*time.Minute), fmt.Sprintf("%016d", 9000+i)), "same")
	}
	return things
}

// The order in which things come, how many come at once and how much memory there is change nothing.
func TestOrderChangesNothing(t *testing.T) {
	things := damagedChain(t)
	judge := func(t testing.TB, order []int, memory int64, workers int) *digest.Result {
		a := digest.New(digest.Options{Keys: testKeys(), Memory: memory})
		var group sync.WaitGroup
		work := make(chan int)
		for range workers {
			group.Go(func() {
				for i := range work {
					if err := things[i](a); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for _, i := range order {
			work <- i
		}
		close(work)
		group.Wait()
		return settle(t, a)
	}
	inOrder := make([]int, len(things))
	for i := range inOrder {
		inOrder[i] = i
	}
	want := judge(t, inOrder, 0, 1)
	t.Log(summary(want))
	for _, reason := range []digest.Reason{
		digest.DigestMissing, digest.SignatureInvalid, digest.DigestUnreadable, digest.SignatureMissing, digest.DigestMisplaced,
		digest.LogFileMissing, digest.LogFileAltered, digest.LogFileMoved, digest.TrailingBytes, digest.LogFileExtra,
	} {
		if !strings.Contains(summary(want), string(reason)+"/") {
			t.Errorf("%s is not told", reason)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		order := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)).Perm(len(things))
		memory := rapid.SampledFrom([]int64{1, 4000, 20_000, 1 << 20}).Draw(rt, "memory")
		got := judge(t, order, memory, rapid.IntRange(1, 4).Draw(rt, "workers"))
		if difference := cmp.Diff(want, got); difference != "" {
			rt.Fatalf("- want, + got:\n%s", difference)
		}
	})
}
