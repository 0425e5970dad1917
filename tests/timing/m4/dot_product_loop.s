@ Four products of int16 pairs, one a round: two loads that pair on different bases 3, SMLAD 1,
@ subtract 1, branch 2, or 1 at the end.
@ expect: 27
@ source: Arm DDI 0439D table 3-1 and 3.3.2; jnk0le/random, pipeline cycle test, cortex_m3m4.md (pairing, taken branch)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r0, =0x20000000
        ldr     r1, =0x20000100
        movs    r2, #0
        movs    r5, #4
        .balign 4
        isb
start:
1:      ldr.w   r3, [r0], #4
        ldr.w   r4, [r1], #4
        smlad   r2, r3, r4, r2
        subs    r5, #1
        bne     1b
end:
        b       .
        .ltorg
