//go:build !amd64 || purego

package record

func walkMarked(s *scanner, all *[maxSteps]step, m *marks, before, i int) (last, end int) {
	return before, i
}
