@ IT after a wide instruction takes a cycle.
@ expect: 3
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        mov     r2, #0x100
        .balign 4
        isb
start:
        cmp.w   r2, #0x100
        it      eq
        moveq   r0, r3
end:
        b       .
