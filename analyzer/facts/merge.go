package facts

// cursor stands on a fact of one sorted sequence: of a segment or of a run.
type cursor struct {
	prefix uint64 // of the order

	segment *segment
	at      uint32  // the fact's place in it
	left    []entry // those behind it
	run     *runReader

	loaded     bool
	loadedFact Fact
}

// advance moves to the next fact. It reports false behind the last one.
func (c *cursor) advance() (more bool, err error) {
	if c.run != nil {
		c.prefix, more, err = c.run.next(&c.loadedFact)
		c.loaded = true
		return more, err
	}
	if len(c.left) == 0 {
		return false, nil
	}
	c.prefix, c.at, c.left, c.loaded = c.left[0].prefix, c.left[0].at, c.left[1:], false
	return true, nil
}

// fact returns the fact, which is valid until the cursor moves.
func (c *cursor) fact() *Fact {
	if !c.loaded {
		c.segment.load(c.at, &c.loadedFact)
		c.loaded = true
	}
	return &c.loadedFact
}

// merge brings several sorted sequences into one: a heap with the smallest fact at the top.
type merge struct {
	order Order
	heap  []headed
}

// headed is a cursor with what is compared first of its fact, so that comparing most facts needs no look at them.
type headed struct {
	first uint64
	*cursor
}

// add takes up a sequence, whose cursor stands before its first fact.
func (m *merge) add(c *cursor) error {
	more, err := c.advance()
	if err != nil || !more {
		return err
	}
	m.heap = append(m.heap, headed{m.order.first(c.prefix), c})
	for i := len(m.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !m.less(i, parent) {
			break
		}
		m.heap[i], m.heap[parent] = m.heap[parent], m.heap[i]
		i = parent
	}
	return nil
}

// next moves on to the next fact of all.
func (m *merge) next() error {
	top := &m.heap[0]
	more, err := top.advance()
	switch {
	case err != nil:
		return err
	case more:
		top.first = m.order.first(top.prefix)
	default:
		last := len(m.heap) - 1
		m.heap[0], m.heap[last] = m.heap[last], headed{}
		m.heap = m.heap[:last]
	}
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(m.heap) {
			return nil
		}
		if other := child + 1; other < len(m.heap) && m.less(other, child) {
			child = other
		}
		if !m.less(child, i) {
			return nil
		}
		m.heap[i], m.heap[child] = m.heap[child], m.heap[i]
		i = child
	}
}

func (m *merge) less(i, j int) bool {
	a, b := &m.heap[i], &m.heap[j]
	if a.first != b.first {
		return a.first < b.first
	}
	return m.order.compare(a.prefix, a.fact(), b.prefix, b.fact()) < 0
}
