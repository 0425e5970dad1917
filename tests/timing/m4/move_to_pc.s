@ A jump through MOV to PC takes one and a refill.
@ expect: 2..4
@ source: Arm DDI 0439D table 3-1, 1 + P
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r2, =end
        adds    r2, #1
        .balign 4
        isb
start:
        mov     pc, r2
        .balign 4
end:
        b       .
        .ltorg
