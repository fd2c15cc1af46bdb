package inflate_test

import (
	"bytes"
	"compress/gzip"
	"fmt"

	"roletrail/ingest/inflate"
)

// A gzip file may have several members, which are one stream.
func ExampleDecoder_Gunzip() {
	var file bytes.Buffer
	for _, text := range []string{"one, ", "two, ", "three"} {
		w := gzip.NewWriter(&file)
		fmt.Fprint(w, text)
		w.Close()
	}

	var d inflate.Decoder
	var out []byte
	for src := file.Bytes(); len(src) > 0; {
		var n int
		var err error
		out, n, err = d.Gunzip(out, src, 1<<20)
		if err != nil {
			fmt.Println(err)
			return
		}
		src = src[n:]
	}
	fmt.Println(string(out))
	// Output: one, two, three
}
