//go:build !amd64 || purego

package record

func newMarks() *marks { return nil }

func markBlocks(text []byte, stops, brackets *[markedBytes/8 + 8]byte) (blocks int) { return 0 }
