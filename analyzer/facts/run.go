package facts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// blockSize is about how many bytes of facts share one table of strings in a run.
const blockSize = 64 << 10

// run is a stretch of the spill file that holds sorted facts.
type run struct{ from, to int64 }

// spill is the temporary file that runs are written to, one behind the other. It has no name from the start where the
// system allows that, so it is gone however the process ends.
type spill struct {
	mu   sync.Mutex
	file *os.File
	name string // set if the file could not be removed while it is open
	size int64
}

// open makes the file if there is none yet.
func (s *spill) open(dir string) error {
	if s.file != nil {
		return nil
	}
	f, err := os.CreateTemp(dir, "roletrail-facts-*")
	if err != nil {
		return fmt.Errorf("temporary file for facts: %w", err)
	}
	if os.Remove(f.Name()) != nil {
		s.name = f.Name()
	}
	s.file = f
	return nil
}

func (s *spill) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	s.file = nil
	return err
}

// writeRun appends a run of the facts that next fills in until it reports false.
func (s *spill) writeRun(dir string, next func(*Fact) (bool, error)) (run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(dir); err != nil {
		return run{}, err
	}
	w := blockWriter{out: io.NewOffsetWriter(s.file, s.size), ids: map[string]uint64{}}
	var f Fact
	for {
		more, err := next(&f)
		if err != nil {
			return run{}, err
		}
		if !more {
			break
		}
		if err := w.add(&f); err != nil {
			return run{}, fmt.Errorf("temporary file for facts: %w", err)
		}
	}
	if err := w.flush(); err != nil {
		return run{}, fmt.Errorf("temporary file for facts: %w", err)
	}
	r := run{s.size, s.size + w.written}
	s.size = r.to
	return r, nil
}

// blockWriter writes facts in blocks. A block is its length in four bytes and then its facts: varints, and strings,
// each the number of an earlier string of the block or, for a new one, 0, its length and its bytes. The empty string is
// number 1.
type blockWriter struct {
	out     io.Writer
	block   []byte
	ids     map[string]uint64
	written int64
}

func (w *blockWriter) add(f *Fact) error {
	if len(w.block) == 0 {
		w.block = append(w.block, 0, 0, 0, 0)
		clear(w.ids)
		w.ids[""] = 1
	}
	b := w.block
	b = binary.AppendVarint(b, f.Time)
	b = binary.AppendVarint(b, f.Created)
	b = binary.LittleEndian.AppendUint64(b, f.Hash)
	b = binary.AppendVarint(b, int64(f.Index))
	b = append(b, byte(f.Kind), byte(f.Flags), byte(f.Flags>>8))
	b = append(b, f.EventID.uuid[:]...)
	b = append(b, f.SharedID.uuid[:]...)
	w.block = b
	for _, s := range f.strings() {
		w.string(*s)
	}
	if len(w.block) >= blockSize {
		return w.flush()
	}
	return nil
}

func (w *blockWriter) string(s string) {
	if id, ok := w.ids[s]; ok {
		w.block = binary.AppendUvarint(w.block, id)
		return
	}
	w.ids[s] = uint64(len(w.ids) + 1)
	w.block = append(w.block, 0)
	w.block = binary.AppendUvarint(w.block, uint64(len(s)))
	w.block = append(w.block, s...)
}

func (w *blockWriter) flush() error {
	if len(w.block) == 0 {
		return nil
	}
	binary.LittleEndian.PutUint32(w.block, uint32(len(w.block)-4))
	n, err := w.out.Write(w.block)
	w.written += int64(n)
	w.block = w.block[:0]
	return err
}

// strings returns the strings of a fact in the order in which runs hold them.
func (f *Fact) strings() [13]*string {
	return [...]*string{&f.EventID.text, &f.Account, &f.Region, &f.Service, &f.Action, &f.ErrorCode, &f.RoleARN, &f.SessionName,
		&f.Principal, &f.InvokedBy, &f.SourceIP, &f.SharedID.text, &f.Object}
}

// runReader reads the facts of a run back.
type runReader struct {
	in    *io.SectionReader
	block string
	at    int
	table []string
}

// next fills f with the next fact, whose strings point into the block they came in.
func (r *runReader) next(f *Fact) (bool, error) {
	if r.at == len(r.block) {
		if more, err := r.readBlock(); err != nil || !more {
			return false, err
		}
	}
	f.Time = r.varint()
	f.Created = r.varint()
	f.Hash = binary.LittleEndian.Uint64([]byte(r.take(8)))
	f.Index = int(r.varint())
	k := r.take(3)
	f.Kind, f.Flags = Kind(k[0]), Flags(k[1])|Flags(k[2])<<8
	copy(f.EventID.uuid[:], r.take(16))
	copy(f.SharedID.uuid[:], r.take(16))
	for _, s := range f.strings() {
		*s = r.string()
	}
	return true, nil
}

func (r *runReader) readBlock() (bool, error) {
	var size [4]byte
	if _, err := io.ReadFull(r.in, size[:]); err == io.EOF {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("temporary file for facts: %w", err)
	}
	block := make([]byte, binary.LittleEndian.Uint32(size[:]))
	if _, err := io.ReadFull(r.in, block); err != nil {
		return false, fmt.Errorf("temporary file for facts: %w", err)
	}
	r.block, r.at, r.table = string(block), 0, append(r.table[:0], "")
	return true, nil
}

func (r *runReader) take(n int) string {
	s := r.block[r.at : r.at+n]
	r.at += n
	return s
}

func (r *runReader) uvarint() uint64 {
	var v uint64
	for shift := 0; ; shift += 7 {
		c := r.block[r.at]
		r.at++
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

func (r *runReader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *runReader) string() string {
	id := r.uvarint()
	if id > 0 {
		return r.table[id-1]
	}
	s := r.take(int(r.uvarint()))
	r.table = append(r.table, s)
	return s
}
