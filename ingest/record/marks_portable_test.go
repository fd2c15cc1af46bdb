//go:build !amd64 || purego

package record

func markForms() map[string]func(text []byte, stops, brackets *[markedBytes/8 + 8]byte) int {
	return nil
}
