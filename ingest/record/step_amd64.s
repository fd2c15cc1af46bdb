//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// func walkMarked(s *scanner, all *[maxSteps]step, m *marks, before, i int) (last, end int)
//
// All places in the text are counted from where the marks begin. DX text, SI the place where the walk is, R8 the step before
// it, R9 marks, R10 where they begin, R11 where the walk must leave off, so that the next text can be read whole, R12 where
// a span before the first would be, BX steps, CX 3.
TEXT ·walkMarked(SB), NOSPLIT, $0-56
	MOVQ s+0(FP), DI
	MOVQ all+8(FP), BX
	MOVQ m+16(FP), R9
	MOVQ before+24(FP), R8
	MOVQ i+32(FP), SI
	MOVQ scanner_markedFrom(DI), R10
	SUBQ R10, SI
	MOVQ scanner_b(DI), DX
	ADDQ R10, DX
	MOVQ (scanner_b+8)(DI), R11
	SUBQ R10, R11
	SUBQ $const_walkMargin, R11
	MOVQ scanner_marked(DI), AX
	CMPQ R11, AX
	CMOVQGT AX, R11
	MOVQ scanner_spans(DI), R12
	SUBQ $span__size, R12
	MOVL $3, CX
	SHLQ $const_stepShift, R8
	ADDQ BX, R8
	CMPQ SI, R11
	JGE  done

next:
	VMOVDQU (DX)(SI*1), Y0
	MOVWLZX step_after(R8), R14
	ADDQ BX, R14
	VPCMPEQB step_text(R14), Y0, Y1
	VPMOVMSKB Y1, R13
	ANDNL step_need(R14), R13, R13
	JNZ  others

found:
	// R14 is the step that comes here, R15 the place behind its text.
	MOVBLZX step_length(R14), R15
	ADDQ SI, R15
	CMPQ R15, R11
	JGE  done
	CMPB step_kind(R14), $const_toString
	JNE  otherKinds

string:
	SHRXQ CX, R15, R13
	MOVQ marks_stops(R9)(R13*1), R13
	MOVL R15, AX
	ANDL $7, AX
	SHRXQ AX, R13, R13
	TZCNTQ R13, R13
	JCS  longString
	ADDQ R15, R13

stringEnd:
	CMPB (DX)(R13*1), $0x22
	JNE  done
	INCQ R13

noted:
	// The value begins with the last byte of the text and ends before R13.
	MOVQ R13, SI
	MOVQ R14, R8
	MOVL step_value(R14), AX
	TESTL AX, AX
	JEQ  next
	LEAQ (AX)(AX*2), AX
	LEAQ -1(R15)(R10*1), R15
	ADDQ R10, R13
	MOVQ R15, span_from(R12)(AX*8)
	MOVQ R13, span_to(R12)(AX*8)
	// span_text stays: it is 0, or says that there may be escapes, of an earlier member with this key.
	JMP  next

longString:
	MOVQ R15, AX

longer:
	ANDQ $~7, AX
	ADDQ $64, AX
	CMPQ AX, R11
	JGE  done
	SHRXQ CX, AX, R13
	MOVQ marks_stops(R9)(R13*1), R13
	TZCNTQ R13, R13
	JCS  longer
	ADDQ AX, R13
	JMP  stringEnd

otherKinds:
	MOVBLZX step_kind(R14), AX
	CMPL AX, $const_toLiteral
	JNE  noLiteral
	MOVQ R15, R13
	MOVBLZX step_at(R14), R15
	LEAQ 1(SI)(R15*1), R15
	JMP  noted

noLiteral:
	CMPL AX, $const_toSkipped
	JEQ  container
	CMPL AX, $const_toEnd
	JEQ  last
	CMPL AX, $const_noStep
	JEQ  done
	CMPL AX, $const_toLongKey
	JEQ  longKey
	// What is entered must not have been entered before.
	MOVQ s+0(FP), DI
	MOVQ step_enters(R14), R13
	TESTQ R13, scanner_entered(DI)
	JNZ  done
	ORQ  R13, scanner_entered(DI)
	CMPL AX, $const_toInnerString
	JEQ  string

last:
	MOVQ R15, SI
	MOVQ R14, R8
	CMPL AX, $const_toEnd
	JNE  next
	JMP  done

longKey:
	CMPB (DX)(R15*1), $0x22
	JNE  done
	INCQ R15
	JMP  string

container:
	// AX is a place among the marks, R13 has those from there on, CX becomes the place of the next bracket and BX that bracket.
	// DI has a bit for each open bracket, 1 for a brace, below one that stands for none.
	LEAQ -1(R15), AX
	SHRXQ CX, AX, R13
	MOVQ marks_brackets(R9)(R13*1), R13
	MOVL AX, DI
	ANDL $7, DI
	SHRXQ DI, R13, R13
	TESTL $1, R13
	JEQ  done
	MOVL $1, DI

bracket:
	TZCNTQ R13, CX
	JCS  moreBrackets
	BLSRQ R13, R13
	ADDQ AX, CX
	MOVBLZX (DX)(CX*1), BX
	TESTL $2, BX // only opening ones have this bit
	JEQ  closing
	SHRL $5, BX
	ANDL $1, BX
	ADDQ DI, DI
	JCS  leaveContainer
	ORQ  BX, DI
	JMP  bracket

closing:
	SHRL $5, BX
	XORL DI, BX
	TESTL $1, BX
	JNE  leaveContainer
	SHRQ $1, DI
	CMPQ DI, $1
	JNE  bracket
	MOVQ s+0(FP), DI
	MOVQ scanner_skips(DI), AX
	CMPQ AX, $const_maxSkips
	JGE  leaveContainer
	INCQ scanner_skips(DI)
	SHLQ $4, AX
	LEAQ -1(R15)(R10*1), BX
	MOVQ BX, scanner_skipped(DI)(AX*1)
	LEAQ 1(CX)(R10*1), BX
	MOVQ BX, (scanner_skipped+8)(DI)(AX*1)
	LEAQ 1(CX), R13
	MOVL $3, CX
	MOVQ all+8(FP), BX
	JMP  noted

moreBrackets:
	ANDQ $~7, AX
	ADDQ $64, AX
	CMPQ AX, R11
	JGE  leaveContainer
	MOVQ AX, R13
	SHRQ $3, R13
	MOVQ marks_brackets(R9)(R13*1), R13
	JMP  bracket

leaveContainer:
	MOVQ all+8(FP), BX
	JMP  done

others:
	// DI is the place in the list of what came after the step before, in bits.
	MOVQ step_after(R8), AX
	MOVL $16, DI

other:
	SHRXQ DI, AX, R14
	MOVWLZX R14, R14
	TESTL R14, R14
	JEQ  done
	ADDQ BX, R14
	VPCMPEQB step_text(R14), Y0, Y1
	VPMOVMSKB Y1, R13
	ANDNL step_need(R14), R13, R13
	JEQ  toFront
	ADDL $16, DI
	CMPL DI, $64
	JNE  other
	JMP  done

toFront:
	BZHIQ DI, AX, R13
	ADDL $16, DI
	BZHIQ DI, AX, R15
	XORQ AX, R15
	SHLQ $16, R13
	ORQ  R13, R15
	MOVQ R14, R13
	SUBQ BX, R13
	ORQ  R13, R15
	MOVQ R15, step_after(R8)
	JMP  found

done:
	VZEROUPPER
	ADDQ R10, SI
	SUBQ BX, R8
	SHRQ $const_stepShift, R8
	MOVQ R8, last+40(FP)
	MOVQ SI, end+48(FP)
	RET
