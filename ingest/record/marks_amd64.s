//go:build !purego

#include "textflag.h"

DATA quoteByte<>+0(SB)/1, $0x22
GLOBL quoteByte<>(SB), RODATA|NOPTR, $1
DATA backslashByte<>+0(SB)/1, $0x5c
GLOBL backslashByte<>(SB), RODATA|NOPTR, $1
DATA smallBit<>+0(SB)/1, $0x20
GLOBL smallBit<>(SB), RODATA|NOPTR, $1
DATA lastControl<>+0(SB)/1, $0x1f
GLOBL lastControl<>(SB), RODATA|NOPTR, $1
DATA openBrace<>+0(SB)/1, $0x7b
GLOBL openBrace<>(SB), RODATA|NOPTR, $1
DATA closeBrace<>+0(SB)/1, $0x7d
GLOBL closeBrace<>(SB), RODATA|NOPTR, $1
DATA notTwo<>+0(SB)/1, $0xfd
GLOBL notTwo<>(SB), RODATA|NOPTR, $1

// UNESCAPE takes quotes that are escaped out of AX, given the backslashes in BX.
//
// A backslash that is not escaped itself (R13 has those that may be, all
// but one that the block before escapes) escapes the byte behind it, so of a run of them every second does. A run that
// begins on an even place escapes the odd places in it and behind it; subtracting the run's bits from the odd bits
// lets a borrow run along it, so that xor with the odd bits shows the places that are escaped in runs of either kind,
// and the backslashes that escape. R12 is all backslashes, and the first byte if it is escaped.
#define UNESCAPE \
	MOVQ  BX, R12; \
	ORQ   R9, R12; \
	ANDNQ BX, R9, R13; \
	LEAQ  (R13)(R13*1), R9; \
	ORQ   R14, R9; \
	SUBQ  R13, R9; \
	XORQ  R14, R9; /* what is escaped, and what escapes */ \
	XORQ  R9, R12; /* what is escaped */ \
	ANDNQ AX, R12, AX; \
	ANDQ  BX, R9; \
	SHRQ  $63, R9

// INSIDE sets R12 to what is inside strings, from the opening quote to before the closing one, given the quotes in AX: of
// each byte, whether the number of quotes up to it is odd. That is the carry-less product with all ones.
#define INSIDE \
	VMOVQ AX, X2; \
	VPCLMULQDQ $0, X10, X2, X2; \
	VMOVQ X2, R12; \
	XORQ R8, R12

// NEXT notes the brackets in R11 that are outside strings, and goes on to the next block.
#define NEXT \
	MOVQ R12, R8; \
	SARQ $63, R8; \
	ANDNQ R11, R12, R12; \
	MOVQ R12, (DX)(R10*8); \
	INCQ R10; \
	ADDQ $64, SI

// func markBlocks256(text []byte, stops, brackets *[markedBytes/8 + 8]byte) (blocks int)
//
// The way of simdjson's first stage (Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019). Each turn of the
// loop compares 64 bytes, and makes a word with a bit for each.
//
// SI text, CX how much of it is left, DI stops, DX brackets, R8 all ones if the text of the blocks before ends inside a
// string, R9 1 if it ends with a backslash that escapes, R10 blocks, R14 the odd bits.
TEXT ·markBlocks256(SB), NOSPLIT, $0-48
	MOVQ text_base+0(FP), SI
	MOVQ text_len+8(FP), CX
	MOVQ stops+24(FP), DI
	MOVQ brackets+32(FP), DX
	XORQ R8, R8
	XORQ R9, R9
	XORQ R10, R10
	VPBROADCASTB quoteByte<>(SB), Y15
	VPBROADCASTB backslashByte<>(SB), Y14
	VPBROADCASTB smallBit<>(SB), Y13
	VPBROADCASTB openBrace<>(SB), Y12
	VPBROADCASTB closeBrace<>(SB), Y11
	VPBROADCASTB lastControl<>(SB), Y9
	VPCMPEQB X10, X10, X10 // all ones
	MOVQ $0xaaaaaaaaaaaaaaaa, R14

