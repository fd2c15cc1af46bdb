package catalog

import "strings"

// Match tells whether a pattern matches all of s. In the pattern * stands for any text, also none, and every other
// character for itself. It takes time linear in the lengths, whatever the pattern.
func Match(pattern, s string) bool {
	literal, pattern, star := strings.Cut(pattern, "*")
	if !star {
		return literal == s
	}
	s, ok := strings.CutPrefix(s, literal)
	if !ok {
		return false
	}
	// The first place at which a literal fits leaves the most to the rest of the pattern, so none other need be tried.
	for {
		literal, pattern, star = strings.Cut(pattern, "*")
		if !star {
			return strings.HasSuffix(s, literal)
		}
		i := strings.Index(s, literal)
		if i < 0 {
			return false
		}
		s = s[i+len(literal):]
	}
}
