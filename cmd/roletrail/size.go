package main

import (
	"errors"
	"strconv"
	"strings"
)

// bytesValue is a flag for a number of bytes, such as 256MiB.
type bytesValue int64

var byteUnits = []struct {
	suffix string
	size   int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"", 1}}

func (v *bytesValue) Set(s string) error {
	for _, unit := range byteUnits {
		digits, ok := strings.CutSuffix(s, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n <= 0 || n > (1<<62)/unit.size {
			break
		}
		*v = bytesValue(n * unit.size)
		return nil
	}
	return errors.New("no size")
}

func (v *bytesValue) String() string {
	n := int64(*v)
	for _, unit := range []int{2, 1, 0} {
		if u := byteUnits[unit]; n >= u.size && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}

func (v *bytesValue) Type() string { return "size" }
