package digest

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
)

// sorter brings records in the order of their bytes. Those beyond a budget of memory lie in a temporary file, in sorted runs
// that are merged when the records are asked for. Records are added first and then read, any number of times.
//
// The file has no name any more while it is used, where the system allows that, so that it is gone in every case.
type sorter struct {
	budget int
	text   []byte   // the records in memory, one after the other
	spans  [][2]int // where they are in text
	sealed bool

	file    *os.File
	written int64
	runs    []part
	index   []mark // of the single run that is left when the sorter is sealed
}

// part is a run of records in the file.
type part struct{ begin, end int64 }

// mark is where a record lies, and how it begins.
type mark struct {
	prefix uint64
	at     int64
}

const (
	spanSize  = 16 // bytes that a record takes in memory besides itself
	indexStep = 16 // records from one mark to the next
)

var errSealed = errors.New("records are added after they were read")

// add takes up a copy of a record, which is not empty.
func (s *sorter) add(record []byte) error {
	if s.sealed {
		return errSealed
	}
	if len(s.spans) > 0 && len(s.text)+len(record)+spanSize*(len(s.spans)+1) > s.budget {
		if err := s.spill(); err != nil {
			return err
		}
	}
	begin := len(s.text)
	s.text = append(s.text, record...)
	s.spans = append(s.spans, [2]int{begin, len(s.text)})
	return nil
}

func (s *sorter) sort() {
	slices.SortFunc(s.spans, func(a, b [2]int) int { return bytes.Compare(s.text[a[0]:a[1]], s.text[b[0]:b[1]]) })
}

// memory goes over the records in memory.
func (s *sorter) memory(yield func([]byte) error) error {
	for _, span := range s.spans {
		if err := yield(s.text[span[0]:span[1]]); err != nil {
			return err
		}
	}
	return nil
}

// spill writes what is in memory as a run.
func (s *sorter) spill() error {
	if s.file == nil {
		file, err := os.CreateTemp("", "roletrail-digest-*")
		if err != nil {
			return err
		}
		s.file = file
		os.Remove(file.Name()) // or else in close
	}
	s.sort()
	if err := s.write(s.memory, nil); err != nil {
		return err
	}
	s.text, s.spans = s.text[:0], s.spans[:0]
	return nil
}

