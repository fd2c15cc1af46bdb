//go:build (amd64 || arm64) && !purego

package inflate

import "unsafe"

// fastLimits are places in the buffers that the fast loop compares with. It keeps them in memory, since all registers have better uses.
type fastLimits struct {
	in    unsafe.Pointer // a turn begins here or before
	out   unsafe.Pointer // the same
	start unsafe.Pointer // of the member: no match reaches further back
}

// fastSymbols decodes symbols until the block ends or until input or output come near their ends: then the bytes that a turn reads and
// writes without asking might not be there. done reports the end of the block.
//
// Each turn handles a run of literals or one match. The look-up for the next turn is made before bits are taken in and before a match is
// copied, so that the processor waits for neither.
//
// It does what its portable form does, turn by turn, but reads and writes by pointers: so it needs neither bounds checks nor the registers
// for lengths, without which the compiler keeps bits in memory. No other code of the module does so. Callers make sure of fastInput and
// fastOutput bytes; then what holds for every access is this:
//
//   - Of the input, eight bytes are read at in. A turn begins where these are there, that is up to limits.in, and reads once, before it
//     moves in by at most 7 bytes. So in never passes the last byte.
//   - Of the output, up to 8 bytes are written by literals, and by a match, whose length is at most 258 as all of litlenMeanings are, less
//     than 258+36+64: at most 29 bytes and 8 more where the distance is short, then pieces of 64 bytes, the last of which begins before the
//     end of the match, or 29 bytes beyond its start. A turn begins where fastOutput bytes are there, up to limits.out.
//   - A match is read from out-distance, which is checked not to lie before limits.start, and from there on as many bytes as are
//     written from out on; so that this ends before what is written does.
//   - Tables are arrays whose index is masked: the compiler sees that no check is needed.
//
// Buffers do not move, for a Decoder is given them as slices that it keeps: they are not on a stack. Pointers stay inside their buffer all
// the time, which the race detector's pointer checks confirm.
func (d *Decoder) fastSymbols(tables *blockTables) (done bool, err error) {
	litlen, distances := &tables.litlen, &tables.distance
	in, out := unsafe.Pointer(&d.in.src[d.in.pos]), unsafe.Pointer(&d.out.data[d.out.end])
	limits := &d.limits
	limits.in = unsafe.Pointer(&d.in.src[len(d.in.src)-8])
	limits.out = unsafe.Pointer(&d.out.data[len(d.out.data)-fastOutput])
	limits.start = unsafe.Pointer(&d.out.data[d.out.start])

	// bits are as in bitReader. used is 63 less their number: after taking in bytes it is 0 to 7, and what is dropped is added to it.
	// Only its low six bits count, for entries are added whole. Shifts are by six bits of an entry, the upper of which are 0, since
	// such a shift is one instruction.
	bits, used := d.in.bits, uint64(63-d.in.n)

	bits |= load64(in) << (^used & 63)
	in = unsafe.Add(in, used>>3&7)
	used &= 7
	entry := litlen[bits%(1<<litlenBits)]
	for uintptr(in) <= uintptr(limits.in) && uintptr(out) <= uintptr(limits.out) {
		// Here at least 56 bits are there, and entry is what they begin with.
		if entry >= literalCount {
			// Up to four entries of at most 11 bits. Two bytes are written in any case, the second may be overwritten.
			bits >>= entry & 63
			used += uint64(entry)
			store16(out, uint16(entry>>literalFirst))
			out = unsafe.Add(out, entry/literalCount)
			entry = litlen[bits%(1<<litlenBits)]
			if entry >= literalCount {
				bits >>= entry & 63
				used += uint64(entry)
				store16(out, uint16(entry>>literalFirst))
				out = unsafe.Add(out, entry/literalCount)
				entry = litlen[bits%(1<<litlenBits)]
				if entry >= literalCount {
					bits >>= entry & 63
					used += uint64(entry)
					store16(out, uint16(entry>>literalFirst))
					out = unsafe.Add(out, entry/literalCount)
					entry = litlen[bits%(1<<litlenBits)]
					if entry >= literalCount {
						bits >>= entry & 63
						used += uint64(entry)
						store16(out, uint16(entry>>literalFirst))
						out = unsafe.Add(out, entry/literalCount)
						entry = litlen[bits%(1<<litlenBits)]
					}
				}
			}
			bits |= load64(in) << (^used & 63)
			in = unsafe.Add(in, used>>3&7)
			used &= 7
			continue
		}
		if entry&entrySpecial != 0 {
			if entry&entryPointer != 0 {
				bits >>= litlenBits
				used += litlenBits
				entry = litlen[(entry>>16+litlenEntry(bits)&(1<<(entry>>8&15)-1))%litlenSize]
				if entry >= literalCount {
					bits >>= entry & 63
					used += uint64(entry)
					store16(out, uint16(entry>>literalFirst))
					out = unsafe.Add(out, 1)
					entry = litlen[bits%(1<<litlenBits)]
					bits |= load64(in) << (^used & 63)
					in = unsafe.Add(in, used>>3&7)
					used &= 7
					continue
				}
			}
			if entry&entrySpecial != 0 {
				bits >>= entry & entryDrop
				used += uint64(entry)
				if entry&entryEnd == 0 {
					err = ErrCorrupt
				}
				done = true
				break
			}
		}

		// A match takes at most 48 bits: 15+5 for its length, 15+13 for its distance. All 64 of bits are valid here, so that those left
		// over suffice for the next look-up.
		length := uint32(entry>>16&0x1ff) + uint32(bits>>(entry>>8&63))&uint32(entry>>25)
		bits >>= entry & 63
		used += uint64(entry)
		far := distances[bits%(1<<distanceBits)]
		if far&entrySpecial != 0 {
			if far&entryPointer == 0 {
				err = ErrCorrupt
				break
			}
			bits >>= distanceBits
			used += distanceBits
			far = distances[(far>>16+distanceEntry(bits)&(1<<(far>>8&15)-1))%distanceSize]
		}
		distance := int(uint16(far>>16)) + int(bits>>(far>>8&63)&uint64(far>>32))
		bits >>= far & 63
		used += uint64(far)
		if uintptr(out)-uintptr(distance) < uintptr(limits.start) {
			err = ErrCorrupt
			break
		}

		entry = litlen[bits%(1<<litlenBits)]
		bits |= load64(in) << (^used & 63)
		in = unsafe.Add(in, used>>3&7)
		used &= 7

		to, from := out, unsafe.Add(out, -distance)
		out = unsafe.Add(out, length)
		if distance < 16 {
			// Repeat what is repeated until 16 bytes or more of it are there. Of each piece of 8 bytes, the first distance bytes are right.
			shift := int(wideDistance[distance&15]) - distance
			for i := 0; i < shift; i += min(distance, 8) {
				store64(unsafe.Add(to, i), load64(unsafe.Add(from, i)))
			}
			to = unsafe.Add(to, shift)
		}
		// Pieces of 16 bytes do not overlap. Most matches end within the first 64 bytes; what is written beyond a match is overwritten.
		copy64(to, from)
		for {
			to, from = unsafe.Add(to, 64), unsafe.Add(from, 64)
			if uintptr(to) >= uintptr(out) {
				break
			}
			copy64(to, from)
		}
	}

	d.out.end += int(uintptr(out) - uintptr(unsafe.Pointer(&d.out.data[d.out.end])))
	d.in.pos += int(uintptr(in) - uintptr(unsafe.Pointer(&d.in.src[d.in.pos])))
	d.in.n = uint(^used & 63)
	d.in.bits = bits
	return done, err
}

// wideDistance is, for each distance below 16, its smallest multiple that is not.
var wideDistance = [16]uint8{0, 16, 16, 18, 16, 20, 18, 21, 16, 18, 20, 22, 24, 26, 28, 30}

func load64(p unsafe.Pointer) uint64 { return *(*uint64)(p) }

func store64(p unsafe.Pointer, v uint64) { *(*uint64)(p) = v }

func store16(p unsafe.Pointer, v uint16) { *(*uint16)(p) = v }

func copy64(to, from unsafe.Pointer) {
	*(*[16]byte)(to) = *(*[16]byte)(from)
	*(*[16]byte)(unsafe.Add(to, 16)) = *(*[16]byte)(unsafe.Add(from, 16))
	*(*[16]byte)(unsafe.Add(to, 32)) = *(*[16]byte)(unsafe.Add(from, 32))
	*(*[16]byte)(unsafe.Add(to, 48)) = *(*[16]byte)(unsafe.Add(from, 48))
}
