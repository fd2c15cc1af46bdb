package inflate

// output is the caller's buffer with the member that is being written at its end.
type output struct {
	data  []byte // everything that may be filled; never longer than limit
	start int    // where the member begins in data: no match reaches further back
	end   int    // where its next byte goes
	limit int
}

func newOutput(dst []byte, limit int) output {
	return output{data: dst[:min(cap(dst), limit)], start: len(dst), end: len(dst), limit: limit}
}

// member returns what was written.
func (o *output) member() []byte { return o.data[o.start:o.end] }

// buffer returns what the caller gave, followed by the member.
func (o *output) buffer() []byte { return o.data[:o.end] }

// reserve makes the buffer larger if it has not room for count more bytes, as far as the limit allows.
func (o *output) reserve(count int) {
	if len(o.data)-o.end < count {
		o.grow(count)
	}
}

// room makes sure that count more bytes fit, or returns ErrTooLarge.
func (o *output) room(count int) error {
	if o.limit-o.end < count {
		return ErrTooLarge
	}
	if len(o.data)-o.end < count {
		o.grow(max(count, o.end))
	}
	return nil
}

// grow makes room for count more bytes and for what the fast loop wants beyond its last symbol, but for no more than the limit.
func (o *output) grow(count int) {
	larger := make([]byte, o.end+min(count+fastOutput, o.limit-o.end))
	copy(larger, o.data[:o.end])
	o.data = larger
}

// copyMatch writes length bytes that repeat those distance bytes before position end of data. The two may overlap: a distance of 1
// repeats one byte.
func copyMatch(data []byte, end, distance, length int) {
	to := data[end : end+length]
	done := copy(to, data[end-distance:end])
	for done < length {
		// What is done is a whole number of repetitions: double it.
		done += copy(to[done:], to[:done])
	}
}
