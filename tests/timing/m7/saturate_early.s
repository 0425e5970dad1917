@ SSAT needs its operand a cycle early.
@ expect: 3
@ source: LLVM, ARMScheduleM7.td
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r8, =0x20000100
        add     r9, r8, #0x104
        movs    r0, #0
        movs    r1, #0
        movs    r2, #8
        movs    r3, #3
        movs    r4, #4
        movs    r5, #5
        movs    r6, #6
        movs    r7, #7
        .balign 8
        nop.w
        isb
start:
        eor.w   r0, r1, r2
        ssat    r3, #8, r0
end:
        b       .
        .ltorg
