package inflate

// carefulSymbol decodes one literal (or two that share an entry), one match, or the end of the block. It works up to the last bit of the
// input and to the last byte of the output, and makes the buffer larger when it is full. done reports the end of the block.
func (d *Decoder) carefulSymbol(tables *blockTables) (done bool, err error) {
	in := &d.in
	in.refill()
	// Every block has an end. So fewer bits than its code takes are too few, whatever else they may mean.
	if in.n < tables.endLength {
		return false, ErrTruncated
	}
	entry := tables.litlen[in.bits%(1<<litlenBits)]
	if entry&entryPointer != 0 {
		if in.n < litlenBits {
			return false, ErrTruncated
		}
		in.drop(litlenBits)
		entry = tables.litlen[(uint64(entry>>16)+in.bits&(1<<(entry>>8&15)-1))%litlenSize]
	}
	if in.n < uint(entry&entryDrop) {
		return false, ErrTruncated
	}
	code := in.bits
	in.drop(uint(entry & entryDrop))
	if entry&entrySpecial != 0 {
		if entry&entryEnd == 0 {
			return false, ErrCorrupt
		}
		return true, nil
	}
	if entry >= literalCount {
		return false, d.carefulLiterals(entry)
	}
	length := int(entry>>16&0x1ff) + int(code>>(entry>>8&15)&uint64(entry>>25))

	in.refill()
	distance, err := d.carefulDistance(&tables.distance)
	if err != nil {
		return false, err
	}
	if err := d.out.room(length); err != nil {
		return false, err
	}
	copyMatch(d.out.data, d.out.end, distance, length)
	d.out.end += length
	return false, nil
}

// carefulLiterals writes the literals of an entry.
func (d *Decoder) carefulLiterals(entry litlenEntry) error {
	literals := entry >> literalFirst
	for range entry / literalCount {
		if err := d.out.room(1); err != nil {
			return err
		}
		d.out.data[d.out.end] = byte(literals)
		d.out.end++
		literals >>= literalSecond - literalFirst
	}
	return nil
}

// carefulDistance decodes the distance of a match, which may reach back to the beginning of the member.
func (d *Decoder) carefulDistance(table *distanceTable) (int, error) {
	in := &d.in
	entry := table[in.bits%(1<<distanceBits)]
	if entry&entryPointer != 0 {
		if in.n < distanceBits {
			return 0, ErrTruncated
		}
		in.drop(distanceBits)
		entry = table[(uint64(entry>>16)+in.bits&(1<<(entry>>8&15)-1))%distanceSize]
	}
	if in.n < uint(entry&entryDrop) {
		return 0, ErrTruncated
	}
	code := in.bits
	in.drop(uint(entry & entryDrop))
	if entry&entrySpecial != 0 {
		return 0, ErrCorrupt
	}
	distance := int(entry>>16&0xffff) + int(code>>(entry>>8&15)&uint64(entry>>32))
	if distance > d.out.end-d.out.start {
		return 0, ErrCorrupt
	}
	return distance, nil
}
