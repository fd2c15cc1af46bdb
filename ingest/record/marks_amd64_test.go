//go:build !purego

package record

type markForm = func(text []byte, stops, brackets *[markedBytes/8 + 8]byte) int

// markForms returns all forms of markBlocks that this processor has.
func markForms() map[string]markForm {
	forms := map[string]markForm{"256": markBlocks256}
	if has512 {
		forms["512"] = markBlocks512
	}
	return forms
}
