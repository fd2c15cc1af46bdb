package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// alphabet has the bytes that marks tell apart, those that differ from them by one bit or are next to them, and others.
const alphabet = "\"\"\"\\\\{}[]{}[],:!#]^Z|~yz{\x02\x1f\x20\x7f\x80\xa2\xdc\xdb\xfb\xff\x00\n abcntf019"

func randomText(random *rand.Rand, n int) []byte {
	text := make([]byte, n)
	letters := alphabet
	if random.IntN(2) == 0 {
		letters = "\"\\{}[]" // so that runs of backslashes get long
	}
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return text
}

// TestMarkBlocks holds the marks against a walk over the bytes.
func TestMarkBlocks(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		text := randomText(random, random.IntN(5*blockBytes))
		if random.IntN(2) == 0 { // else most of it is behind a backslash outside a string
			text = append([]byte{'"'}, bytes.ReplaceAll(text, []byte(`"`), []byte(`\"`))...)
		}
		checkMarkBlocks(t, text)
	}
	long := bytes.Repeat([]byte(`{"a":"b\\","c":["\"{"]},`), markedBytes)[:markedBytes]
	checkMarkBlocks(t, long)
}

func FuzzMarkBlocks(f *testing.F) {
	f.Add([]byte(`{"a":"b\\","c":["\"{"]},{"a":"b\\","c":["\"{"]},{"a":"b\\","c":["\"{"]},{"a":"b\\","c":["\"{"]},`))
	f.Add([]byte("\"" + strings.Repeat("\\", 200) + "\""))
	f.Fuzz(func(t *testing.T, text []byte) { checkMarkBlocks(t, text[:min(len(text), markedBytes)]) })
}

func checkMarkBlocks(t *testing.T, text []byte) {
	t.Helper()
	wantBlocks, stops, brackets := slowMarks(text)
	m := newMarks()
	if m == nil {
		return // the walk does without
	}
	for form, mark := range markForms() {
		if blocks := mark(text, &m.stops, &m.brackets); blocks != wantBlocks {
			t.Fatalf("%s: %d blocks of %q, want %d", form, blocks, text, wantBlocks)
		}
		for i := range wantBlocks {
			if got := binary.LittleEndian.Uint64(m.stops[8*i:]); got != stops[i] {
				t.Fatalf("%s: stops of block %d of %q: %064b, want %064b", form, i, text, got, stops[i])
			}
			if got := binary.LittleEndian.Uint64(m.brackets[8*i:]); got != brackets[i] {
				t.Fatalf("%s: brackets of block %d of %q: %064b, want %064b", form, i, text, got, brackets[i])
			}
		}
	}
}

// slowMarks is markBlocks, byte by byte.
func slowMarks(text []byte) (blocks int, stops, brackets []uint64) {
	inString, escaped := false, false
	for ; len(text) >= blockBytes; text = text[blockBytes:] {
		var stop, bracket uint64
		for i, c := range text[:blockBytes] {
			if c == '"' || c == '\\' || c < 0x20 {
				stop |= 1 << i
			}
			switch {
			case escaped:
				escaped = false
			case c == '\\' && !inString:
				return blocks, stops, brackets
			case c == '\\':
				escaped = true
			case c == '"':
				inString = !inString
			case !inString && strings.IndexByte("{}[]", c) >= 0:
				bracket |= 1 << i
			}
		}
		stops, brackets = append(stops, stop), append(brackets, bracket)
		blocks++
	}
	return blocks, stops, brackets
}

// bare returns a splitter that walks over each byte: without marks, and without expecting any order of the keys.
func bare() *Splitter {
	s := NewSplitter(testFields)
	s.marks, s.steps = nil, nil
	return s
}

// sameSplit fails unless both splitters find the same in a text, or the same fault.
func sameSplit(t *testing.T, a, b *Splitter, text []byte) {
	t.Helper()
	seenA, seenB := &seen{}, &seen{}
	elementsA, errA := a.Split(text, seenA)
	elementsB, errB := b.Split(text, seenB)
	if fmt.Sprint(errA) != fmt.Sprint(errB) || elementsA != elementsB || !reflect.DeepEqual(seenA, seenB) {
		t.Fatalf("%v, %+v, %d records; without marks %v, %+v, %d records in %q", errA, elementsA, len(seenA.raw), errB, elementsB, len(seenB.raw), text)
	}
}

// TestMarksChangeNothing damages the text of a log file in all kinds of places.
func TestMarksChangeNothing(t *testing.T) {
	text := logFile(t, "a")
	random := rand.New(rand.NewPCG(3, 4))
	warm, plain := NewSplitter(testFields), bare()
	sameSplit(t, warm, plain, text)
	for range 5000 {
		damaged := bytes.Clone(text)
		for range 1 + random.IntN(3) {
			i, c := random.IntN(len(damaged)), alphabet[random.IntN(len(alphabet))]
			switch random.IntN(4) {
			case 0:
				damaged = append(damaged[:i], damaged[i+1:]...)
			case 1:
				damaged = append(damaged[:i], append([]byte{c}, damaged[i:]...)...)
			case 2:
				damaged = damaged[:i+1]
			default:
				damaged[i] = c
			}
		}
		sameSplit(t, warm, plain, damaged)
	}
}

// TestMarksOfLongText has values that are longer than what is marked at once, in the way of what comes behind.
func TestMarksOfLongText(t *testing.T) {
	for _, long := range []string{
		`"` + strings.Repeat("x", 3*markedBytes) + `"`,
		`"` + strings.Repeat(`\"`, markedBytes) + `"`,
		`{"a":[` + strings.Repeat(`{"b":"}"},`, markedBytes/4) + `{}]}`,
		strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100),
		strings.Repeat(`[`, 9_990) + strings.Repeat(`]`, 9_990),
		strings.Repeat(`{"a":`, maxDepth+5),
		`n"ll`, `tr"e,"a":{"b":1}`,
	} {
		record := `{"eventName":"A","requestParameters":` + long + `,"eventSource":"s","x":` + long + `,"eventID":"1"}`
		sameSplit(t, NewSplitter(testFields), bare(), []byte(`{"Records":[`+strings.Repeat(record+",", 30)+record+`]}`))
	}
}
