package ingest_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"roletrail/ingest"
	"roletrail/ingest/record"
)

// liveHeap is how many bytes are in use, without garbage.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestStreamOfAnyLength reads up to 200 MB from a pipe with 8 MiB of memory.
func TestStreamOfAnyLength(t *testing.T) {
	const memory = 8 << 20
	block := lines(1 << 20)
	for _, tt := range []struct {
		name              string
		blocks            int
		begin, block, end string
	}{
		{"lines", 200, "", block, ""},
		{"members", 50, "", string(gzipped(block)), ""},
		{"one document", 50, `{"Records":[{}`, "," + strings.ReplaceAll(strings.TrimSpace(block), "\n", ","), "]}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := liveHeap()
			reader, writer := io.Pipe()
			go func() {
				io.WriteString(writer, tt.begin)
				for range tt.blocks {
					io.WriteString(writer, tt.block)
				}
				io.WriteString(writer, tt.end)
				writer.Close()
			}()
			rig := newRig(1, entry{Object: ingest.Object{Name: "-", Size: -1}, reader: reader})
			rig.options.Memory = memory
			records, highest := 0, int64(0)
			c := rig.collectors[0]
			c.onRecord = func(*record.Record) error {
				if records++; records%5000 == 0 {
					highest = max(highest, liveHeap())
				}
				c.file.ids, c.file.raw = c.file.ids[:0], c.file.raw[:0]
				return nil
			}
			s, err := rig.run(t.Context(), t)
			if want := tt.blocks * strings.Count(block, "\n"); err != nil || s.Read != 1 || records < want || records > want+1 {
				t.Errorf("%d of %d records, %+v, %v", records, want, s, err)
			}
			if highest == 0 || highest-base > memory {
				t.Errorf("%d bytes of heap, want at most %d", highest-base, memory)
			}
		})
	}
}

// TestObjectsInFlight looks, at every file, at how many bytes were fetched ahead while the extractor was slow: as many as
// have room, and never more.
func TestObjectsInFlight(t *testing.T) {
	const memory, size = 32 << 20, 1 << 20
	content := []byte(strings.Repeat(" ", size-len(event)) + event)
	var entries []entry
	for i := range 50 {
		entries = append(entries, entry{Object: ingest.Object{Name: fmt.Sprint(i), Size: size}, content: content})
	}
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(1, entries...)
		rig.options.Memory, rig.options.Fetchers = memory, 20
		highest, begun := int64(0), int64(0)
		rig.collectors[0].onBegin = func() {
			synctest.Wait() // until nobody can fetch any more
			highest = max(highest, rig.source.read.Load()-begun*size)
			begun++
		}
		if s, err := rig.run(t.Context(), t); err != nil || s.Read != 50 {
			t.Errorf("%+v, %v", s, err)
		}
		if highest != memory/4 {
			t.Errorf("%d bytes in flight, want %d", highest, memory/4)
		}
	})
}

