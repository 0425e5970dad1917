@ A loop that begins with an unaligned wide instruction, three times round. The source's 19 holds
@ one cycle that the model does not explain.
@ expect: 18..19
@ source: compendium.i-0.nl, measured with DWT counters, branch timing, sample a
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r1, #3
        .balign 4
        isb
start:
        mov     r2, r0
        mov     r0, #1
1:      mul     r0, r2
        sub     r1, #1
        cmp     r1, #0
        bne     1b
end:
        b       .
