@ DSP instructions take a cycle each.
@ expect: 6
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        smlad   r0, r2, r3, r4
        sadd8   r5, r2, r3
        sel     r6, r2, r5
        smlabb  r7, r2, r3, r0
        qadd    r8, r2, r3
        sxtab16 r9, r2, r3
end:
        b       .
        .ltorg
