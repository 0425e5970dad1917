@ An inline shift costs nothing.
@ expect: 4
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        add.w   r0, r2, r3, lsl #7
        eor.w   r4, r2, r3, ror #13
        sub.w   r5, r0, r4, asr #2
        cmp.w   r5, r0, lsr #1
end:
        b       .
        .ltorg
