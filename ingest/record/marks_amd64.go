//go:build !purego

package record

import "golang.org/x/sys/cpu"

func newMarks() *marks {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasPCLMULQDQ || !cpu.X86.HasBMI1 || !cpu.X86.HasBMI2 {
		return nil
	}
	return new(marks)
}

// has512 tells whether the processor compares 64 bytes at a time, and is none of those that run slower when they do.
var has512 = cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI2

// markBlocks sets the marks for the whole blocks of a text of at most markedBytes, which begins outside a string, and
// returns how many: it ends before a block with a backslash outside strings, which is no JSON, and which the walk over
// the text does not take for an escape. The processor must be one for which newMarks makes some.
func markBlocks(text []byte, stops, brackets *[markedBytes/8 + 8]byte) (blocks int) {
	if has512 {
		return markBlocks512(text, stops, brackets)
	}
	return markBlocks256(text, stops, brackets)
}

//go:noescape
func markBlocks256(text []byte, stops, brackets *[markedBytes/8 + 8]byte) (blocks int)

//go:noescape
func markBlocks512(text []byte, stops, brackets *[markedBytes/8 + 8]byte) (blocks int)
