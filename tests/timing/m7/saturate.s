@ SSAT has a latency of 2.
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
        ssat    r0, #8, r2
        eor.w   r4, r0, r5
end:
        b       .
        .ltorg
