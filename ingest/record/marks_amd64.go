//go:build !purego

package record

import "golang.org/x/sys/cpu"

func newMarks() *marks {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasPCLMULQDQ || !cpu.X86.HasBMI1 {
		return nil
	}
	return new(marks)
}

// markBlocks sets the marks for the whole blocks of a text of at most markedBytes, which begins outside a string, and
// returns how many: it ends before a block with a backslash outside strings, which is no JSON, and which the walk over
// the text does not take for an escape. The processor must be one for which newMarks makes some.
//
//go:noescape
func markBlocks(text []byte, stops, brackets *[markedBytes/8 + 8]byte) (blocks int)
