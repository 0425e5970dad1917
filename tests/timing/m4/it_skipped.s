@ Instructions that are predicated off take one cycle each, loads too.
@ expect: 4
@ source: Arm DDI 0439D table 3-1 (IT folded), 1 cycle for a failed condition
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        movs    r2, #1
        .balign 4
        isb
start:
        cmp     r2, #0
        ittt    eq
        moveq   r0, r3
        ldreq   r4, [r1]
        muleq   r5, r6, r7
end:
        b       .
        .ltorg
