@ Loads of a convolution kernel take one cycle each and one more, the last two post-indexed on one base.
@ expect: 5
@ source: MLPerf Tiny v1.2 and v1.3, STMicroelectronics, NUCLEO-L4R5ZI: keyword spotting, fewer cycles than with 6
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r12, =0x20000000
        ldr     r0, =0x20000100
        movs    r4, #8
        nop
        .balign 4
        isb
start:
        ldr.w   r7, [r12, r4, lsl #1]
        ldr.w   r9, [r12], #4
        ldr.w   r10, [r0], #4
        ldr.w   r5, [r0], #4
end:
        b       .
        .ltorg
