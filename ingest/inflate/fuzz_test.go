package inflate

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the seeds of the fuzz targets to testdata")

// addFound adds the inputs that hours of a fuzz target have found to take ways of their own through the decoder.
func addFound(f *testing.F, target string) {
	found, err := zip.OpenReader(filepath.Join("testdata", "found.zip"))
	if err != nil {
		f.Fatal(err)
	}
	defer found.Close()
	for _, file := range found.File {
		if !strings.HasPrefix(file.Name, target+"/") {
			continue
		}
		content, err := file.Open()
		if err != nil {
			f.Fatal(err)
		}
		input, err := io.ReadAll(content)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(input)
	}
}

// FuzzGunzip holds Gunzip to compress/gzip on whole files, of one or more members.
func FuzzGunzip(f *testing.F) {
	addFound(f, "FuzzGunzip")
	f.Fuzz(func(t *testing.T, src []byte) {
		sameAsReference(t, new(Decoder), src)
	})
}

// FuzzDeflate does so on compressed data alone, to which it adds a header and the right trailer: without it a changed byte nearly always
// ends at the checksum, and the output is never compared. The data lies between two other members.
func FuzzDeflate(f *testing.F) {
	addFound(f, "FuzzDeflate")
	f.Fuzz(func(t *testing.T, compressed []byte) {
		r := bytes.NewReader(compressed)
		output, err := io.ReadAll(flate.NewReader(r))
		src := append(slices.Clone(plainHeader), compressed...)
		if err == nil {
			used := compressed[:len(compressed)-r.Len()]
			src = memberOf(used, output)
			src = append(src, memberOf(used, output)...)
		}
		sameAsReference(t, new(Decoder), src)
	})
}

// TestSeeds checks that the seeds in testdata are the edge cases; with -update it writes them.
func TestSeeds(t *testing.T) {
	seeds := map[string][]byte{}
	for name, c := range edgeCases() {
		file := strings.NewReplacer(", ", "-", " ", "-").Replace(name)
		seeds["FuzzDeflate/"+file] = c.data
		seeds["FuzzGunzip/"+file] = memberOf(c.data, []byte(c.want))
	}
	seeds["FuzzGunzip/full-header"] = withHeader(t, fullHeader())
	seeds["FuzzGunzip/small"] = small(t)
	seeds["FuzzGunzip/two-members"] = append(small(t), small(t)...)
	seeds["FuzzGunzip/trailing-bytes"] = append(small(t), "trailing"...)
	seeds["FuzzGunzip/log-file"] = gzipped(t, logFile(1, 10), 6)
	seeds["FuzzDeflate/larger-log-file"] = gzipped(t, logFile(1, 60), 6)[fixedHeaderLength:]
	seeds["FuzzDeflate/short-distances"] = gzipped(t, periods(5000), 9)[fixedHeaderLength:]
	seeds["FuzzDeflate/words"] = gzipped(t, words(5000), 9)[fixedHeaderLength:]
	seeds["FuzzDeflate/log-file"] = gzipped(t, logFile(1, 10), 6)[fixedHeaderLength:]

	for _, name := range slices.Sorted(maps.Keys(seeds)) {
		path := filepath.Join("testdata", "fuzz", filepath.FromSlash(name))
		want := fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n", seeds[name])
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not the edge case of that name: run the test with -update", path)
		}
	}
}
