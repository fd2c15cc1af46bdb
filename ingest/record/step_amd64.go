//go:build !purego

package record

// walkMarked is walkSteps where there are marks at b[i], for all steps of s. It leaves more than that to object.
//
//go:noescape
func walkMarked(s *scanner, all *[maxSteps]step, m *marks, before, i int) (last, end int)
