@ Multiply and multiply-accumulate take a cycle each, dependent or not.
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
        mul     r0, r2, r3
        mla     r0, r2, r3, r0
        mls     r4, r0, r3, r2
        mul     r5, r4, r4
end:
        b       .
        .ltorg
