package trailgen

import (
	"encoding/binary"
	"encoding/hex"
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
)

const (
	digits       = "0123456789"
	hexDigits    = "0123456789abcdef"
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" // base 32, as in access key ids and role ids
	alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// random is a seeded source of everything that is drawn. Only PCG's raw output is used, which its paper fixes, so that
// no release of Go can change what a seed gives.
type random struct{ source *rand.PCG }

// newRandom returns the source for one thing (a file, a scene), named by a path of numbers below the seed. Things can
// then be drawn in any order, or twice, with the same result.
func newRandom(seed uint64, path ...uint64) *random {
	a, b := mix(seed), mix(seed^0x9e3779b97f4a7c15)
	for _, p := range path {
		a, b = mix(a^p), mix(b+p)
	}
	return &random{rand.NewPCG(a, b)}
}

// mix is the finalizer of splitmix64: neighbouring seeds give unrelated numbers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below returns a number from 0 to n-1. The bias of the multiplication is far below what any trail could show.
func (r *random) below(n int) int {
	hi, _ := bits.Mul64(r.source.Uint64(), uint64(n))
	return int(hi)
}

// between returns a number from least to most, both included.
func (r *random) between(least, most int) int { return least + r.below(most-least+1) }

// chance is true with probability p.
func (r *random) chance(p float64) bool { return float64(r.source.Uint64()>>11)/(1<<53) < p }

// text returns n letters of the alphabet, which holds at most 256.
func (r *random) text(alphabet string, n int) string {
	out := make([]byte, n)
	var pool uint64
	for i := range out {
		if i%4 == 0 {
			pool = r.source.Uint64()
		}
		out[i] = alphabet[int(pool&0xffff)*len(alphabet)>>16]
		pool >>= 16
	}
	return string(out)
}

// uuid returns a random (version 4) UUID, the form of eventID and of most request ids.
func (r *random) uuid() string {
	var id [16]byte
	binary.LittleEndian.PutUint64(id[:8], r.source.Uint64())
	binary.LittleEndian.PutUint64(id[8:], r.source.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	var out [36]byte
	hex.Encode(out[:8], id[:4])
	hex.Encode(out[9:13], id[4:6])
	hex.Encode(out[14:18], id[6:8])
	hex.Encode(out[19:23], id[8:10])
	hex.Encode(out[24:], id[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// pick returns one element of a list that is not empty.
func pick[T any](r *random, list []T) T { return list[r.below(len(list))] }

// pickWeighted returns one element, drawn by weight. Elements of weight 0 are never drawn; one weight must be positive.
func pickWeighted[T any](r *random, list []T, weight func(*T) int) *T {
	total := 0
	for i := range list {
		total += weight(&list[i])
	}
	n := r.below(total)
	for i := range list {
		n -= weight(&list[i])
		if n < 0 {
			return &list[i]
		}
	}
	panic("unreachable: the weights add up to the total")
}

// shuffle puts the elements into a random order.
func shuffle[T any](r *random, list []T) {
	for i := len(list) - 1; i > 0; i-- {
		j := r.below(i + 1)
		list[i], list[j] = list[j], list[i]
	}
}

// hash turns a name into a number, for ids that must be the same wherever the name occurs.
func hash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}
