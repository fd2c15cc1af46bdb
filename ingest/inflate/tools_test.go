package inflate

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// zlibGzip writes standard input as a gzip file by zlib: level, strategy, memory level.
const zlibGzip = `import sys, zlib
level, strategy, memory = map(int, sys.argv[1:])
c = zlib.compressobj(level, zlib.DEFLATED, 31, memory, strategy)
sys.stdout.buffer.write(c.compress(sys.stdin.buffer.read()) + c.flush())`

// toolCommands are the other programs that write gzip, at every level, and zlib with every strategy too: some of them write nothing but
// literals, runs or fixed codes. make test installs them.
//
// thorough ones take seconds for 100 kB.
func toolCommands(thorough bool) (all [][]string) {
	zlib := func(level, strategy, memory int) {
		all = append(all, []string{"python3", "-c", zlibGzip, fmt.Sprint(level), fmt.Sprint(strategy), fmt.Sprint(memory)})
	}
	for level := range 10 {
		zlib(level, 0, 8)
		all = append(all, []string{"pigz", fmt.Sprintf("-%d", level), "-b", "128", "-c"})
	}
	for strategy := 1; strategy <= 4; strategy++ { // filtered, Huffman only, run length, fixed codes
		zlib(6, strategy, 8)
	}
	zlib(1, 0, 1) // small blocks
	zlib(9, 0, 1)
	for level := 1; level <= 9; level++ {
		all = append(all, []string{"gzip", fmt.Sprintf("-%d", level), "-c"})
	}
	for level := 1; level <= 12; level++ {
		all = append(all, []string{"libdeflate-gzip", fmt.Sprintf("-%d", level), "-c"})
	}
	if thorough {
		all = append(all,
			[]string{"pigz", "-11", "-c"},
			[]string{"zopfli", "--i1", "-c", "/dev/stdin"}, []string{"zopfli", "--i5", "--splitlast", "-c", "/dev/stdin"})
	}
	return all
}

// TestTools decompresses what other programs have compressed.
func TestTools(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the programs that make test installs")
	}
	for name, text := range map[string][]byte{
		"nothing": nil, "one byte": []byte("a"), "few words": words(300), "words": words(200_000), "periods": periods(40_000),
		"log file": logFile(1, 30), "large log file": logFile(1, 1000), "random": random(100_000), "zeros": make([]byte, 300_000),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "text")
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, command := range toolCommands(len(text) < 50_000) {
				src := compressedBy(t, command, file)
				for _, dst := range [][]byte{nil, make([]byte, 0, len(text)+fastOutput)} {
					var d Decoder
					out, consumed, err := d.Gunzip(dst, src, len(text))
					if err != nil || consumed != len(src) || !bytes.Equal(out, text) {
						t.Errorf("%q: %d bytes of %d, consumed %d of %d, error %v", command, len(out), len(text), consumed, len(src), err)
					}
				}
			}
		})
	}
}

// compressedBy is what a command writes that reads a file on standard input. It is no pipe, since zopfli seeks in it.
func compressedBy(t *testing.T, command []string, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c := exec.CommandContext(t.Context(), command[0], command[1:]...)
	c.Stdin = file
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%q: %v %s", command, err, stderr.String())
	}
	return out
}
