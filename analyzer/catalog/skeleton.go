package catalog

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Skeleton returns what is left of a session name when all is taken away that a reader easily overlooks: case, accents,
// white space, separators, invisible characters, and which of several look-alike characters was used. Names with one
// skeleton can be mistaken for each other. It follows the idea of Unicode Technical Standard 39, section 4, with a table
// of what imitates the letters and digits that session names consist of. A skeleton is its own skeleton.
//
// AWS itself lets a session name have letters, digits and _+=,.@- of ASCII only, so the table is mostly for logs that
// were written by something else.
func Skeleton(name string) string {
	valid := strings.ToValidUTF8(name, "\ufffd") // after anything else the normal form may be incomplete
	folded := strings.Map(fold, norm.NFKD.String(valid))
	return pairs.Replace(folded)
}

// pairs are two letters that look like one.
var pairs = strings.NewReplacer("rn", "m", "vv", "w")

// fold returns the character that stands for r and all that look like it, or -1 if r is easily overlooked.
func fold(r rune) rune {
	if seen, ok := confusables[r]; ok {
		return seen
	}
	if r > unicode.MaxASCII && unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Pd, unicode.Pc) ||
		unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("_+=,.-", r) {
		return -1
	}
	r = unicode.ToLower(r)
	if seen, ok := confusables[r]; ok {
		return seen
	}
	return r
}

// confusables maps characters to the lower-case letter they can be taken for. Of i, l and 1 none can be told from the
// others in every case and font, so all are l. Capitals of other scripts stand here where they resemble another letter
// than their small form does. What compatibility decomposition folds (fullwidth, mathematical and circled letters,
// accents) needs no entry.
var confusables = map[rune]rune{
	'0': 'o', '1': 'l', '2': 'z', '5': 's', '8': 'b', '|': 'l', '!': 'l', '$': 's', 'i': 'l', 'I': 'l',
	'ı': 'l', 'ǀ': 'l', 'ɩ': 'l', 'ɑ': 'a', 'ɡ': 'g', 'ʋ': 'v', 'ꜱ': 's', 'ʀ': 'r', 'ɴ': 'n', 'ʟ': 'l', 'ʙ': 'b',
	'đ': 'd', 'ħ': 'h', 'ł': 'l', 'ø': 'o', 'ŧ': 't', 'ɫ': 'l', '×': 'x',

	// Cyrillic
	'а': 'a', 'А': 'a', 'в': 'b', 'В': 'b', 'Ь': 'b', 'ь': 'b', 'с': 'c', 'С': 'c', 'ԁ': 'd', 'е': 'e', 'Е': 'e',
	'ё': 'e', 'ɢ': 'g', 'н': 'h', 'Н': 'h', 'һ': 'h', 'і': 'l', 'І': 'l', 'ї': 'l', 'Ї': 'l', 'ӏ': 'l', 'Ӏ': 'l',
	'ј': 'j', 'Ј': 'j', 'к': 'k', 'К': 'k', 'м': 'm', 'М': 'm', 'п': 'n', 'о': 'o', 'О': 'o', 'р': 'p', 'Р': 'p',
	'ԛ': 'q', 'г': 'r', 'ѕ': 's', 'Ѕ': 's', 'т': 't', 'Т': 't', 'ѵ': 'v', 'Ѵ': 'v', 'ԝ': 'w', 'Ԝ': 'w', 'ш': 'w',
	'х': 'x', 'Х': 'x', 'у': 'y', 'У': 'y', 'ү': 'y', 'з': 'e', 'З': 'e',

	// Greek
	'α': 'a', 'Α': 'a', 'Β': 'b', 'β': 'b', 'ϲ': 'c', 'Ϲ': 'c', 'ε': 'e', 'Ε': 'e', 'Η': 'h', 'ι': 'l', 'Ι': 'l',
	'κ': 'k', 'Κ': 'k', 'Μ': 'm', 'η': 'n', 'Ν': 'n', 'ο': 'o', 'Ο': 'o', 'σ': 'o', 'ρ': 'p', 'Ρ': 'p', 'Τ': 't',
	'τ': 't', 'υ': 'u', 'ν': 'v', 'ω': 'w', 'χ': 'x', 'Χ': 'x', 'γ': 'y', 'Υ': 'y', 'Ζ': 'z',
}
