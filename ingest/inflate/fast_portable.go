//go:build purego || !(amd64 || arm64)

package inflate

import "encoding/binary"

// fastLimits are not needed: slices know their lengths.
type fastLimits struct{}

// fastSymbols decodes symbols until the block ends or until input or output come near their ends: then the bytes that a turn reads and
// writes without asking might not be there. done reports the end of the block.
//
// Each turn handles a run of literals or one match. The look-up for the next turn is made before a match is copied, so that the processor
// waits for neither. What looks roundabout is for the compiler: windows of a fixed size and index masks make bounds checks
// unnecessary (see them with -gcflags=-d=ssa/check_bce), slices with equal length and capacity free registers.
func (d *Decoder) fastSymbols(tables *blockTables) (done bool, err error) {
	litlen, distances := &tables.litlen, &tables.distance
	in := d.in.src[d.in.pos:len(d.in.src):len(d.in.src)]
	out := d.out.data[d.out.start:len(d.out.data):len(d.out.data)]
	end := d.out.end - d.out.start

	// bits are as in bitReader. used is 63 less their number: after taking in bytes it is 0 to 7, and what is dropped is added to it.
	// Only its low six bits count, for entries are added whole. Shifts are by six bits of an entry, the upper of which are 0, since
	// such a shift is one instruction.
	bits, used := d.in.bits, uint64(63-d.in.n)

	bits |= binary.LittleEndian.Uint64(in) << (^used & 63)
	in = in[used>>3&7 : len(in) : len(in)]
	used &= 7
	entry := litlen[bits%(1<<litlenBits)]
	for len(in) >= 8 && end+fastOutput <= len(out) {
		// Here at least 56 bits are there, and entry is what they begin with.
		to := (*[fastOutput]byte)(out[end : end+fastOutput : end+fastOutput])
		if entry >= literalCount {
			// Up to four entries of at most 11 bits. Two bytes are written in any case, the second may be overwritten.
			bits >>= entry & 63
			used += uint64(entry)
			binary.LittleEndian.PutUint16(to[:], uint16(entry>>literalFirst))
			n := entry / literalCount
			entry = litlen[bits%(1<<litlenBits)]
			if entry >= literalCount {
				bits >>= entry & 63
				used += uint64(entry)
				binary.LittleEndian.PutUint16(to[n&15:], uint16(entry>>literalFirst))
				n += entry / literalCount
				entry = litlen[bits%(1<<litlenBits)]
				if entry >= literalCount {
					bits >>= entry & 63
					used += uint64(entry)
					binary.LittleEndian.PutUint16(to[n&15:], uint16(entry>>literalFirst))
					n += entry / literalCount
					entry = litlen[bits%(1<<litlenBits)]
					if entry >= literalCount {
						bits >>= entry & 63
						used += uint64(entry)
						binary.LittleEndian.PutUint16(to[n&15:], uint16(entry>>literalFirst))
						n += entry / literalCount
						entry = litlen[bits%(1<<litlenBits)]
					}
				}
			}
			end += int(n)
			bits |= binary.LittleEndian.Uint64(in) << (^used & 63)
			in = in[used>>3&7 : len(in) : len(in)]
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
					to[0] = byte(entry >> literalFirst)
					end++
					bits |= binary.LittleEndian.Uint64(in) << (^used & 63)
					in = in[used>>3&7 : len(in) : len(in)]
					used &= 7
					entry = litlen[bits%(1<<litlenBits)]
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

		// A match takes at most 48 bits: 15+5 for its length, 15+13 for its distance.
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
		start := end - distance
		if start < 0 {
			err = ErrCorrupt
			break
		}

		// All 64 of bits were valid before the match, so that those left over suffice for the next look-up.
		entry = litlen[bits%(1<<litlenBits)]
		bits |= binary.LittleEndian.Uint64(in) << (^used & 63)
		in = in[used>>3&7 : len(in) : len(in)]
		used &= 7

		if distance >= 16 {
			// Pieces of 16 bytes do not overlap. Most matches end within the first 64 bytes; what is written beyond a match is overwritten.
			from := (*[fastOutput]byte)(out[start : start+fastOutput : start+fastOutput])
			*(*[16]byte)(to[0:]) = *(*[16]byte)(from[0:])
			*(*[16]byte)(to[16:]) = *(*[16]byte)(from[16:])
			*(*[16]byte)(to[32:]) = *(*[16]byte)(from[32:])
			*(*[16]byte)(to[48:]) = *(*[16]byte)(from[48:])
			for i := uint32(64); i < length; i += 64 {
				*(*[16]byte)(to[i:]) = *(*[16]byte)(from[i:])
				*(*[16]byte)(to[i+16:]) = *(*[16]byte)(from[i+16:])
				*(*[16]byte)(to[i+32:]) = *(*[16]byte)(from[i+32:])
				*(*[16]byte)(to[i+48:]) = *(*[16]byte)(from[i+48:])
			}
		} else {
			copyMatch(out, end, distance, int(length))
		}
		end += int(length)
	}

	d.out.end = d.out.start + end
	d.in.pos = len(d.in.src) - len(in)
	d.in.n = uint(^used & 63)
	d.in.bits = bits
	return done, err
}
