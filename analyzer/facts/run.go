package facts

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"sync"
)

// blockSize is about how many bytes of facts share one table of strings in a run.
const blockSize = 32 << 10

// lengthSize is how many bytes the length of a block takes.
const lengthSize = 4

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

// SpillError means that facts could not be written to, or read from, the temporary file.
type SpillError struct{ Err error }

func (e *SpillError) Error() string { return "temporary file for facts: " + e.Err.Error() }
func (e *SpillError) Unwrap() error { return e.Err }

// open makes the file if there is none yet.
func (s *spill) open(dir string) error {
	if s.file != nil {
		return nil
	}
	f, err := os.CreateTemp(dir, "roletrail-facts-*")
	if err != nil {
		return &SpillError{err}
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

// writeRun appends a run of the facts that add gives to the writer.
func (s *spill) writeRun(dir string, add func(*blockWriter) error) (run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(dir); err != nil {
		return run{}, err
	}
	w := &blockWriter{out: io.NewOffsetWriter(s.file, s.size), ids: map[string]uint64{}}
	err := add(w)
	if err == nil {
		err = w.flush()
	}
	r := run{s.size, s.size + w.written}
	s.size = r.to
	return r, err
}

// blockWriter writes facts in blocks. A block is its length in four bytes and then its facts: varints, and strings,
// each the number of an earlier string of the block or, for a new one, 0, its length and its bytes. The empty string is
// number 1.
type blockWriter struct {
	out     io.Writer
	block   []byte
	written int64

	ids     map[string]uint64 // of the block's strings
	symbols []symbolID        // of the block's symbols, where facts come from a segment
	blocks  uint32            // how many were begun
	count   uint64            // of the block's strings
}

// symbolID is the number of a symbol in one block.
type symbolID struct {
	block uint32
	id    uint32
}

// add writes a fact.
func (w *blockWriter) add(prefix uint64, f *Fact) error {
	w.begin()
	w.numbers(prefix, f.Time, f.Created, f.Hash, f.Index, f.Label, f.Kind, f.Flags, &f.EventID.uuid, &f.SharedID.uuid)
	for _, s := range f.strings() {
		id, ok := w.ids[*s]
		switch {
		case *s == "":
			id = 1
		case !ok:
			w.ids[*s] = w.literal(*s)
			continue
		}
		w.block = binary.AppendUvarint(w.block, id)
	}
	return w.end()
}

// addCompact writes a fact of a segment, which is faster: its symbols need no hashing.
func (w *blockWriter) addCompact(prefix uint64, g *segment, c *compact) error {
	if len(w.symbols) < len(g.symbols) {
		w.symbols = make([]symbolID, len(g.symbols))
	}
	w.begin()
	w.numbers(prefix, c.time, c.created, c.hash, int(c.index), c.label, c.kind, c.flags, &c.uuid, &c.shared)
	for _, s := range c.texts {
		known := &w.symbols[s]
		switch {
		case s == 0:
			w.block = append(w.block, 1)
		case known.block == w.blocks:
			w.block = binary.AppendUvarint(w.block, uint64(known.id))
		default:
			*known = symbolID{w.blocks, uint32(w.literal(g.symbols[s]))}
		}
	}
	return w.end()
}

func (w *blockWriter) begin() {
	if len(w.block) == 0 {
		w.block = append(w.block, make([]byte, lengthSize)...)
		clear(w.ids)
		w.blocks++
		w.count = 1
	}
}

func (w *blockWriter) numbers(prefix uint64, time, created int64, hash uint64, index int, label uint32, kind Kind, flags Flags, id, shared *[16]byte) {
	b := binary.LittleEndian.AppendUint64(w.block, prefix)
	b = binary.LittleEndian.AppendUint64(b, hash)
	b = append(b, byte(kind), byte(flags), byte(flags>>8))
	b = append(b, id[:]...)
	b = binary.AppendVarint(b, time)
	b = binary.AppendVarint(b, created)
	b = binary.AppendVarint(b, int64(index))
	b = binary.AppendUvarint(b, uint64(label))
	if *shared == ([16]byte{}) {
		w.block = append(b, 0)
	} else {
		w.block = append(append(b, 1), shared[:]...)
	}
}

// literal writes a string that is new to the block, and returns its number.
func (w *blockWriter) literal(s string) uint64 {
	w.block = append(w.block, 0)
	w.block = binary.AppendUvarint(w.block, uint64(len(s)))
	w.block = append(w.block, s...)
	w.count++
	return w.count
}

func (w *blockWriter) end() error {
	if len(w.block) < blockSize {
		return nil
	}
	return w.flush()
}

func (w *blockWriter) flush() error {
	if len(w.block) == 0 {
		return nil
	}
	binary.LittleEndian.PutUint32(w.block, uint32(len(w.block)-lengthSize))
	n, err := w.out.Write(w.block)
	w.written += int64(n)
	w.block = w.block[:0]
	if err != nil {
		return &SpillError{err}
	}
	return nil
}

// strings returns the strings of a fact in the order in which runs hold them.
func (f *Fact) strings() [textCount]*string {
	return [...]*string{&f.EventID.text, &f.Account, &f.Region, &f.Service, &f.Action, &f.ErrorCode, &f.RoleARN, &f.SessionName,
		&f.Principal, &f.InvokedBy, &f.SourceIP, &f.SharedID.text, &f.Object, &f.Subject, &f.Detail, &f.Resource, &f.Raw}
}

// runReader reads the facts of a run back.
type runReader struct {
	file   io.ReaderAt
	left   run     // what is not yet read
	length int     // of the next block, 0 before the first
	buffer *[]byte // to read into

	block string
	at    int
	table []string          // of the block so far
	ids   [textCount]uint32 // of the fact, in the table

	symbols   []symbol // of the table, 0 where they are not yet known,
	symbolsOf int      // in this generation of a segment's
}

// next fills f with the next fact, whose strings point into the block they came in, and returns its prefix.
func (r *runReader) next(f *Fact) (prefix uint64, more bool, err error) {
	if r.at == len(r.block) {
		if more, err := r.readBlock(); err != nil || !more {
			return 0, false, err
		}
	}
	prefix = r.fixed64()
	f.Hash = r.fixed64()
	k := r.take(3)
	f.Kind, f.Flags = Kind(k[0]), Flags(k[1])|Flags(k[2])<<8
	copy(f.EventID.uuid[:], r.take(16))
	f.Time = r.varint()
	f.Created = r.varint()
	f.Index = int(r.varint())
	f.Label = uint32(r.uvarint())
	f.SharedID.uuid = [16]byte{}
	if r.take(1) == "\x01" {
		copy(f.SharedID.uuid[:], r.take(16))
	}
	for i, s := range f.strings() {
		*s = r.string(i)
	}
	return prefix, true, nil
}

func (r *runReader) fixed64() uint64 {
	b := r.take(8)
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// readBlock reads the next block and, with it, the length of the one behind it.
func (r *runReader) readBlock() (bool, error) {
	if r.left.from == r.left.to {
		return false, nil
	}
	if r.length == 0 { // of the first block
		b, err := r.read(lengthSize)
		if err != nil {
			return false, err
		}
		r.length = int(binary.LittleEndian.Uint32(b))
	}
	b, err := r.read(r.length + lengthSize)
	if err != nil {
		return false, err
	}
	r.block, r.at, r.table = string(b[:r.length]), 0, append(r.table[:0], "")
	r.symbols = append(r.symbols[:0], 0)
	if len(b) > r.length {
		r.length = int(binary.LittleEndian.Uint32(b[r.length:]))
	}
	return true, nil
}

// read reads n bytes, or as many as the run still has.
func (r *runReader) read(n int) ([]byte, error) {
	n = int(min(int64(n), r.left.to-r.left.from))
	*r.buffer = slices.Grow((*r.buffer)[:0], n)[:n]
	if _, err := r.file.ReadAt(*r.buffer, r.left.from); err != nil {
		return nil, &SpillError{err}
	}
	r.left.from += int64(n)
	return *r.buffer, nil
}

func (r *runReader) take(n int) string {
	s := r.block[r.at : r.at+n]
	r.at += n
	return s
}

func (r *runReader) uvarint() uint64 {
	v := uint64(r.block[r.at])
	r.at++
	if v < 0x80 {
		return v
	}
	v &= 0x7f
	for shift := 7; ; shift += 7 {
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

// string reads the string that comes at a place of Fact.strings.
func (r *runReader) string(at int) string {
	id := uint32(r.uvarint())
	if id > 0 {
		id--
	} else {
		id = uint32(len(r.table))
		r.table, r.symbols = append(r.table, r.take(int(r.uvarint()))), append(r.symbols, 0)
	}
	r.ids[at] = id
	return r.table[id]
}
