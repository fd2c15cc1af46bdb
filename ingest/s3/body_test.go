package s3

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"roletrail/ingest"
)

// An object that has not the size that was listed was overwritten, and is not to be mixed up with the listed one.
func TestSizeChanged(t *testing.T) {
	fake := newFakeS3(t, map[string]stored{
		"whole": {content: text(1000)}, "empty": {}, "stream": {content: text(maxWhole + 100)},
		"chunked": {content: text(1000)},
	})
	fake.fault = func(w http.ResponseWriter, r *http.Request, key string, _ int) bool {
		if key != "chunked" {
			return false
		}
		http.NewResponseController(w).Flush() // a header without the length
		w.Write(fake.objects[key].content)
		return true
	}
	source := fake.source(t)
	asked := 0
	for key := range fake.objects {
		for _, wrong := range []int64{1, -1} {
			o := fake.object(key)
			if o.Size += wrong; o.Size < 0 {
				continue
			}
			if key == "chunked" && wrong > 0 {
				continue // cannot be told from a truncated answer
			}
			_, err := source.Open(t.Context(), o)
			checkReason(t, err, o, ingest.FailUnreadable)
			asked++
		}
	}
	if n := len(fake.requests); n != asked {
		t.Errorf("asked %d times for %d objects", n, asked)
	}
}

// A stream that breaks off anywhere goes on where it ended, and gives each byte once.
func TestResume(t *testing.T) {
	const plans = 60
	fake := newFakeS3(t, map[string]stored{})
	cuts := map[string][]int{} // how many bytes each of the first answers gives, -1 for an error in place of an answer
	for i := range plans {
		random := rand.New(rand.NewPCG(uint64(i), 3))
		key := fmt.Sprintf("%d.json.gz", i)
		content := text(1 + random.IntN(200_000))
		if i%20 == 0 {
			content = text(maxWhole + 1 + random.IntN(200_000))
		}
		fake.objects[key] = withCRC32(content)
		for range 1 + random.IntN(3) {
			cut := random.IntN(len(content)) - 1
			if random.IntN(4) == 0 {
				cut = []int{-1, 0, 1, len(content) - 1}[random.IntN(4)]
			}
			cuts[key] = append(cuts[key], cut)
		}
	}
	fake.fault = func(w http.ResponseWriter, r *http.Request, key string, attempt int) bool {
		if attempt > len(cuts[key]) {
			return false
		}
		if cut := cuts[key][attempt-1]; cut < 0 {
			writeError(w, 503, "SlowDown", "Please reduce your request rate.")
		} else {
			fake.objects[key].write(&cutter{w, cut, attempt%2 == 0}, r)
		}
		return true
	}
	source := fake.source(t)
	var group errgroup.Group
	for key, object := range fake.objects {
		group.Go(func() error {
			o := fake.object(key)
			if o.Size <= maxWhole {
				o.Size = -1
			}
			got, err := read(t.Context(), source, o)
			if err != nil || !bytes.Equal(got, object.content) {
				t.Errorf("%s: of %d bytes cut at %d, got %d, %v", key, len(object.content), cuts[key], len(got), err)
			}
			last := 0
			for _, r := range fake.asked(key) {
				from := 0
				if r.rangeOf != "" {
					from, _ = strconv.Atoi(strings.Trim(r.rangeOf, "bytes=-"))
					if from <= 0 || r.ifMatch != object.etag() {
						t.Errorf("%s: asked for %q, if it matches %q", key, r.rangeOf, r.ifMatch)
					}
				}
				if from < last {
					t.Errorf("%s: went back from %d to %d", key, last, from)
				}
				last = from
			}
			return nil
		})
	}
	group.Wait()
}

