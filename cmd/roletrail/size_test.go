package main

import "testing"

func TestSize(t *testing.T) {
	for _, test := range []struct {
		text  string
		bytes bytesValue
		again string
	}{
		{"1", 1, "1"},
		{"1023", 1023, "1023"},
		{"1024", 1024, "1KiB"},
		{"64K", 64 << 10, "64KiB"},
		{"64KiB", 64 << 10, "64KiB"},
		{"256MiB", 256 << 20, "256MiB"},
		{"1024MiB", 1 << 30, "1GiB"},
		{"2G", 2 << 30, "2GiB"},
		{"1025KiB", 1025 << 10, "1025KiB"},
		{"4294967296GiB", 1 << 62, "4294967296GiB"},
	} {
		var got bytesValue
		if err := got.Set(test.text); err != nil || got != test.bytes || got.String() != test.again {
			t.Errorf("%s is %d or %s, error %v, want %d or %s", test.text, got, got.String(), err, test.bytes, test.again)
		}
	}
	for _, text := range []string{"", "0", "-1", "MiB", "1.5GiB", "1 MiB", "1mib", "1MB", "1TiB", "4294967297GiB", "9223372036854775808", "0x10"} {
		got := bytesValue(7)
		if err := got.Set(text); err == nil || got != 7 {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}