// TestRoomIsGivenBack reads far more than there is room for at once, in every way that reading can go. Without the room
// of those before them, the last objects would wait forever.
func TestRoomIsGivenBack(t *testing.T) {
	const size = 300 << 10
	content := []byte(strings.Repeat(" ", size-len(event)) + event)
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(2)
		rig.options.Memory = 1
		for i := range 200 {
			e := entry{Object: ingest.Object{Name: fmt.Sprint(i), Size: size}, content: content}
			switch i % 8 {
			case 1:
				e.openError = errDisk
			case 2:
				e.readError = errDisk
			case 3:
				e.Size--
			case 4:
				e.Size = 1 << 40
			case 5:
				e.Size = -1
			case 6:
				e.content = content[:size-1]
				e.Size--
			}
			rig.source.entries = append(rig.source.entries, e)
		}
		s, err := rig.run(t.Context(), t)
		if err != nil || s.Read != 75 || s.Failed[ingest.FailUnreadable] != 100 || s.Failed[ingest.FailJSON] != 25 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// TestMemory reads objects of all sizes, with many extractors or many fetchers, and looks at the heap now and then.
func TestMemory(t *testing.T) {
	const memory = 32 << 20
	var ofAllSizes, smallAndLarge []entry
	for _, size := range []int{1 << 10, 50 << 10, 300 << 10, 1 << 20, 3 << 20, 9 << 20} {
		text := []byte(envelope(size))
		ofAllSizes = append(ofAllSizes, entry{content: text}, entry{content: gzipped(string(text))}, entry{content: gzipped(lines(size)), openError: errDisk})
	}
	for range 60 {
		smallAndLarge = append(smallAndLarge, entry{content: []byte(event)})
	}
	smallAndLarge = append(smallAndLarge, entry{content: []byte(envelope(3 << 20))})
	for _, tt := range []struct {
		name                 string
		kinds                []entry
		rounds               int
		extractors, fetchers int
	}{
		{"many extractors", ofAllSizes, 4, 16, 4},
		{"many fetchers", smallAndLarge, 25, 2, 64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := liveHeap()
			rig := newRig(tt.extractors)
			for i := range tt.rounds * len(tt.kinds) {
				e := tt.kinds[i%len(tt.kinds)]
				e.Name, e.Size = fmt.Sprintf("%05d.json", i), int64(len(e.content))
				if i%5 == 0 {
					e.Size = -1
				}
				rig.source.entries = append(rig.source.entries, e)
			}
			rig.options.Memory, rig.options.Fetchers = memory, tt.fetchers
			var gate sync.RWMutex
			var highest int64
			for _, c := range rig.collectors {
				records := 0
				c.onRecord = func(*record.Record) error {
					if records++; records%2000 == 0 {
						gate.Lock() // the others come to a halt, so that the second collection leaves nothing of what they throw away
						runtime.GC()
						highest = max(highest, liveHeap())
						gate.Unlock()
					}
					gate.RLock()
					c.file.ids, c.file.raw = c.file.ids[:0], c.file.raw[:0]
					gate.RUnlock()
					return nil
				}
			}
			if s, err := rig.run(t.Context(), t); err != nil || s.Failed[ingest.FailUnreadable] != s.Listed-s.Read {
				t.Errorf("%+v, %v", s, err)
			}
			if highest == 0 || highest-base > memory {
				t.Errorf("%d bytes of heap, want at most %d", highest-base, memory)
			}
		})
	}
}

// TestLargeRecordIsNotKept reads a file after one with a record of 20 MiB, which a stream has to hold as a whole.
func TestLargeRecordIsNotKept(t *testing.T) {
	text := event[:len(event)-1] + `,"padding":"` + strings.Repeat("x", 20<<20) + `"}`
	base := liveHeap()
	rig := newRig(1, append([]entry{{Object: ingest.Object{Name: "-", Size: -1}, reader: strings.NewReader(text)}}, small(1)...)...)
	rig.options.Memory, rig.options.Fetchers = 8<<20, 1
	var highest int64
	rig.collectors[0].onRecord = func(*record.Record) error {
		if rig.collectors[0].object.Name != "-" {
			rig.files["-"] = file{} // which kept the record
			highest = liveHeap() - base
		}
		return nil
	}
	if s, err := rig.run(t.Context(), t); err != nil || s.Read != 2 || highest == 0 || highest > 8<<20 {
		t.Errorf("%+v, %v; %d bytes of heap", s, err, highest)
	}
}

// TestBufferBelongsToOneFile reads many files with few buffers, to see that none is used again while it is read.
func TestBufferBelongsToOneFile(t *testing.T) {
	var entries []entry
	for i := range 2000 {
		text := strings.Replace(event, `"eventID":"1"`, fmt.Sprintf(`"eventID":"%d"`, i), 1)
		content := []byte(strings.Repeat(" ", i%7*1000) + text)
		if i%3 == 0 {
			content = gzipped(string(content))
		}
		entries = append(entries, entry{Object: ingest.Object{Name: fmt.Sprint(i), Size: int64(len(content))}, content: bytes.Clone(content)})
	}
	rig := newRig(4, entries...)
	rig.options.Memory = 1
	if s, err := rig.run(t.Context(), t); err != nil || s.Read != 2000 {
		t.Errorf("%+v, %v", s, err)
	}
	for name, f := range rig.files {
		if len(f.ids) != 1 || f.ids[0] != name {
			t.Errorf("%s holds events %q", name, f.ids)
		}
	}
}