// write appends records to the file as a run, and calls wrote with where each lies.
func (s *sorter) write(records func(func([]byte) error) error, wrote func(record []byte, at int64)) error {
	begin := s.written
	w := bufio.NewWriterSize(io.NewOffsetWriter(s.file, begin), 256<<10)
	var length [binary.MaxVarintLen64]byte
	err := records(func(record []byte) error {
		if wrote != nil {
			wrote(record, s.written)
		}
		n := binary.PutUvarint(length[:], uint64(len(record)))
		s.written += int64(n + len(record))
		_, err := w.Write(length[:n])
		if err == nil {
			_, err = w.Write(record)
		}
		return err
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	s.runs = append(s.runs, part{begin, s.written})
	return nil
}

// seal ends the adding of records. Runs become one, with marks to find records by.
func (s *sorter) seal() error {
	if s.sealed {
		return nil
	}
	s.sealed = true
	if s.file == nil {
		s.sort()
		return nil
	}
	if err := s.spill(); err != nil {
		return err
	}
	s.text, s.spans = nil, nil
	runs, count := s.runs, 0
	s.runs = nil
	return s.write(func(yield func([]byte) error) error { return s.merge(runs, yield) }, func(record []byte, at int64) {
		if count%indexStep == 0 {
			s.index = append(s.index, mark{prefixOf(record), at})
		}
		count++
	})
}

// all goes over the records in order. They must not be kept.
func (s *sorter) all(yield func(record []byte) error) error {
	if err := s.seal(); err != nil {
		return err
	}
	if s.file == nil {
		return s.memory(yield)
	}
	return s.merge(s.runs, yield)
}

// find goes over the records that begin with a prefix of 8 bytes. It may be called by several goroutines once the sorter is
// sealed.
func (s *sorter) find(prefix uint64, yield func(record []byte) error) error {
	if s.file == nil {
		at, _ := slices.BinarySearchFunc(s.spans, prefix, func(span [2]int, prefix uint64) int {
			return cmp.Compare(prefixOf(s.text[span[0]:span[1]]), prefix)
		})
		for ; at < len(s.spans); at++ {
			record := s.text[s.spans[at][0]:s.spans[at][1]]
			if prefixOf(record) != prefix {
				break
			}
			if err := yield(record); err != nil {
				return err
			}
		}
		return nil
	}
	at, _ := slices.BinarySearchFunc(s.index, prefix, func(m mark, prefix uint64) int { return cmp.Compare(m.prefix, prefix) })
	buffer := blocks.Get().(*[]byte)
	defer blocks.Put(buffer)
	for block := max(at-1, 0); block < len(s.index); block++ { // the first may begin before the first mark of its prefix
		records, err := s.block(block, buffer)
		if err != nil {
			return err
		}
		for len(records) > 0 {
			length, n := binary.Uvarint(records)
			record := records[n : n+int(length)]
			records = records[n+int(length):]
			switch got := prefixOf(record); {
			case got > prefix:
				return nil
			case got < prefix:
				continue
			}
			if err := yield(record); err != nil {
				return err
			}
		}
	}
	return nil
}

// blocks are buffers for the records from one mark to the next.
var blocks = sync.Pool{New: func() any { return new([]byte) }}

// block reads the records from one mark to the next.
func (s *sorter) block(i int, buffer *[]byte) ([]byte, error) {
	end := s.written
	if i+1 < len(s.index) {
		end = s.index[i+1].at
	}
	length := int(end - s.index[i].at)
	*buffer = slices.Grow((*buffer)[:0], length)[:length]
	if _, err := s.file.ReadAt(*buffer, s.index[i].at); err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	return *buffer, nil
}

// prefixOf is the number that a record begins with.
func prefixOf(record []byte) uint64 { return binary.BigEndian.Uint64(record) }

func (s *sorter) close() {
	if s.file != nil {
		name := s.file.Name()
		s.file.Close()
		os.Remove(name) // where an open file cannot be removed
		s.file = nil
	}
	s.text, s.spans, s.index, s.sealed = nil, nil, nil, true
}

// runReader reads the records of a run.
type runReader struct {
	src    *bufio.Reader
	record []byte
}

func (s *sorter) reader(p part, buffer int) *runReader {
	return &runReader{src: bufio.NewReaderSize(io.NewSectionReader(s.file, p.begin, p.end-p.begin), buffer)}
}

// next returns the next record until next is called again, nil at the end.
func (r *runReader) next() ([]byte, error) {
	length, err := binary.ReadUvarint(r.src)
	if err == io.EOF {
		return nil, nil
	}
	if err == nil {
		r.record = slices.Grow(r.record[:0], int(length))[:length]
		_, err = io.ReadFull(r.src, r.record)
	}
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	return r.record, nil
}

// readers is a heap of runs, of which the first has the smallest record.
type readers []*runReader

func (h readers) Len() int           { return len(h) }
func (h readers) Less(i, j int) bool { return bytes.Compare(h[i].record, h[j].record) < 0 }
func (h readers) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *readers) Push(x any)        { *h = append(*h, x.(*runReader)) }
func (h *readers) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// merge goes over the records of several runs in order. Equal records are equal: which comes first does not matter.
func (s *sorter) merge(runs []part, yield func([]byte) error) error {
	var h readers
	for _, run := range runs {
		r := s.reader(run, 64<<10)
		record, err := r.next()
		if err != nil {
			return err
		}
		if record != nil {
			h = append(h, r)
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		if err := yield(h[0].record); err != nil {
			return err
		}
		record, err := h[0].next()
		if err != nil {
			return err
		}
		if record == nil {
			heap.Pop(&h)
		} else {
			heap.Fix(&h, 0)
		}
	}
	return nil
}
