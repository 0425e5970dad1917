@ A loop that begins with a narrow instruction, three times round.
@ expect: 16
@ source: compendium.i-0.nl, measured with DWT counters, branch timing, sample b
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
1:      add     r0, r2
        sub     r1, #1
        cmp     r1, #0
        bne     1b
end:
        b       .