loop:
	SUBQ $64, CX
	JLT  done
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1

	// AX quotes, BX backslashes and control characters, R11 brackets. The bit of small letters makes [ and ] to { and },
	// and nothing else to these.
	VPCMPEQB Y15, Y0, Y2
	VPCMPEQB Y15, Y1, Y3
	VPMOVMSKB Y2, AX
	VPMOVMSKB Y3, R12
	SHLQ $32, R12
	ORQ  R12, AX
	VPCMPEQB Y14, Y0, Y6
	VPCMPEQB Y14, Y1, Y7
	VPMINUB Y9, Y0, Y2
	VPMINUB Y9, Y1, Y3
	VPCMPEQB Y0, Y2, Y2
	VPCMPEQB Y1, Y3, Y3
	VPOR Y6, Y2, Y2
	VPOR Y7, Y3, Y3
	VPMOVMSKB Y2, BX
	VPMOVMSKB Y3, R12
	SHLQ $32, R12
	ORQ  R12, BX
	VPOR Y13, Y0, Y0
	VPOR Y13, Y1, Y1
	VPCMPEQB Y12, Y0, Y2
	VPCMPEQB Y11, Y0, Y4
	VPOR Y4, Y2, Y2
	VPCMPEQB Y12, Y1, Y3
	VPCMPEQB Y11, Y1, Y5
	VPOR Y5, Y3, Y3
	VPMOVMSKB Y2, R11
	VPMOVMSKB Y3, R12
	SHLQ $32, R12
	ORQ  R12, R11

	MOVQ AX, R12
	ORQ  BX, R12
	MOVQ R12, (DI)(R10*8)

	MOVQ BX, R12
	ORQ  R9, R12
	JNZ  escapes

strings:
	INSIDE
	ANDNQ BX, R12, R13 // BX has the backslashes by now
	JNZ  done
	NEXT
	JMP  loop

escapes:
	VPMOVMSKB Y6, BX
	VPMOVMSKB Y7, R13
	SHLQ  $32, R13
	ORQ   R13, BX
	UNESCAPE
	JMP strings

done:
	VZEROUPPER
	MOVQ R10, blocks+40(FP)
	RET

// func markBlocks512(text []byte, stops, brackets *[markedBytes/8 + 8]byte) (blocks int)
//
// The same with a comparison for all of a block at once, which gives a word with a bit for each byte of it.
TEXT ·markBlocks512(SB), NOSPLIT, $0-48
	MOVQ text_base+0(FP), SI
	MOVQ text_len+8(FP), CX
	MOVQ stops+24(FP), DI
	MOVQ brackets+32(FP), DX
	XORQ R8, R8
	XORQ R9, R9
	XORQ R10, R10
	VPBROADCASTB quoteByte<>(SB), Z15
	VPBROADCASTB backslashByte<>(SB), Z14
	VPBROADCASTB smallBit<>(SB), Z13 // which is the first byte that is no control character too
	VPBROADCASTB openBrace<>(SB), Z12
	VPBROADCASTB notTwo<>(SB), Z11
	VPCMPEQB X10, X10, X10
	MOVQ $0xaaaaaaaaaaaaaaaa, R14

loop:
	SUBQ $64, CX
	JLT  done
	VMOVDQU64 (SI), Z0
	VPCMPEQB Z15, Z0, K1
	VPCMPEQB Z14, Z0, K2
	VPCMPUB $1, Z13, Z0, K3
	KORQ K2, K3, K3
	KMOVQ K1, AX
	KMOVQ K3, BX
	// A closing brace is two behind an opening one.
	VPORD Z13, Z0, Z1
	VPSUBB Z12, Z1, Z1
	VPTESTNMB Z11, Z1, K4
	KMOVQ K4, R11

	MOVQ AX, R12
	ORQ  BX, R12
	MOVQ R12, (DI)(R10*8)

	MOVQ BX, R12
	ORQ  R9, R12
	JNZ  escapes

strings:
	INSIDE
	ANDNQ BX, R12, R13 // BX has the backslashes by now
	JNZ  done
	NEXT
	JMP  loop

escapes:
	KMOVQ K2, BX
	UNESCAPE
	JMP strings

done:
	VZEROUPPER
	MOVQ R10, blocks+40(FP)
	RET