// A stream whose last byte has come is not asked for again, however its connection ends.
func TestResetAfterTheLastByte(t *testing.T) {
	fake := newFakeS3(t, map[string]stored{"a.json": {content: text(10_000)}})
	fake.fault = func(w http.ResponseWriter, r *http.Request, key string, _ int) bool {
		o := fake.objects[key]
		o.write(&cutter{w, len(o.content), false}, r)
		return true
	}
	o := fake.object("a.json")
	source := fake.source(t)
	for _, size := range []int64{-1, o.Size} {
		o.Size = size
		if got, err := read(t.Context(), source, o); err != nil || !bytes.Equal(got, fake.objects["a.json"].content) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
	}
	if n := len(fake.asked("a.json")); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// The rest of another object is no rest.
func TestChangedWhileRead(t *testing.T) {
	other := stored{content: append([]byte("other"), text(9_995)...)}
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request, o stored){
		"overwritten": func(w http.ResponseWriter, r *http.Request, _ stored) { other.write(w, r) },
		"overwritten, condition ignored": func(w http.ResponseWriter, r *http.Request, _ stored) {
			r.Header.Del("If-Match")
			other.write(w, r)
		},
		"range ignored": func(w http.ResponseWriter, r *http.Request, o stored) {
			r.Header.Del("Range")
			o.write(w, r)
		},
		"another range": func(w http.ResponseWriter, r *http.Request, o stored) {
			r.Header.Set("Range", "bytes=1-")
			o.write(w, r)
		},
		"another length": func(w http.ResponseWriter, r *http.Request, o stored) {
			o.content = o.content[:9_999]
			r.Header.Del("If-Match")
			o.write(w, r)
		},
		"deleted": func(w http.ResponseWriter, _ *http.Request, _ stored) {
			writeError(w, 404, "NoSuchKey", "The specified key does not exist.")
		},
		"bytes changed, ETag not": func(w http.ResponseWriter, r *http.Request, o stored) {
			o.content = append(bytes.Clone(o.content[:9_999]), '?')
			o.write(w, r)
		},
	} {
		fake := newFakeS3(t, map[string]stored{"a.json": withCRC32(text(10_000))})
		fake.fault = func(w http.ResponseWriter, r *http.Request, key string, attempt int) bool {
			if attempt == 1 {
				fake.objects[key].write(&cutter{w, 5_000, false}, r)
			}
			answer(w, r, fake.objects[key])
			return true
		}
		o := fake.object("a.json")
		o.Size = -1
		got, err := read(t.Context(), fake.source(t), o)
		want := ingest.FailUnreadable
		switch name {
		case "deleted":
			want = ingest.FailDeleted
		case "bytes changed, ETag not":
			want = ingest.FailChecksum
		}
		t.Run(name, func(t *testing.T) {
			checkReason(t, err, o, want)
			if !bytes.HasPrefix(fake.objects["a.json"].content[:9_999], got[:min(len(got), 9_999)]) {
				t.Errorf("%d bytes of another object were given", len(got))
			}
			if n := len(fake.asked("a.json")); n != 2 {
				t.Errorf("asked for %d times", n)
			}
		})
	}
}

// A stream that gets no further fails, and stays so.
func TestStreamGivesUp(t *testing.T) {
	fake := newFakeS3(t, map[string]stored{"a.json": {content: text(10_000)}})
	fake.fault = func(w http.ResponseWriter, r *http.Request, key string, attempt int) bool {
		if attempt > 1 {
			writeError(w, 503, "SlowDown", "Please reduce your request rate.")
			return true
		}
		fake.objects[key].write(&cutter{w, 100, false}, r)
		return true
	}
	o := fake.object("a.json")
	o.Size = -1
	r, err := fake.source(t).Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	checkReason(t, err, o, ingest.FailUnavailable)
	if _, again := r.Read(make([]byte, 1)); again != err {
		t.Errorf("after %v comes %v", err, again)
	}
	if n := len(fake.asked("a.json")); n != 4 || len(got) != 100 {
		t.Errorf("asked %d times for %d bytes", n, len(got))
	}
}

// A buffer that was given back once belongs to somebody else.
func TestClose(t *testing.T) {
	fake := newFakeS3(t, map[string]stored{})
	for i := range 16 {
		fake.objects[strconv.Itoa(i)] = stored{content: bytes.Repeat([]byte{byte(i)}, 50_000+i)}
	}
	source := fake.source(t)
	var group errgroup.Group
	for worker := range 8 {
		group.Go(func() error {
			for i := range 40 {
				key := strconv.Itoa((worker + i) % len(fake.objects))
				o := fake.object(key)
				if i%5 == 0 {
					o.Size = -1
				}
				r, err := source.Open(t.Context(), o)
				if err != nil {
					return err
				}
				if i%3 > 0 { // the others are closed unread
					if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, fake.objects[key].content) {
						t.Errorf("%s: got %d bytes, %v", key, len(got), err)
					}
				}
				for range 2 {
					if err := r.Close(); err != nil {
						t.Errorf("close: %v", err)
					}
				}
				if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
					t.Errorf("read after close: %d, %v", n, err)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}
