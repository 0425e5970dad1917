@ Four rounds of an empty loop of a wide and a narrow instruction: 1 + 1 + 1 each, 1 at the end.
@ expect: 11
@ source: Arm DDI 0439D table 3-1 (P = 1 for an aligned target); jnk0le/random, pipeline cycle test, cortex_m3m4.md (taken branch: 2)
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #4
        .balign 4
        isb
start:
1:
        subs.w  r2, r2, #1
        bne     1b
end:
        b       .
        .ltorg
