@ A divide of 16 bits by 8.
@ expect: 4..12
@ source: GCC plans with 4, LLVM with 7; 12 is the longest that Arm gives for the Cortex-M4
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
        movw r2, #0x1000
        movs r3, #0x55
        .balign 8
        nop.w
        isb
start:
        udiv    r0, r2, r3
end:
        b       .
        .ltorg
