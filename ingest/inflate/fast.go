package inflate

const (
	// fastInput is the number of bytes of input that the fast loop wants: it takes in eight at a time, twice before it first looks.
	fastInput = 16
	// fastOutput is more than one turn of the fast loop writes. A length is at most 258 and is written in pieces of 64 bytes, but all that the
	// compiler knows of it is that it is 9 bits and 7 bits added up.
	fastOutput = 768
)
